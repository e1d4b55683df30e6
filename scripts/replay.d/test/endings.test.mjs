// How a play ends when the process, the file or the flags are not as they should be.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { call, fixture, folder, replay } from "./harness.mjs";

test("a reply that never comes is told", async (t) => {
  const path = fixture(t, [
    { start: { oneByOne: true } },
    call(1, "system.shutdown", { expect: { result: {} } }),
    call(2, "system.ping", { expect: { result: {} } }),
  ]);
  const { status, said } = await replay([path]);
  assert.match(said, /:3 system\.ping \(id 2\)\n {2}no reply came\n/);
  assert.match(said, /: 1 not as expected\n$/);
  assert.equal(status, 1);
});

test("a process that ends otherwise than it should ends the play with 70", async (t) => {
  const path = fixture(t, [{ start: { args: ["--bcrypt-cost", "99"] } }, call(1, "system.ping", { expect: { result: {} } })]);
  const { status, said } = await replay([path]);
  assert.match(said, /:2 system\.ping \(id 1\)\n {2}no reply came\n/);
  assert.match(said, /: the process ended with status 64\n.*bcrypt cost must be/);
  assert.equal(status, 70);
});

test("a process that is killed is told, and the worst of all files counts", async (t) => {
  const program = join(folder(t), "program");
  writeFileSync(program, "#!/bin/sh\nkill -KILL $$\n", { mode: 0o755 });
  const files = [fixture(t, [call(1, "system.ping")]), fixture(t, [{ await: {}, within: 1 }])];
  const { status, said } = await replay(files, { env: { SHELFLIFE_BIN: program } });
  assert.equal(said.match(/: the process ended by SIGKILL\n/g).length, 2);
  assert.match(said, /: 1 not as expected\n/);
  assert.equal(status, 70);
});

test("a shop goes on after a start in the middle, at another time", async (t) => {
  const path = fixture(t, [
    call(1, "setup.createOwner", { params: { name: "Ada", username: "ada", password: "correct horse" }, capture: { owner: "result.id" } }),
    { await: { id: 1 } },
    { start: { fixedNow: "2026-04-01T12:00:00Z" } },
    call(2, "auth.login", { params: { username: "ada", password: "correct horse" }, expect: { result: { user: { id: "${owner}" } } } }),
    call(3, "system.ping", { expect: { result: { now: "2026-04-01T12:00:…Z" } } }),
  ]);
  const { status, said } = await replay([path]);
  assert.equal(said, `replay: ${path}: 4 expectations met\n`);
  assert.equal(status, 0);
});

test("files that are not there and flags that do not exist end with 64", async () => {
  assert.deepEqual(await replay(["no-such-story"]), { status: 64, said: "replay: there is no fixture no-such-story\n" });
  assert.equal((await replay(["--fast"])).status, 64);
  assert.equal((await replay(["--recording"])).status, 64);
});
