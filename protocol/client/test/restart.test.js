// The program's life: crashes, crash loops, starts that are hopeless, a database that goes away, and an orderly end.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EventEmitter } from "node:events";
import { after, before, test } from "node:test";
import { Shelflife } from "../index.js";
import { COMMAND, OWNER, crash, folder, isRunning, next, pause, processesOf, start, stocked, until } from "./shop.js";

/** One shop for all: only its first start is slow. */
let dataDir;
let cleanUp;
before(async () => {
  dataDir = join(folder({ after: (cleanup) => (cleanUp = cleanup) }), "shop");
  const shelflife = new Shelflife({ command: COMMAND, dataDir, args: ["--bcrypt-cost", "10"] });
  await shelflife.call("setup.createOwner", OWNER);
  const owner = await shelflife.signIn(OWNER);
  await stocked(owner, "Ibuprofen 400 mg", 1000);
  await shelflife.close();
});
after(() => cleanUp());

/** The shop, with its owner signed in, and a sale to make there. */
async function reopen(t) {
  const shelflife = start(t, { dataDir });
  const owner = await shelflife.signIn({ ...OWNER, keepSignedIn: true });
  const [product] = (await owner.call("products.list")).items;
  return { shelflife, owner, sale: { items: [{ productId: product.id, qty: 1 }] } };
}

test("a program that is not there is given up at once, in words", async (t) => {
  const shelflife = start(t, { command: "/nowhere/shelflife" });
  const error = await shelflife.ready.catch((reason) => reason);
  assert.equal(error.code, "sidecar-gone");
  assert.match(error.message, /could not be started: .*ENOENT/);
  await assert.rejects(shelflife.call("system.ping"), { code: "sidecar-gone", mayHaveHappened: false });
  assert.equal(shelflife.pid, null);
});

test("bad usage is given up at once, with the program's own words", async (t) => {
  const shelflife = start(t, { args: ["--no-such-flag"] });
  const call = shelflife.call("system.ping").catch((reason) => reason);
  const gaveUp = next(shelflife, "gave-up");
  const error = await shelflife.ready.catch((reason) => reason);
  assert.equal(error.details.status, 64);
  assert.match(error.message, /status 64[\s\S]*--no-such-flag/);
  assert.equal((await call).code, "sidecar-gone");
  assert.equal(await gaveUp, error);
});

test("a program of another kind is given up", async (t) => {
  const shelflife = new Shelflife({ command: "/bin/cat" });
  t.after(() => shelflife.close());
  const ended = next(shelflife, "exit");
  assert.equal((await shelflife.ready.catch((reason) => reason)).code, "protocol-mismatch");
  await ended;
  assert.equal((await shelflife.ready.catch((reason) => reason)).code, "protocol-mismatch");
});

test("a program that never stays up is given up after a few starts", async (t) => {
  const shelflife = start(t, { restart: { minDelayMs: 10, maxDelayMs: 50, limit: 4, windowMs: 60_000 } });
  const delays = [];
  shelflife.on("restart", ({ delayMs }) => delays.push(delayMs));
  const gaveUp = next(shelflife, "gave-up");
  const write = shelflife.call("setup.createOwner", OWNER).catch((reason) => reason);
  process.kill(shelflife.pid, "SIGKILL");
  shelflife.on("restart", async ({ attempt }) => {
    await until("it runs again", () => shelflife.pid !== null);
    process.kill(shelflife.pid, "SIGKILL");
    assert.ok(attempt < 4);
  });
  const error = await gaveUp;
  assert.equal(error.code, "sidecar-gone");
  assert.match(error.message, /SIGKILL/);
  assert.equal(delays.length, 3);
  assert.ok(delays.every((delay, index) => delay >= 5 * 2 ** index && delay <= 10 * 2 ** index), String(delays));
  assert.equal((await write).code, "sidecar-gone");
});

test("close", async (t) => {
  const { shelflife, owner, sale } = await reopen(t);
  const { pid } = shelflife;
  const sales = Array.from({ length: 200 }, () => owner.call("sales.create", sale));
  await pause(0);
  const closing = shelflife.close();
  assert.equal(shelflife.close(), closing);
  const late = shelflife.call("system.ping").catch((reason) => reason);
  const answers = await Promise.all(sales);
  assert.equal(answers.at(-1).receiptNo.slice(-4), "0200");
  await closing;
  assert.equal((await late).code, "closed");
  assert.equal(isRunning(pid), false);
  assert.equal(shelflife.unsettledCalls, 0);
  await until("PostgreSQL has stopped", () => processesOf(shelflife.dataDir).length === 0);
});

test("close while the program is starting, and while it is about to be started again", async (t) => {
  const starting = start(t, { dataDir });
  const call = starting.call("setup.createOwner", OWNER).catch((reason) => reason);
  await starting.close();
  assert.equal((await call).code, "closed");
  await assert.rejects(starting.ready, { code: "closed" });

  const crashed = start(t, { dataDir, restart: { minDelayMs: 60_000, maxDelayMs: 60_000 } });
  const waiting = crashed.call("setup.createOwner", OWNER).catch((reason) => reason);
  await until("it is up", () => crashed.hello !== null);
  await crash(crashed);
  await crashed.close();
  assert.equal((await waiting).code, "closed");
});

test("system.shutdown is an orderly close", async (t) => {
  const shelflife = start(t, { dataDir });
  await shelflife.ready;
  assert.deepEqual(await shelflife.call("system.shutdown"), {});
  assert.equal(shelflife.pid, null);
});

test("a program that does not end is made to", async (t) => {
  const shelflife = start(t, { dataDir });
  await shelflife.ready;
  const { pid } = shelflife;
  process.kill(pid, "SIGSTOP");
  await shelflife.close({ timeout: 200 });
  await until("it is gone", () => !isRunning(pid));
});

test("a call that is not safe to repeat is not repeated", async (t) => {
  const { shelflife, owner } = await reopen(t);
  const run = owner.call("backup.run").catch((reason) => reason);
  await crash(shelflife);
  const { code, mayHaveHappened, idempotencyKey } = await run;
  assert.deepEqual({ code, mayHaveHappened, idempotencyKey }, { code: "interrupted", mayHaveHappened: true, idempotencyKey: null });
});

test("a call under which the program ends again and again is given up, and others go on", async (t) => {
  // The dearest hash keeps the call from being answered before the program is killed.
  const shelflife = start(t, { dataDir, args: ["--bcrypt-cost", "14"], restart: { minDelayMs: 10, maxDelayMs: 10 } });
  let isSettled = false;
  const fatal = shelflife.call("auth.login", { username: "nobody", password: "nobody at all" }).catch((reason) => reason);
  fatal.finally(() => (isSettled = true));
  shelflife.on("ready", () => isSettled || process.kill(shelflife.pid, "SIGKILL"));
  const { code, message } = await fatal;
  assert.equal(code, "sidecar-gone");
  assert.match(message, /8 times/);
  assert.ok((await shelflife.signIn(OWNER)).user);
});

test("calls wait while the database is away, and only as long as they may", async (t) => {
  const { shelflife, owner, sale } = await reopen(t);
  const postmaster = () => Number(readFileSync(join(shelflife.dataDir, "postgres/postmaster.pid"), "utf8").split("\n")[0]);
  const { pid } = shelflife;
  process.kill(postmaster(), "SIGKILL");
  assert.ok((await owner.call("sales.create", sale)).receiptNo);
  assert.equal(shelflife.pid, pid);

  const nowhere = start(t, { databaseUrl: `postgresql:///shop?host=${folder(t)}` });
  const startedAt = Date.now();
  const refused = await nowhere.call("auth.login", { username: "ada", password: "correct horse" }, { timeout: 1500 }).catch((reason) => reason);
  assert.equal(refused.code, "database-unavailable");
  assert.ok(Date.now() - startedAt < 10_000);
  assert.ok(!readFileSync(`/proc/${nowhere.pid}/cmdline`, "utf8").includes("postgresql:"));
});

test("the database of the surroundings is not taken for the till's", async (t) => {
  process.env.DATABASE_URL = "postgresql:///another?host=/nowhere";
  t.after(() => delete process.env.DATABASE_URL);
  const shelflife = start(t, { dataDir });
  await shelflife.ready;
});

test("the app quits once the program has ended", async (t) => {
  const shelflife = start(t, { dataDir });
  await shelflife.ready;
  const { pid } = shelflife;
  // Electron's part in it: app.quit() asks by will-quit, and quits unless that is prevented.
  class App extends EventEmitter {
    hasQuit = false;
    quit() {
      const event = { isPrevented: false, preventDefault: () => (event.isPrevented = true) };
      this.emit("will-quit", event);
      if (event.isPrevented) return;
      this.hasQuit = true;
      this.emit("quit");
    }
  }
  const app = new App();
  shelflife.quitWith(app);
  const quit = next(app, "quit");
  app.quit();
  app.quit();
  assert.equal(app.hasQuit, false);
  await quit;
  assert.equal(isRunning(pid), false);
});
