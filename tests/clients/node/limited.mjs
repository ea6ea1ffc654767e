// What a user of the official Node SDK meets when the rate limit is used up after ten calls.
import assert from "node:assert/strict";
import sdk from "@ionos-cloud/sdk-nodejs";

const configuration = sdk.Configuration.fromEnv();
const datacenters = new sdk.DataCentersApi(configuration);

// Twelve calls at once, of which two are refused at first: the SDK tries again until they are let through
const calls = Array.from({ length: 12 }, () => datacenters.datacentersGet({}));
assert.ok((await Promise.all(calls)).every((answer) => answer.status === 200));

// An SDK that may not try again says what it was told
configuration.setMaxRetries(1);
const more = Array.from({ length: 12 }, () => datacenters.datacentersGet({}));
await assert.rejects(Promise.all(more), (error) => {
  assert.equal(error.response.status, 429);
  assert.match(error.response.headers["retry-after"], /^[1-9]$/);
  assert.equal(error.response.headers["x-ratelimit-remaining"], "0");
  return true;
});

console.log("the story is told");
