// The types, checked by a TypeScript compiler where there is one (Debian: node-typescript).
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("types.ts", import.meta.url));
const isThere = spawnSync("tsc", ["--version"]).status === 0;

for (const resolution of ["node", "node16"]) {
  test(`types.ts compiles, and what must not compile does not (${resolution})`, { skip: !isThere && "no tsc: install node-typescript" }, () => {
    const module = resolution === "node" ? "es2022" : resolution;
    const options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", "--module", module, "--moduleResolution", resolution];
    const { status, stdout } = spawnSync("tsc", [...options, SOURCE], { encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });
}
