// Plays the example against the real program, with nothing but this folder, the client and the program.
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Shelflife } from "../index.js";
import { playDay } from "./day.js";
import { play } from "./electron.js";
import { openShop } from "./main.js";
import { receipt } from "./receipt.js";

const command = process.env.SHELFLIFE_BIN;
const ADA = { username: "ada", password: "correct horse battery" };
const SAM = { username: "sam", password: "seven green parrots" };

/** An empty folder that the server's user can enter, and what is to be closed before it is removed. */
function workplace(t) {
  const folder = mkdtempSync(join(tmpdir(), "shelflife-example-"));
  chmodSync(folder, 0o755);
  const place = { dataDir: join(folder, "shop"), close: async () => {} };
  t.after(async () => {
    await place.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
  return place;
}

async function until(what, holds) {
  const end = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("the first day: set up, sell, print, be told, crash, lose and double nothing", async (t) => {
  const printed = [];
  const { dataDir } = workplace(t);
  await playDay({ dataDir, command, print: (text) => printed.push(text) });
  const page = printed.join("\n");
  assert.match(page, /recovery code: [0-9A-Z-]{20,}/);
  assert.match(page, /Corner Pharmacy[\s\S]*RCPT-\d{8}-0001[\s\S]*2 x 4\.50 {18}9\.00[\s\S]*Get well soon/);
  assert.match(page, /told: RCPT-\d{8}-0001 over 9\.00/);
  assert.match(page, /told: only 10 left of Ibuprofen/);
  assert.equal(printed.filter((line) => line === "the program ended; it is started again").length, 1);
  assert.match(page, /RCPT-\d{8}-0002/);
  assert.match(page, /the same sale: true/);
  assert.match(page, /refused: 9 of 100 available/);
  assert.match(page, /2 sales, 9 left, books balance: true/);
});

test("the app: windows with people of their own, and no token in any of them", async (t) => {
  const place = workplace(t);
  const { dataDir } = place;
  const product = await setUp(dataDir);
  const electron = play();
  const shelflife = await openShop(electron, { dataDir, command });
  place.close = () => shelflife.close();
  await shelflife.ready;
  const [first] = electron.BrowserWindow.getAllWindows();
  electron.app.emit("activate");
  assert.equal(electron.BrowserWindow.getAllWindows().length, 1);
  const second = await new electron.BrowserWindow({ webPreferences: { preload: first.preload } }).loadFile("/till.html");
  const [ada, sam] = [first.page.shelflife, second.page.shelflife];

  assert.equal((await ada.call("system.status")).ownerExists, true);
  await assert.rejects(async () => ada.call("products.list"), { code: "authorization-required" });
  await assert.rejects(async () => ada.signIn({ ...ADA, password: "wrong one" }), { code: "invalid-credentials" });
  assert.equal((await ada.signIn({ ...ADA, keepSignedIn: true })).role, "OWNER");
  assert.equal((await sam.signIn({ ...SAM, keepSignedIn: true })).role, "STAFF");
  await assert.rejects(async () => ada.call("backup.restore", { backupPath: "/x" }), { code: "forbidden" });
  await assert.rejects(async () => ada.call("auth.login", ADA), { code: "forbidden" });

  const told = { ada: [], sam: [] };
  const stop = await ada.subscribe(["sale.created"], ({ data }) => told.ada.push(data.id));
  await sam.subscribe(["sale.created"], ({ data }) => told.sam.push(data.id));
  const items = [{ productId: product.id, qty: 1 }];
  const keys = ["press 1", "press 2", "press 3"];
  const sales = keys.map((idempotencyKey) => sam.call("sales.create", { items }, { idempotencyKey }));
  process.kill(shelflife.pid, "SIGKILL");
  const sold = (await Promise.all(sales)).map(({ id }) => id);
  const again = await sam.call("sales.create", { items }, { idempotencyKey: "press 2" });
  assert.equal(again.id, sold[1]);
  await until("both are told", () => told.ada.length === 3 && told.sam.length === 3);
  assert.deepEqual(told, { ada: sold, sam: sold });
  stop();

  const tooMuch = [{ productId: product.id, qty: 100 }];
  await assert.rejects(async () => sam.call("sales.create", { items: tooMuch }), ({ code, details }) => {
    return code === "stock-too-low" && details.shortages[0].available === 7;
  });

  const strange = { sender: first.webContents, senderFrame: { url: "https://elsewhere.example/" } };
  const refused = await electron.ask("shelflife:call", strange, "system.status");
  assert.equal(refused.error.code, "forbidden");

  const ended = new Promise((resolve) => sam.onEnded(resolve));
  await setActive(dataDir, false);
  assert.equal(await ended, "invalid-token");
  await assert.rejects(async () => sam.call("auth.me"), { code: "authorization-required" });

  const { pid } = shelflife;
  const quit = new Promise((resolve) => electron.app.once("quit", resolve));
  electron.app.quit();
  await quit;
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  const crossed = electron.wire.join("\n");
  assert.ok(crossed.includes("RCPT-") && !crossed.includes("eyJ") && !crossed.includes('"token"'));
});

/** What the owner's own window would do on the first day. */
async function setUp(dataDir) {
  return withShop(dataDir, async (shelflife) => {
    await shelflife.call("setup.createOwner", { name: "Ada", ...ADA });
    const owner = await shelflife.signIn(ADA);
    await owner.call("users.create", { name: "Sam", ...SAM });
    const product = await owner.call("products.create", { name: "Ibuprofen 400 mg", sellingPrice: "4.50" });
    await owner.call("stockIn.create", { items: [{ productId: product.id, qtyAdded: 10, unitCost: "2.10", expiryDate: "2099-06-30" }] });
    return product;
  });
}

async function setActive(dataDir, isActive) {
  await withShop(dataDir, async (shelflife) => {
    const owner = await shelflife.signIn(ADA);
    const { items } = await owner.call("users.list");
    await owner.call("users.setActive", { id: items.find(({ username }) => username === SAM.username).id, isActive });
  });
}

async function withShop(dataDir, use) {
  const shelflife = new Shelflife({ dataDir, command });
  try {
    return await use(shelflife);
  } finally {
    await shelflife.close();
  }
}

test("receipts keep to the paper, whatever the names", () => {
  const item = { productName: "Amoxicillin/clavulanic acid 875 mg/125 mg, 14 tablets", qty: 1000000, unitPrice: "99999999.99", lineTotal: "99999999990000.00" };
  const sale = {
    receiptNo: "RCPT-20260312-0001",
    soldAt: "2026-03-12T22:30:00.000Z",
    soldBy: { name: "Χριστίνα Παπαδοπούλου-Αντωνοπούλου" },
    items: [item, { productName: "X".repeat(100), qty: 1, unitPrice: "1.00", lineTotal: "1.00" }],
    totalAmount: "99999999990001.00",
    paymentMethod: "CASH",
  };
  const store = { name: "Corner Pharmacy", address: "1 Long Street, Behind the Old Market", phone: "", currency: "EUR", timeZone: "Europe/Athens", receiptFooter: "" };
  for (const columns of [32, 40]) {
    const text = receipt(sale, store, columns);
    for (const line of text.split("\n")) assert.ok([...line].length <= columns, line);
    assert.match(text, /13\/03\/2026 00:30/);
    assert.match(text, /TOTAL EUR +99999999990001\.00/);
  }
});
