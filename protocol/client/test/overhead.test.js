// The measurement of overhead.js, with a generous bound: other tests run at the same time.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { folder } from "./shop.js";

const MOST = 3;
const SCRIPT = fileURLToPath(new URL("overhead.js", import.meta.url));

test("a ping through the client costs little more than one through the bare pipe", (t) => {
  const { pings, bare, client, ratio } = JSON.parse(execFileSync(process.execPath, [SCRIPT, join(folder(t), "shop")]));
  t.diagnostic(`p50 of ${pings} pings: bare ${bare.toFixed(1)} µs, client ${client.toFixed(1)} µs, ratio ${ratio.toFixed(2)}`);
  assert.ok(ratio <= MOST, `ratio ${ratio}`);
});
