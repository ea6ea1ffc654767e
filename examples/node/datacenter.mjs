// A data center and a LAN in it, made with the official SDK, looked at and taken away.
//
//     npm install @ionos-cloud/sdk-nodejs
//     eval "$(ionstack env node)" && node datacenter.mjs

import sdk from "@ionos-cloud/sdk-nodejs";

const configuration = sdk.Configuration.fromEnv(); // reads IONOS_API_URL and IONOS_TOKEN
const datacenters = new sdk.DataCentersApi(configuration);
const lans = new sdk.LANsApi(configuration);

async function done(answer) {
  await sdk.waitForRequest(configuration, answer.headers.location);
  return answer.data;
}

const datacenter = { properties: { name: "example", location: "de/txl" } };
const { id: datacenterId } = await done(await datacenters.datacentersPost({ datacenter }));
await done(await lans.datacentersLansPost({ datacenterId, lan: { properties: { name: "inside", public: false } } }));

const found = await datacenters.datacentersFindById({ datacenterId, depth: 3 });
console.log(found.data.properties.name, found.data.entities.lans.items.map((lan) => lan.properties.name).join());

await done(await datacenters.datacentersDelete({ datacenterId }));
