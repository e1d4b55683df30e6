// What the tests share: a shop of its own for each file, in the real program, and its end.
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Shelflife } from "../index.js";

export const OWNER = { name: "Ada Owner", username: "ada", password: "correct horse battery" };
export const SELLER = { name: "Sam Seller", username: "sam", password: "seven green parrots" };

/** The program that is tried: SHELFLIFE_BIN, the one of the package, or what was built last. */
export const COMMAND = [
  process.env.SHELFLIFE_BIN,
  ...["bin", ".build/release", ".build/debug"].map((folder) => fileURLToPath(new URL(`../../../${folder}/shelflife`, import.meta.url))),
].find((path) => path && existsSync(path));
if (!COMMAND) throw new Error("no shelflife to try: build it, or name it in SHELFLIFE_BIN");

const cleanups = new WeakMap();

/** Has something undone after the test, the last thing first. */
function afterwards(t, undo) {
  if (!cleanups.has(t)) {
    cleanups.set(t, []);
    t.after(async () => {
      for (const each of cleanups.get(t).reverse()) await each();
    });
  }
  cleanups.get(t).push(undo);
}

/** An empty folder that the server's user can enter, gone after the test. */
export function folder(t) {
  const path = mkdtempSync(join(tmpdir(), "shelflife-client-"));
  chmodSync(path, 0o755);
  afterwards(t, () => removed(path));
  return path;
}

/** PostgreSQL ends a moment after the program, and writes until then. */
async function removed(path) {
  await until(`no process uses ${path}`, () => processesOf(path).length === 0);
  rmSync(path, { recursive: true, force: true });
}

/** A client that is closed after the test; quick to hash and quick to restart. */
export function start(t, options = {}) {
  const { args = [], ...rest } = options;
  const dataDir = rest.dataDir ?? join(folder(t), "shop");
  const shelflife = new Shelflife({
    command: COMMAND,
    restart: { maxDelayMs: 200 },
    ...rest,
    dataDir,
    args: ["--bcrypt-cost", "10", ...args],
  });
  afterwards(t, () => shelflife.close());
  return Object.assign(shelflife, { dataDir });
}

/** A shop with its owner signed in. */
export async function open(t, options) {
  const shelflife = start(t, options);
  await shelflife.call("setup.createOwner", OWNER);
  const owner = await shelflife.signIn({ ...OWNER, keepSignedIn: true });
  return { shelflife, owner };
}

/** A product with units on the shelf. */
export async function stocked(owner, name, qty) {
  const product = await owner.call("products.create", { name, sellingPrice: "4.50" });
  const items = [{ productId: product.id, qtyAdded: qty, unitCost: "2.10", expiryDate: "2099-12-31" }];
  await owner.call("stockIn.create", { items });
  return product;
}

/** Every page of a list. */
export async function all(session, method, params = {}) {
  const items = [];
  let cursor;
  do {
    const page = await session.call(method, { ...params, limit: 500, ...(cursor ? { cursor } : {}) });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return items;
}

/** The next time that an emitter says so. */
export function next(emitter, event) {
  return new Promise((resolve) => emitter.once(event, resolve));
}

/** Waits until something holds; says what did not if it never does. */
export async function until(what, holds, patienceMs = 15_000) {
  const end = Date.now() + patienceMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`still not: ${what}`);
    await pause(20);
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Kills the program as a crash would, and answers once the client knows. */
export async function crash(shelflife) {
  const gone = next(shelflife, "exit");
  process.kill(shelflife.pid, "SIGKILL");
  await gone;
}

/** Whether a process runs; a zombie does not. */
export function isRunning(pid) {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** The processes whose command line names a folder. */
export function processesOf(path) {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).filter((pid) => isRunning(pid) && commandLine(pid).includes(path));
}

function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
