// Calls: answers, refusals, deadlines, cancellation, progress, keys, floods.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { ShelflifeError } from "../index.js";
import { OWNER, all, next, open, stocked } from "./shop.js";

test("calls", async (t) => {
  // The dearest hash makes a call that lasts long enough to be given up.
  const { shelflife, owner } = await open(t, { args: ["--bcrypt-cost", "14"] });
  const product = await stocked(owner, "Ibuprofen 400 mg", 5000);
  const sale = (options) => owner.call("sales.create", { items: [{ productId: product.id, qty: 1 }] }, options);

  await t.test("ready tells who answers", async () => {
    const hello = await shelflife.ready;
    assert.equal(hello.name, "shelflife");
    assert.equal(shelflife.hello, hello);
    assert.match(hello.protocolVersion, /^1\./);
  });

  await t.test("a refusal is an error with everything the process says", async () => {
    const refused = await owner.call("sales.create", { items: [{ productId: product.id, qty: 6000 }] }).catch((error) => error);
    assert.ok(refused instanceof ShelflifeError && refused instanceof Error);
    assert.equal(refused.code, "stock-too-low");
    assert.equal(refused.details.shortages[0].available, 5000);
    assert.equal(refused.retryable, false);
    assert.equal(refused.method, "sales.create");
    assert.equal(refused.mayHaveHappened, false);
    assert.match(refused.idempotencyKey, /^[0-9a-f-]{36}$/);
    assert.equal(JSON.parse(JSON.stringify(refused)).code, "stock-too-low");
  });

  await t.test("reads carry no key", async () => {
    const refused = await owner.call("products.get", { id: randomUUID() }).catch((error) => error);
    assert.equal(refused.code, "product-not-found");
    assert.equal(refused.idempotencyKey, null);
  });

  await t.test("the same key answers with the first result, a key of its own makes another sale", async () => {
    const idempotencyKey = randomUUID();
    const [first, again, other] = await Promise.all([sale({ idempotencyKey }), sale({ idempotencyKey }), sale()]);
    assert.deepEqual(again, first);
    assert.notEqual(other.id, first.id);
  });

  await t.test("what becomes of the params after the call does not matter", async () => {
    const params = { items: [{ productId: product.id, qty: 2 }] };
    const call = owner.call("sales.create", params);
    params.items[0].qty = 4000;
    assert.equal((await call).items[0].qty, 2);
  });

  await t.test("a call that has not been answered in time has changed nothing", async () => {
    const params = { name: "Lou Late", username: "lou", password: "nine yellow ducks" };
    const late = await owner.call("users.create", params, { timeout: 50 }).catch((error) => error);
    assert.equal(late.code, "deadline-exceeded");
    assert.equal(late.mayHaveHappened, false);
    assert.ok(!(await all(owner, "users.list")).some(({ username }) => username === "lou"));
  });

  await t.test("a call can be cancelled on its way, before it, and too late", async () => {
    const params = { name: "Cleo Cancelled", username: "cleo", password: "nine yellow ducks" };
    const onItsWay = new AbortController();
    const call = owner.call("users.create", params, { signal: onItsWay.signal });
    setTimeout(() => onItsWay.abort(), 50);
    await assert.rejects(call, { code: "request-cancelled", mayHaveHappened: false });
    assert.ok(!(await all(owner, "users.list")).some(({ username }) => username === "cleo"));
    await assert.rejects(sale({ signal: AbortSignal.abort() }), { code: "request-cancelled", mayHaveHappened: false });
    const tooLate = new AbortController();
    const made = await sale({ signal: tooLate.signal });
    tooLate.abort();
    assert.ok(made.receiptNo);
  });

  await t.test("progress is told to the call that it belongs to", async () => {
    const seen = [];
    const check = owner.call("system.check", {}, { onProgress: (progress) => seen.push(progress) });
    const silent = owner.call("system.check");
    assert.equal((await check).ok, true);
    assert.equal((await silent).ok, true);
    assert.ok(seen.length > 0);
    assert.deepEqual(Object.keys(seen[0]).sort(), ["message", "percentage"]);
  });

  await t.test("what cannot be sent is refused at once", async () => {
    await assert.rejects(owner.call("products.list", { query: "x".repeat(9 << 20) }), { code: "message-too-large" });
    await assert.rejects(owner.call("products.list", { query: "\ud800" }), { code: "parse-error" });
    await assert.rejects(owner.call("products.list", []), TypeError);
    await assert.rejects(owner.call("products.list", { idempotencyKey: "k" }), TypeError);
    await assert.rejects(owner.call(undefined), TypeError);
    const circular = {};
    circular.self = circular;
    await assert.rejects(owner.call("products.list", circular), TypeError);
  });

  await t.test("text of every alphabet and nearly 8 MiB go through whole", async () => {
    const name = "Ασπιρίνη 500 мг 阿司匹林 💊";
    const made = await owner.call("products.create", { name, sellingPrice: "1.00" });
    assert.equal(made.name, name);
    await assert.rejects(owner.call("products.list", { query: "é".repeat((8 << 20) / 2 - 500) }), { code: "validation-error" });
  });

  await t.test("thousands of calls at once are all answered, in the order of the writes", async () => {
    const pings = Array.from({ length: 5000 }, () => shelflife.call("system.ping"));
    const sales = await Promise.all(Array.from({ length: 600 }, () => sale()));
    await Promise.all(pings);
    const numbers = sales.map(({ receiptNo }) => Number(receiptNo.split("-")[2]));
    assert.deepEqual(numbers, [...numbers].sort((one, other) => one - other));
    assert.equal(new Set(numbers).size, 600);
    assert.equal(shelflife.unsettledCalls, 0);
  });

  await t.test("answers that are read slowly hold nothing up for ever", async () => {
    const lists = Array.from({ length: 20 }, () => owner.call("sales.list", { limit: 500 }));
    const until = Date.now() + 500;
    while (Date.now() < until);
    for (const { items } of await Promise.all(lists)) assert.equal(items.length, 500);
  });

  await t.test("an error in the app's own listener breaks no call", async () => {
    const uncaught = [];
    const listeners = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", (error) => uncaught.push(error.message));
    const check = owner.call("system.check", {}, { onProgress: () => { throw new Error("mine"); } });
    assert.equal((await check).ok, true);
    await owner.call("auth.me");
    process.removeAllListeners("uncaughtException");
    for (const listener of listeners) process.on("uncaughtException", listener);
    assert.ok(uncaught.length > 0 && uncaught.every((message) => message === "mine"));
  });

  await t.test("log lines are passed on parsed", async () => {
    const entry = next(shelflife, "log");
    await shelflife.call("auth.login", { username: OWNER.username, password: "not the password" }).catch(() => {});
    const crashed = next(shelflife, "exit");
    process.kill(shelflife.pid, "SIGTERM");
    await crashed;
    const { at, level, message } = await entry;
    assert.ok(at && level && message);
  });
});
