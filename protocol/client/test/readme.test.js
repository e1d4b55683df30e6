// The code of the pages, run as it stands there.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { COMMAND, folder } from "./shop.js";

const client = new URL("..", import.meta.url);

function blocks(page) {
  const text = readFileSync(new URL(page, client), "utf8");
  return [...text.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code);
}

/** A file outside the package, which therefore names the client by its place. */
function written(t, code, name) {
  const path = join(folder(t), name);
  const index = new URL("index.js", client).href;
  const ipc = new URL("ipc.js", client).href;
  writeFileSync(path, code.replace('"@shelflife/client"', `"${index}"`).replace('"@shelflife/client/ipc"', `"${ipc}"`));
  return path;
}

test("the start of the README runs and prints what it says", async (t) => {
  const [code, ...others] = blocks("README.md");
  assert.equal(others.length, 0);
  const dataDir = join(folder(t), "shop");
  const path = written(t, code.replace("/var/lib/till", dataDir), "start.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [path], { env: { ...process.env, SHELFLIFE_BIN: COMMAND } });
  assert.match(stdout, /^Write this down: \S{20,}$/m);
  assert.match(stdout, /^RCPT-\d{8}-0001: 9\.00$/m);
});

test("the code of electron.md parses", (t) => {
  const code = blocks("electron.md");
  assert.equal(code.length, 2);
  const { status, stderr } = spawnSync(process.execPath, ["--check", written(t, code.join("\n"), "electron.mjs")], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});

test("the pages link to what is there, and know every code of the client", () => {
  for (const page of ["README.md", "electron.md"]) {
    const text = readFileSync(new URL(page, client), "utf8");
    for (const [, target] of text.matchAll(/\]\(([^)#:]+)\)/g)) assert.ok(existsSync(new URL(target, client)), target);
  }
  const codes = readFileSync(new URL("index.d.ts", client), "utf8").match(/ClientCode = (.*);/)[1].match(/[a-z-]+/g);
  const readme = readFileSync(new URL("README.md", client), "utf8");
  for (const code of codes) assert.ok(readme.includes(`| \`${code}\` |`), code);
});
