// Events: each once and in order, over crashes, to several listeners and people, and never more than somebody may know.
import assert from "node:assert/strict";
import { test } from "node:test";
import { OWNER, SELLER, all, crash, next, open, pause, start, stocked, until } from "./shop.js";

test("events", async (t) => {
  const { shelflife, owner } = await open(t);
  await owner.call("users.create", SELLER);
  const seller = await shelflife.signIn({ ...SELLER, keepSignedIn: true });
  const product = await stocked(owner, "Paracetamol 500 mg", 100_000);
  const sell = (session) => session.call("sales.create", { items: [{ productId: product.id, qty: 1 }] });

  /** What a listener was told, as the ids of the sales; null where a seller is not told whose sale it was. */
  function ledger() {
    const ids = [];
    return { ids, listen: ({ data }) => ids.push(data.id ?? data.cause?.id ?? null) };
  }

  await t.test("a listener is told what happens from its subscription on, until it ends", async () => {
    await sell(owner);
    const told = ledger();
    const stop = await owner.subscribe(["sale.created"], told.listen);
    const first = await sell(owner);
    const second = await sell(seller);
    await until("both are told", () => told.ids.length === 2);
    assert.deepEqual(told.ids, [first.id, second.id]);
    stop();
    await sell(owner);
    await pause(200);
    assert.equal(told.ids.length, 2);
  });

  await t.test("an event names its time, its place and its data", async () => {
    const event = new Promise((resolve) => owner.subscribe(["product.changed"], resolve));
    await owner.call("auth.me");
    await pause(100);
    const { id } = await owner.call("products.create", { name: "Novel", sellingPrice: "1.00" });
    const { type, at, cursor, data } = await event;
    assert.equal(type, "product.changed");
    assert.equal(data.id, id);
    assert.ok(Date.parse(at) > 0 && cursor.length > 0);
  });

  await t.test("every sale is told once and in order while the program is killed again and again", async () => {
    const sales = ledger();
    const stocks = ledger();
    const stops = [await owner.subscribe(["sale.created"], sales.listen), await owner.subscribe(["stock.changed"], stocks.listen)];
    const made = [];
    let isSelling = true;
    const till = async () => {
      while (isSelling) made.push((await sell(owner)).id);
    };
    const tills = [till(), till(), till()];
    for (let round = 0; round < 4; round += 1) {
      await shelflife.ready;
      await pause(100 + 60 * round);
      await crash(shelflife);
    }
    await shelflife.ready;
    isSelling = false;
    await Promise.all(tills);
    await until("all are told", () => sales.ids.length >= made.length && stocks.ids.length >= made.length);
    await pause(200);
    for (const stop of stops) stop();
    const inBooks = (await all(owner, "sales.list")).map(({ id }) => id).reverse().slice(-made.length);
    assert.deepEqual(sales.ids, inBooks);
    assert.deepEqual(stocks.ids, inBooks);
    assert.deepEqual([...made].sort(), [...inBooks].sort());
  });

  await t.test("listeners come and go while others are told without a gap", async () => {
    const constant = ledger();
    const stop = await owner.subscribe(["sale.created"], constant.listen);
    const made = [];
    let isSelling = true;
    const till = (async () => {
      while (isSelling) made.push((await sell(owner)).id);
    })();
    for (let round = 0; round < 10; round += 1) {
      const passing = ledger();
      const session = round % 2 ? seller : owner;
      const end = await session.subscribe(round % 3 ? ["stock.changed", "sale.created"] : ["product.changed", "stock.changed"], passing.listen);
      await until("the passing listener is told of a sale", () => passing.ids.length > 0);
      end();
    }
    isSelling = false;
    await till;
    await until("all are told", () => constant.ids.length >= made.length);
    stop();
    assert.deepEqual(constant.ids, made);
  });

  await t.test("a listener that ends takes none along that is just beginning", async () => {
    const [first, second] = [ledger(), ledger()];
    const stop = await owner.subscribe(["sale.created"], first.listen);
    const beginning = owner.subscribe(["sale.created"], second.listen);
    stop();
    const end = await beginning;
    const sale = await sell(owner);
    await until("it is told", () => second.ids.length > 0);
    assert.deepEqual([first.ids, second.ids], [[], [sale.id]]);
    end();
  });

  await t.test("people are told what they may know, over the same pipe", async () => {
    const [ofOwner, ofSeller] = [ledger(), ledger()];
    const types = ["sale.created", "stockIn.created"];
    const stops = [await seller.subscribe(types, ofSeller.listen), await owner.subscribe(types, ofOwner.listen)];
    const expected = { owner: [], seller: [] };
    for (let round = 0; round < 5; round += 1) {
      const mine = await sell(seller);
      const theirs = await sell(owner);
      expected.seller.push(mine.id);
      expected.owner.push(mine.id, theirs.id);
      if (round === 2) await crash(shelflife);
    }
    const items = [{ productId: product.id, qtyAdded: 1, unitCost: "1.00", expiryDate: "2099-12-31" }];
    expected.owner.push((await owner.call("stockIn.create", { items })).id);
    await until("all are told", () => ofOwner.ids.length >= 11 && ofSeller.ids.length >= 5);
    await pause(200);
    assert.deepEqual(ofOwner.ids, expected.owner);
    assert.deepEqual(ofSeller.ids, expected.seller);
    // Without an owner who listens, the seller's own subscription takes over.
    stops[1]();
    const last = await sell(seller);
    await until("the seller is told", () => ofSeller.ids.at(-1) === last.id);
    stops[0]();
  });

  await t.test("the sales of another process are told too", async () => {
    const other = start(t, { dataDir: shelflife.dataDir });
    const there = await other.signIn(OWNER);
    const told = ledger();
    const stop = await owner.subscribe(["sale.created"], told.listen);
    const sale = await sell(there);
    await until("it is told", () => told.ids.includes(sale.id));
    stop();
    await other.close();
  });

  await t.test("stock that runs low is told, also to a second session", async () => {
    const low = await stocked(owner, "Nearly gone", 5);
    await owner.call("products.update", { id: low.id, reorderLevel: 4 });
    const told = [];
    const stops = [
      await owner.subscribe(["stock.low"], ({ data }) => told.push(["owner", data.productId, data.totalQty])),
      await seller.subscribe(["stock.low"], ({ data }) => told.push(["seller", data.productId, data.totalQty])),
    ];
    await seller.call("sales.create", { items: [{ productId: low.id, qty: 2 }] });
    await until("both are told", () => told.length === 2);
    assert.deepEqual(told.sort(), [["owner", low.id, 3], ["seller", low.id, 3]]);
    for (const stop of stops) stop();
  });

  await t.test("the session's end ends its subscription and nobody else's", async () => {
    const brief = await shelflife.signIn(OWNER);
    const [ofBrief, ofSeller] = [ledger(), ledger()];
    await brief.subscribe(["sale.created"], ofBrief.listen);
    const stop = await seller.subscribe(["sale.created"], ofSeller.listen);
    const before = await sell(seller);
    await until("both are told", () => ofBrief.ids.length === 1 && ofSeller.ids.length === 1);
    await brief.signOut();
    const after = await sell(seller);
    await until("the seller is told", () => ofSeller.ids.length === 2);
    assert.deepEqual(ofSeller.ids, [before.id, after.id]);
    assert.deepEqual(ofBrief.ids, [before.id]);
    await assert.rejects(brief.subscribe(["sale.created"], () => {}), { code: "session-lost" });
    stop();
  });

  await t.test("a restore is told once, and ends the sessions", async () => {
    await owner.call("backup.run");
    await sell(owner);
    const { items } = await owner.call("backup.list");
    const told = [];
    await owner.subscribe(["sale.created"], ({ type }) => told.push(type));
    const ended = next(owner, "ended");
    await owner.call("backup.restore", { backupPath: items[0].path, confirmation: true });
    await until("the restore is told", () => told.includes("shop.replaced"));
    await owner.call("auth.me").catch(() => {});
    assert.equal((await ended).code, "session-lost");
    assert.deepEqual(told, ["shop.replaced"]);
    const again = await shelflife.signIn(OWNER);
    await again.subscribe(["sale.created"], ({ type }) => told.push(type));
    await sell(again);
    await until("sales are told again", () => told.length === 2);
  });
});
