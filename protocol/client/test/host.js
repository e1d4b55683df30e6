// An app for host.test.js: node host.js COMMAND DATA_DIR sell|close. Says in JSON lines which process it started and what it sold.
import { Shelflife } from "../index.js";
import { OWNER, stocked } from "./shop.js";

const [command, dataDir, mode] = process.argv.slice(2);
if (!mode) {
  console.error("usage: node host.js COMMAND DATA_DIR sell|close");
  process.exit(64);
}
const say = (value) => console.log(JSON.stringify(value));

const shelflife = new Shelflife({ command, dataDir, args: ["--bcrypt-cost", "10"] });
await shelflife.call("setup.createOwner", OWNER);
const owner = await shelflife.signIn({ ...OWNER, keepSignedIn: true });
const product = await stocked(owner, "Ibuprofen 400 mg", 100_000);
say({ pid: shelflife.pid });
const sell = () => owner.call("sales.create", { items: [{ productId: product.id, qty: 1 }] });

if (mode === "close") {
  await owner.subscribe(["sale.created"], () => {});
  await Promise.all([sell(), sell(), sell()]);
  await shelflife.close();
} else {
  for (;;) {
    const [{ receiptNo }] = await Promise.all([sell(), sell(), sell()]);
    say({ receiptNo });
  }
}
