// A client that does not read for a while: the process leaves events out and says so, and every one is told all the same.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { withPipes } from "./pipes.js";
import { OWNER, folder, start, until } from "./shop.js";

const PRODUCTS = 400;
/** Sales of everything: more than the process keeps for a client that does not read. */
const LARGE = 12;
/** More documents than it sends one by one to a client that has fallen behind. */
const SMALL = 600;

test("what a slow client misses it is told once and in order", async (t) => {
  const dataDir = join(folder(t), "shop");
  const other = start(t, { dataDir });
  await other.call("setup.createOwner", OWNER);
  const there = await other.signIn(OWNER);
  const products = await Promise.all(
    Array.from({ length: PRODUCTS }, (_, index) => there.call("products.create", { name: `Product ${index}`, sellingPrice: "1.00" })),
  );
  const all = products.map(({ id }) => ({ productId: id }));
  await there.call("stockIn.create", { items: all.map((item) => ({ ...item, qtyAdded: 1000, unitCost: "1.00", expiryDate: "2099-12-31" })) });

  const { made: slow, pipes } = withPipes(() => start(t, { dataDir }));
  const owner = await slow.signIn(OWNER);
  const { cursor } = await owner.call("changes.since", { cursor: "now" });
  const told = [];
  await owner.subscribe(["sale.created", "stock.changed"], (event) => told.push(event.cursor));
  const raw = [];
  pipes.stdout.on("data", (chunk) => raw.push(chunk));

  pipes.stdout.pause();
  for (let index = 0; index < LARGE; index += 1) await there.call("sales.create", { items: all.map((item) => ({ ...item, qty: 1 })) });
  for (let index = 0; index < SMALL; index += 1) await there.call("sales.create", { items: [{ ...all[0], qty: 1 }] });
  pipes.stdout.resume();

  const expected = await changes(there, cursor);
  await until("everything is told", () => told.length >= expected.length);
  assert.ok(Buffer.concat(raw).includes('"events.missed"'), "the process left nothing out: the test is too small");
  assert.equal(expected.length, LARGE * (PRODUCTS + 1) + SMALL * 2);
  assert.deepEqual(told, expected);
});

async function changes(session, cursor) {
  const cursors = [];
  let page = { nextCursor: cursor };
  while (page.nextCursor) {
    page = await session.call("changes.since", { cursor: page.nextCursor, types: ["sale.created", "stock.changed"], limit: 500 });
    cursors.push(...page.items.map((item) => item.cursor));
  }
  return cursors;
}
