// The tables of methods, compared with what the program itself says of them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { LONG, READS, WRITES } from "../methods.js";
import { COMMAND } from "./shop.js";

const document = JSON.parse(execFileSync(COMMAND, ["openrpc"], { maxBuffer: 1 << 26 }));

function takesKey({ params }) {
  return params.some((param) => param.name === "idempotencyKey" || param.$ref?.endsWith("/idempotencyKey"));
}

/** Lanes of methods that change nothing, beside the two that only look at backups or make a session. */
const HARMLESS = new Set(["immediate", "read"]);
const ALSO_REPEATED = ["auth.login", "backup.verify"];

test("the table of writes holds the methods that take an idempotency key", () => {
  assert.deepEqual([...WRITES].sort(), document.methods.filter(takesKey).map(({ name }) => name).sort());
});

test("the table of reads holds what changes nothing", () => {
  const harmless = document.methods.filter((method) => HARMLESS.has(method["x-lane"])).map(({ name }) => name);
  const expected = [...harmless, ...ALSO_REPEATED].sort();
  const known = new Set(document.methods.map(({ name }) => name));
  assert.deepEqual([...READS].filter((name) => known.has(name)).sort(), expected);
});

test("what has no common timeout exists", () => {
  const known = new Set(document.methods.map(({ name }) => name));
  for (const name of LONG) assert.ok(known.has(name), name);
});
