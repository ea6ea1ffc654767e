// What a user of the official Node SDK does. It reads IONOS_API_URL and IONOS_TOKEN, as the SDK itself does.
import assert from "node:assert/strict";
import sdk from "@ionos-cloud/sdk-nodejs";

const configuration = sdk.Configuration.fromEnv();
const datacenters = new sdk.DataCentersApi(configuration);
const lans = new sdk.LANsApi(configuration);

async function done(answer) {
  const request = await sdk.waitForRequest(configuration, answer.headers.location);
  assert.equal(request.data.metadata.status, "DONE", request.data.metadata.message);
  return answer.data;
}

// A data center with a LAN in it, made by one call
const answer = await datacenters.datacentersPost({
  datacenter: {
    properties: { name: "home", location: "de/txl" },
    entities: { lans: { items: [{ properties: { name: "outside", public: true } }] } },
  },
});
assert.equal(answer.status, 202);
const { id: datacenterId } = await done(answer);

// A second LAN, then another name for the data center
const second = await done(
  await lans.datacentersLansPost({ datacenterId, lan: { properties: { name: "inside", public: false } } }),
);
assert.equal(second.id, "2");
await done(await datacenters.datacentersPatch({ datacenterId, datacenter: { name: "house" } }));

// All of it read in one go
const { data: read } = await datacenters.datacentersFindById({ datacenterId, depth: 2 });
assert.equal(read.properties.name, "house");
assert.equal(read.metadata.state, "AVAILABLE");
assert.deepEqual(read.entities.lans.items.map((lan) => lan.properties.name).sort(), ["inside", "outside"]);

// And gone again
await done(await datacenters.datacentersDelete({ datacenterId }));
await assert.rejects(datacenters.datacentersFindById({ datacenterId }), (error) => error.response.status === 404);

console.log("the story is told");
