// The types, checked by a TypeScript compiler where there is one (Debian: node-typescript).
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("types.ts", import.meta.url));
const isThere = spawnSync("tsc", ["--version"]).status === 0;

test("types.ts compiles, and what must not compile does not", { skip: !isThere && "no tsc: install node-typescript" }, () => {
  const options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", "--module", "node16", "--moduleResolution", "node16"];
  const { status, stdout } = spawnSync("tsc", [...options, SOURCE], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
