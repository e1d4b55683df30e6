// kill -9 at random moments while several tills sell: every sale is there once, the books balance, nothing is left behind.
// SHELFLIFE_CRASHES says how often (60), SHELFLIFE_SEED when: the seed of a run is printed.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { Random } from "./random.js";
import { all, folder, open, pause, processesOf, until } from "./shop.js";

const CRASHES = Number(process.env.SHELFLIFE_CRASHES ?? 60);
const SEED = Number(process.env.SHELFLIFE_SEED ?? randomInt(2 ** 31));
const SELLERS = 3;
const TILLS_EACH = 2;
const UNITS = 1_000_000;

/** What keeps this process alive now and did not before: timers, pipes, child processes. */
function gathered(before) {
  const left = process.getActiveResourcesInfo();
  for (const name of before) if (left.includes(name)) left.splice(left.indexOf(name), 1);
  return left;
}

test(`${CRASHES} crashes, seed ${SEED}`, { timeout: 60_000 + CRASHES * 5000 }, async (t) => {
  t.diagnostic(`SHELFLIFE_SEED=${SEED} SHELFLIFE_CRASHES=${CRASHES}`);
  const dataDir = join(folder(t), "shop");
  const before = process.getActiveResourcesInfo();
  const startedAt = Date.now();
  const { shelflife, owner } = await open(t, { dataDir, restart: { minDelayMs: 5, maxDelayMs: 50, limit: 50 } });
  const products = await fill(owner);
  const sessions = await people(shelflife, owner);

  const shop = { isOpen: true, made: new Map(), refusals: new Map(), told: [] };
  await owner.subscribe(["sale.created"], ({ data }) => shop.told.push(data.id));
  const tills = sessions.flatMap((session, seller) =>
    Array.from({ length: TILLS_EACH }, (_, till) => sell(shop, session, products, new Random(SEED + 100 * seller + till + 1))),
  );
  const exits = await killAtRandom(shelflife, shop, new Random(SEED), CRASHES);
  await shelflife.ready;
  shop.isOpen = false;
  await Promise.all(tills);
  assert.equal(exits, CRASHES);

  const sales = await all(owner, "sales.list");
  compare(shop, sales);
  await until("every sale is told", () => shop.told.length >= sales.length);
  assert.deepEqual(shop.told, sales.map(({ id }) => id).reverse());
  await balance(owner, products, sales);
  assert.equal(shelflife.unsettledCalls, 0);

  const emitters = [shelflife, owner, ...sessions];
  assert.ok(emitters.every((emitter) => emitter.eventNames().every((name) => emitter.listenerCount(name) <= 1)), "listeners gather");
  await shelflife.close();
  await until("no process is left", () => processesOf(dataDir).length === 0);
  await until("nothing keeps this process alive", () => gathered(before).length === 0);
  const repeated = [...shop.refusals].map(([code, times]) => `${code} ${times}`).join(", ") || "none";
  t.diagnostic(`${sales.length} sales, refusals repeated under their keys: ${repeated}, ${Math.round((Date.now() - startedAt) / 1000)} s`);
});

async function fill(owner) {
  const products = [];
  for (const name of ["Ibuprofen 400 mg", "Paracetamol 500 mg", "Cetirizine 10 mg"]) {
    products.push(await owner.call("products.create", { name, sellingPrice: "4.50" }));
  }
  const items = products.map(({ id }) => ({ productId: id, qtyAdded: UNITS, unitCost: "2.10", expiryDate: "2099-12-31" }));
  await owner.call("stockIn.create", { items });
  return products;
}

/** Sellers of whom one is not kept signed in, so that the app's own part is tried too. */
async function people(shelflife, owner) {
  const sessions = [];
  for (let index = 0; index < SELLERS; index += 1) {
    const seller = { name: `Seller ${index}`, username: `seller${index}`, password: `seven green parrots ${index}` };
    await owner.call("users.create", seller);
    if (index > 0) sessions.push(await shelflife.signIn({ ...seller, keepSignedIn: true }));
    else sessions.push(forgetful(shelflife, seller));
  }
  return sessions;
}

/** What an app does that keeps no password: signs in again by hand, and repeats under the key. */
function forgetful(shelflife, seller) {
  let session = null;
  return {
    eventNames: () => [],
    async call(...values) {
      if (session === null || (await session).isEnded) session = shelflife.signIn(seller);
      return (await session).call(...values);
    },
  };
}

/** One till: sells until the shop closes, and repeats what was refused for the crash under the same key. */
async function sell(shop, session, products, random) {
  while (shop.isOpen) {
    const items = Array.from({ length: random.upTo(3) + 1 }, () => ({ productId: random.of(products).id, qty: random.upTo(4) + 1 }));
    const idempotencyKey = `till-${random.next()}-${random.next()}`;
    for (;;) {
      try {
        const sale = await session.call("sales.create", { items }, { idempotencyKey });
        assert.equal(shop.made.has(sale.id), false, "an id twice");
        shop.made.set(sale.id, items);
        break;
      } catch (error) {
        if (!["session-lost", "invalid-token"].includes(error.code)) throw error;
        assert.ok(error.idempotencyKey === null || error.idempotencyKey === idempotencyKey);
        shop.refusals.set(error.code, (shop.refusals.get(error.code) ?? 0) + 1);
        await pause(5);
      }
    }
    await pause(random.upTo(5));
  }
}

/** Mostly in the middle of sales, now and then while people sign in again, and while the program is still starting. */
async function killAtRandom(shelflife, shop, random, crashes) {
  let exits = 0;
  shelflife.on("exit", () => (exits += 1));
  for (let index = 0; index < crashes; index += 1) {
    await moment(shelflife, shop, random);
    await until("the program runs", () => shelflife.pid !== null);
    const expected = exits + 1;
    process.kill(shelflife.pid, "SIGKILL");
    await until("the client knows", () => exits === expected);
  }
  return exits;
}

async function moment(shelflife, shop, random) {
  const kind = random.upTo(20);
  if (kind >= 2) await shelflife.ready;
  if (kind >= 5) {
    const sold = shop.made.size;
    await until("the tills sell again", () => shop.made.size > sold, 60_000);
  }
  await pause(random.upTo(100));
}

/** What the tills were told was sold is what the books say was sold, no more and no less. */
function compare(shop, sales) {
  const inBooks = new Map(sales.map((sale) => [sale.id, sale.items.map(({ productId, qty }) => ({ productId, qty }))]));
  assert.equal(inBooks.size, sales.length);
  assert.deepEqual([...inBooks.keys()].sort(), [...shop.made.keys()].sort());
  for (const [id, items] of shop.made) assert.deepEqual(inBooks.get(id), items);
}

async function balance(owner, products, sales) {
  for (const { id } of products) {
    const sold = sales.flatMap(({ items }) => items).filter(({ productId }) => productId === id);
    const left = (await owner.call("inventory.get", { productId: id })).totalQty;
    assert.equal(left, UNITS - sold.reduce((sum, { qty }) => sum + qty, 0));
  }
  assert.equal((await owner.call("system.check")).ok, true);
  assert.equal((await owner.call("audit.verify")).ok, true);
}
