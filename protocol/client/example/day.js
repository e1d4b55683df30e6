// A shop's first day in one page: set up, sell, print, be told, crash in the middle of a sale, lose and double nothing.
// node day.js DATA_DIR plays it; the data directory has to be new.
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { Shelflife, ShelflifeError } from "../index.js";
import { receipt } from "./receipt.js";

export async function playDay({ dataDir, command, print = console.log }) {
  const shelflife = new Shelflife({ dataDir, command, client: { name: "first-day", version: "1.0.0" } });
  shelflife.on("progress", ({ percentage, message }) => print(`starting: ${percentage} % ${message}`));
  shelflife.on("restart", () => print("the program ended; it is started again"));
  try {
    await shelflife.ready;

    // Once in a shop's life. The recovery code is shown here only: the owner writes it down.
    const owner = { username: "ada", password: "correct horse battery" };
    const { recoveryCode } = await shelflife.call("setup.createOwner", { name: "Ada", ...owner });
    print(`recovery code: ${recoveryCode}`);

    const ada = await shelflife.signIn({ ...owner, keepSignedIn: true });
    const store = await ada.call("store.update", { name: "Corner Pharmacy", receiptFooter: "Get well soon" });
    const product = await ada.call("products.create", { name: "Ibuprofen 400 mg, 20 tablets", sellingPrice: "4.50", reorderLevel: 10 });
    await ada.call("stockIn.create", {
      items: [{ productId: product.id, qtyAdded: 12, unitCost: "2.10", expiryDate: "2099-06-30" }],
    });

    await ada.subscribe(["sale.created", "stock.low"], ({ type, data }) => {
      if (type === "sale.created") print(`told: ${data.receiptNo} over ${data.totalAmount}`);
      if (type === "stock.low") print(`told: only ${data.totalQty} left of ${data.productName}`);
    });

    const sell = (qty, options) => ada.call("sales.create", { items: [{ productId: product.id, qty }] }, options);
    print(receipt(await sell(2), store));

    // One key for each press of the pay button. The crash comes while the sale is on its way.
    const idempotencyKey = randomUUID();
    const paying = sell(1, { idempotencyKey });
    process.kill(shelflife.pid, "SIGKILL");
    const sale = await paying;
    print(receipt(sale, store, 40));

    // Pressed again by a nervous hand: the same receipt, and nothing is sold twice.
    const again = await sell(1, { idempotencyKey });
    print(`the same sale: ${again.id === sale.id}`);

    await sell(100).catch((error) => {
      if (!ShelflifeError.is(error, "stock-too-low")) throw error;
      print(`refused: ${error.details.shortages[0].available} of ${error.details.shortages[0].requested} available`);
    });

    const { items } = await ada.call("sales.list");
    const { totalQty } = await ada.call("inventory.get", { productId: product.id });
    const { ok } = await ada.call("system.check");
    print(`${items.length} sales, ${totalQty} left, books balance: ${ok}`);
    await ada.signOut();
  } finally {
    await shelflife.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [dataDir] = process.argv.slice(2);
  if (!dataDir) {
    console.error("usage: node day.js DATA_DIR");
    process.exit(64);
  }
  await playDay({ dataDir, command: process.env.SHELFLIFE_BIN });
}
