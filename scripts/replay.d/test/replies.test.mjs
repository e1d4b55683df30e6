// Bytes as they stand, and the replies that a .out.ndjson beside the fixture demands.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { call, fixture, replay } from "./harness.mjs";

const golden = (path) => path.replace(/\.ndjson$/, ".out.ndjson");

test("bytes are sent as they stand, also those that are no UTF-8", async (t) => {
  const path = fixture(t, [
    Buffer.from([0xef, 0xbb, 0xbf, ...Buffer.from('{"jsonrpc":"2.0","id":"first","method":"no.such"}\r')]),
    Buffer.from([...Buffer.from('["good","'), 0xc3, 0xa9, 0xff, ...Buffer.from('"]')]),
    Buffer.from('{"id" : 7,\t"jsonrpc":"2.0","method":"system.ping","params":{"expected":1}}'),
  ]);
  assert.equal((await replay(["--update", path])).status, 0);
  const lines = readFileSync(golden(path), "utf8").trimEnd().split("\n").map(JSON.parse);
  assert.deepEqual(lines.map(({ id }) => id), ["first", null, 7]);
  assert.deepEqual(lines[1].error.data.details, { offset: 11, reason: "invalid-utf8" });
  assert.equal(lines[2].error.data.details.issues[0].path, "expected");
});

test("replies are compared with those of the file, in the order of their ids, masked", async (t) => {
  const path = fixture(t, [
    call(20, "system.hello"),
    call(3, "system.ping"),
    '{"jsonrpc":"2.0","id":98765432109876543210987,"method":"no.such"}',
    '{"jsonrpc":"2.0","id":98765432109876543210986,"method":"no.such"}',
  ]);
  const update = await replay(["--update", path]);
  assert.equal(update.said, `replay: ${path}: wrote 4 replies to ${golden(path)}\n`);
  const text = readFileSync(golden(path), "utf8");
  const lines = text.split("\n");
  assert.equal(lines[0], '{"jsonrpc":"2.0","id":3,"result":{"now":"<instant>"}}');
  assert.match(lines[1], /^\{"jsonrpc":"2\.0","id":20,"result":\{"name":"shelflife","version":"<version>","protocolVersion":"[^"]*","sessionId":"<id>","methods":\["<methods>"\]/);
  assert.match(lines[2], /"id":98765432109876543210986,/);
  assert.match(lines[3], /"id":98765432109876543210987,/);
  assert.equal((await replay([path])).said, `replay: ${path}: 4 replies as expected\n`);

  writeFileSync(golden(path), text.replace("<instant>", "<moment>").replace("no such method", "such method"));
  const { status, said } = await replay([path]);
  assert.equal(status, 1);
  assert.match(said, /:2 system\.ping \(id 3\)\n {2}result\.now: expected "<moment>", got "<instant>"\n/);
  assert.match(said, /:4 no\.such \(id 98765432109876543210986\)\n {2}error\.message: expected "There is such method\."/);
});

test("replies that are missing and replies too many are told", async (t) => {
  const path = fixture(t, [call(1, "system.ping"), call(2, "system.ping")]);
  writeFileSync(golden(path), ['{"jsonrpc":"2.0","id":2,"result":{"now":"<instant>"}}', '{"jsonrpc":"2.0","id":3,"result":{}}', ""].join("\n"));
  const { status, said } = await replay([path]);
  assert.equal(status, 1);
  assert.match(said, /:1 system\.ping \(id 1\)\n {2}expected no reply, got \{/);
  assert.match(said, /, reply 1 of those under id 3\n {2}expected \{"jsonrpc":"2\.0","id":3,"result":\{\}\}, got no reply\n/);
});
