// What the player says of replies that are not as expected, and of those that are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, fixture, replay } from "./harness.mjs";

test("what is as expected ends with 0", async (t) => {
  const path = fixture(t, [
    "# a comment, and blank lines",
    "",
    call(1, "system.hello", { expect: { result: { name: "shelflife", sessionId: "<id>", methods: "<any>", reason: "<absent>" } } }),
    call(2, "system.ping", { expect: { jsonrpc: "2.0", result: { now: "2026-03-12T09:00:…Z" } } }),
  ]);
  const { status, said } = await replay([path]);
  assert.equal(said, `replay: ${path}: 2 expectations met\n`);
  assert.equal(status, 0);
});

test("each difference is named by its path, and a refusal by its code and details", async (t) => {
  const path = fixture(t, [
    call(1, "system.hello", { expect: { result: { name: "pharmacy", limits: { pageItems: 5, itemsPerCall: 500 }, version: "<absent>" } } }),
    call(2, "system.ping", { params: { verbose: true }, expect: { result: { now: "<instant>" } } }),
    call(3, "system.ping", { expect: { result: { now: "<day>" }, id: "3" } }),
    call(4, "system.ping", { params: { a: 1, b: 2 }, expect: { error: { data: { details: { issues: [{ path: "a" }] } } } } }),
  ]);
  const { status, said } = await replay([path]);
  assert.equal(status, 1);
  const blocks = said.split(`${path}:`);
  assert.match(blocks[1], /^1 system\.hello \(id 1\)\n {2}result\.name: expected "pharmacy", got "shelflife"\n {2}result\.limits\.pageItems: expected 5, got 500\n {2}result\.version: expected "<absent>", got "[0-9.]+"\n$/);
  assert.match(blocks[2], /^2 system\.ping \(id 2\)\n {2}result: expected \{"now":"<instant>"\}, got nothing\n {2}refused: validation-error, details \{"issues":\[\{"path":"verbose"/);
  assert.match(blocks[3], /result\.now: expected "<day>", got "2026-03-12T09:00:.*\n {2}id: expected "3", got 3\n$/);
  assert.match(blocks[4], /error\.data\.details\.issues\.length: expected 1, got 2\n/);
  assert.match(said, /: 4 not as expected\n$/);
});

test("an id keeps every digit that it has", async (t) => {
  const long = "123456789012345678901234567890";
  const line = (expected) => `{"jsonrpc":"2.0","id":${long},"method":"system.ping","expect":{"id":${expected}}}`;
  const { status, said } = await replay([fixture(t, [line(long), line(`${long.slice(0, -1)}1`)])]);
  assert.equal(status, 1);
  assert.match(said, /:2 system\.ping \(id 123456789012345678901234567890\)\n {2}id: expected 123456789012345678901234567891, got 123456789012345678901234567890\n/);
  assert.match(said, /: 1 not as expected\n$/);
});

test("values are captured across lines and fit into texts, names and numbers", async (t) => {
  const path = fixture(t, [
    call(1, "system.hello", { capture: { name: "result.name", most: "result.limits.batchMembers" } }),
    '{"jsonrpc":"2.0","id":"${name}-${most}","method":"system.ping","params":{"${name}":1},"expect":{"id":"shelflife-1000","error":{"data":{"details":{"issues":[{"path":"${name}"}]}}}}}',
    '{"jsonrpc":"2.0","id":${most},"method":"system.ping","expect":{"id":1000}}',
  ]);
  assert.equal((await replay([path])).said, `replay: ${path}: 3 expectations met\n`);
});

test("a capture that is not there is told, and so is a line that needs it", async (t) => {
  const path = fixture(t, [
    call(1, "system.ping", { capture: { token: "result.token" } }),
    call(2, "auth.me", { params: { token: "${token}" }, expect: { result: {} } }),
    call(3, "system.ping", { expect: { result: {} } }),
  ]);
  const { status, said } = await replay([path]);
  assert.equal(status, 1);
  assert.match(said, /:1 system\.ping \(id 1\)\n {2}capture token: there is no result\.token\n/);
  assert.match(said, /:2 auth\.me \(id 2\)\n {2}needs \$\{token\}, which was not captured\n {2}the lines from here on were not played\n/);
});

test("a capture that no line makes is told", async (t) => {
  const { status, said } = await replay([fixture(t, [call(1, "auth.me", { params: { token: "${token}" } })])]);
  assert.equal(status, 1);
  assert.match(said, /:1 auth\.me \(id 1\)\n {2}needs \$\{token\}, which no line before it captures\n/);
});

test("lines that wait hold up those behind them", async (t) => {
  const path = fixture(t, [
    call(1, "system.hello", { params: { progressToken: "start" } }),
    { await: { method: "$/progress", params: { token: "start", percentage: 100 } }, capture: { word: "params.message" } },
    call(2, "system.hello", { expect: { result: { database: "${word}" } } }),
    { await: { id: 2 } },
    { never: { method: "$/event" } },
  ]);
  assert.equal((await replay([path])).said, `replay: ${path}: 4 expectations met\n`);
});

test("what must not come is told when it comes", async (t) => {
  const { status, said } = await replay([fixture(t, [{ never: { result: { now: "<instant>" } } }, call(1, "system.ping")])]);
  assert.equal(status, 1);
  assert.match(said, /:1\n {2}must not come: \{"jsonrpc":"2\.0","id":1,"result"/);
});

test("what does not come is waited for no longer than said", async (t) => {
  const began = Date.now();
  const { status, said } = await replay([fixture(t, [{ await: { method: "$/event" }, within: 1 }, call(1, "system.ping")])]);
  assert.equal(status, 1);
  assert.match(said, /:1\n {2}no message came like \{"method":"\$\/event"\}\n {2}the lines from here on were not played\n/);
  assert.ok(Date.now() - began < 30_000);
});

test("what expects needs an id", async (t) => {
  const { status, said } = await replay([fixture(t, [{ jsonrpc: "2.0", method: "system.ping", expect: { result: {} } }])]);
  assert.equal(status, 1);
  assert.match(said, /:1 system\.ping\n {2}what expects or captures needs an id/);
});
