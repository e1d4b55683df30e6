// Plays what a real run recorded with --trace-file, and recordings that were changed.
import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { call, fixture, folder, program, replay, run } from "./harness.mjs";

const login = (id, password) => call(id, "auth.login", { params: { username: "ada", password, bind: true } });

/** A morning in which secrets, ids and cursors are made and used again, and which has a line that is no JSON. */
const morning = (t) => fixture(t, [
  { start: { oneByOne: true } },
  call(1, "setup.createOwner", { params: { name: "Ada", username: "ada", password: "short" }, expect: { error: {} } }),
  call(2, "setup.createOwner", { params: { name: "Ada", username: "ada", password: "correct horse" }, capture: { code: "result.recoveryCode" } }),
  login(3, "wrong horse"),
  call(4, "auth.resetOwnerPassword", { params: { username: "ada", recoveryCode: "${code}", newPassword: "another horse" }, expect: { result: {} } }),
  call(5, "auth.login", { params: { username: "ada", password: "another horse" }, capture: { token: "result.token" } }),
  "this is no JSON",
  ...["Ibuprofen", "Paracetamol", "Zinc"].map((name, index) =>
    call(6 + index, "products.create", { params: { token: "${token}", name, sellingPrice: "1.20" }, capture: { product: "result.id" } })),
  call(9, "stockIn.create", { params: { token: "${token}", items: [{ productId: "${product}", qtyAdded: 5, unitCost: "0.50", expiryDate: "2027-01-31" }] }, expect: { result: {} } }),
  call(10, "products.list", { params: { token: "${token}", limit: 2 }, capture: { next: "result.nextCursor" } }),
  call(11, "products.list", { params: { token: "${token}", limit: 2, cursor: "${next}" }, expect: { result: { items: [{ totalQty: 5 }] } } }),
  call(12, "auth.me", { params: { token: "not ${token}" }, expect: { error: {} } }),
]);

async function recorded(t) {
  const place = folder(t);
  chmodSync(place, 0o755);
  const path = join(place, "recording");
  const { status, said } = await replay([morning(t)], { env: { SHELFLIFE_TRACE_FILE: path } });
  assert.equal(status, 0, said);
  return path;
}

test("a recorded morning comes again in another shop, with other secrets, ids and cursors", async (t) => {
  const path = await recorded(t);
  const text = readFileSync(path, "utf8");
  for (const secret of ["correct horse", "wrong horse", "another horse"]) assert.ok(!text.includes(secret), "the recording holds a password");
  const { status, said } = await replay(["--recording", path]);
  assert.equal(said, `replay: ${path}: 13 recorded messages came again\n`);
  assert.equal(status, 0);

  writeFileSync(path, text.replace('"totalQty":5', '"totalQty":6').replace('"name":"Zinc","sellingPrice":"1.20","reorderLevel":0', '"name":"Zinc","sellingPrice":"1.30","reorderLevel":0'));
  const changed = await replay(["--recording", path]);
  assert.equal(changed.status, 1);
  assert.match(changed.said, /recording:[0-9]+ products\.create \(id 8\)\n {2}result\.sellingPrice: expected "1\.30", got "1\.20"\n/);
  assert.match(changed.said, /recording:[0-9]+ products\.list \(id 11\)\n {2}result\.items\[0\]\.totalQty: expected 6, got 5\n/);
  assert.match(changed.said, /: 2 not as expected\n$/);
});

test("lines of later runs are left out, and so is a last line that was cut off", async (t) => {
  const place = folder(t);
  chmodSync(place, 0o755);
  const path = join(place, "recording");
  const play = () => run(program, ["--data-dir", join(place, "shop"), "--log-level", "error", "--trace-file", path], { input: `${JSON.stringify(call(1, "system.ping"))}\n` });
  assert.equal((await play()).status, 0);
  assert.equal((await play()).status, 0);
  writeFileSync(path, `${readFileSync(path, "utf8")}{"at":"2026-`);
  const { status, said } = await replay(["--recording", path]);
  assert.equal(said, `replay: ${path}: 1 recorded messages came again; 3 lines of later runs were left out\n`);
  assert.equal(status, 0);
});
