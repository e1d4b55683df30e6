// What must compile, and (after @ts-expect-error) what must not. Never run.
import { Shelflife, ShelflifeError, type Result, type Sale, type Session } from "../index.js";
import { serveWindows, type WindowShelflife } from "../ipc.js";

export async function sell(shelflife: Shelflife, productId: string): Promise<Sale> {
  const hello: Result<"system.hello"> = await shelflife.ready;
  const session: Session = await shelflife.signIn({ username: "ada", password: hello.name, keepSignedIn: true });
  const { now } = await shelflife.call("system.ping");
  await session.call("system.check", {}, { onProgress: ({ percentage }) => percentage.toFixed(), signal: new AbortController().signal });
  shelflife.on("exit", ({ status, signal }) => [status?.toFixed(), signal?.length]);
  shelflife.on("log", ({ level, message, method }) => [level.length, message.length, method]);
  session.once("ended", (error) => error.details);
  const sale = await session.call("sales.create", { items: [{ productId, qty: 1 }], note: now }, { idempotencyKey: "one", timeout: 5000 });
  return sale;
}

export async function follow(session: Session): Promise<void> {
  const stop: () => void = await session.subscribe(["sale.created", "stock.changed"], (event) => {
    if (event.type === "sale.created") event.data.receiptNo.length;
    else if (event.type === "stock.changed") event.data.totalQty.toFixed();
    else {
      const replaced: "shop.replaced" = event.type;
      replaced.length;
    }
  });
  stop();
}

export function explain(error: unknown): string {
  if (ShelflifeError.is(error, "stock-too-low")) return error.details.shortages.map(({ productName }) => productName).join();
  if (ShelflifeError.is(error, "session-lost")) return String(error.idempotencyKey);
  return String(error);
}

export async function refuse(shelflife: Shelflife, session: Session): Promise<void> {
  // @ts-expect-error: no such method
  await shelflife.call("sales.make", {});
  // @ts-expect-error: the items are missing
  await session.call("sales.create");
  // @ts-expect-error: a quantity is a number
  await session.call("sales.create", { items: [{ productId: "p", qty: "1" }] });
  // @ts-expect-error: the token is the session's own
  await session.call("auth.me", { token: "t" });
  // @ts-expect-error: a sale has no such member
  (await session.call("sales.get", { id: "s" })).price;
  // @ts-expect-error: no such event
  await session.subscribe(["sale.deleted"], () => {});
  // @ts-expect-error: no such event of the client
  shelflife.on("crashed", () => {});
}

export function serve(shelflife: Shelflife, ipcMain: { handle(channel: string, listener: (...values: any[]) => unknown): void }): void {
  serveWindows(shelflife, ipcMain, { methods: ["sales.create", "products.list"] });
  // @ts-expect-error: no such method
  serveWindows(shelflife, ipcMain, { methods: ["sales.make"] });
}

export async function page(api: WindowShelflife): Promise<string> {
  const stop = await api.subscribe(["lot.expired"], (event) => event.type === "lot.expired" && event.data.lotRefNo);
  stop();
  const { items } = await api.call("products.list");
  return items.map(({ name }) => name).join();
}
