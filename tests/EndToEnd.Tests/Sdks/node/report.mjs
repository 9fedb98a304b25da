// What every script shares: where the gateway is, and a report as one line of JSON at the end of standard output.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

export const gateway = {
  baseURL: process.env.SDK_BASE_URL,
  key: process.env.SDK_KEY,
  // A key that may send one request per minute.
  limitedKey: process.env.SDK_LIMITED_KEY,
  unknownKey: `gf-${"0".repeat(48)}`,
  model: "grok-4.20-fast",
};

// What the simulator is asked to do, in the language of its markers.
export const weatherCall = '[[call get_weather {"city":"Paris"}]]';
export const weatherSchema = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };
export const trip = { city: "Paris", days: 2 };
export const tripSaid = `[[say Here it is: ${JSON.stringify(trip)}]]`;
export const picture = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

export const question = "Hello there";
export const answer = "Hello from the simulator. You said: Hello there";

/** Awaits the error that a call ends with. */
export async function failure(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  assert.fail("The call succeeded.");
}

/** The error of the first call that is refused: a window may end between two of them. */
export async function firstFailure(call, atMost = 3) {
  for (let i = 1; i < atMost; i++) {
    try {
      await call();
    } catch (error) {
      return error;
    }
  }
  return await failure(call);
}

/** Runs the checks in their order and prints what became of each. */
export async function report(packages, checks) {
  const results = [];
  for (const [name, check] of Object.entries(checks)) {
    console.error(`${name} …`);
    try {
      await check();
      results.push({ name, failure: null });
    } catch (error) {
      results.push({ name, failure: error?.stack ?? String(error) });
    }
  }
  const versions = packages.map((name) => `${name} ${versionOf(name)}`);
  console.log(JSON.stringify({ clients: [`node ${process.version}`, ...versions], checks: results }));
}

function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`./node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
}
