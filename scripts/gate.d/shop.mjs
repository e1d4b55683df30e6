// Shops to measure: made through the program, each on a server of its own, and the floor's sale beside them.
import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { Program } from "./pipes.mjs";

// The floor's baskets name no product twice where there are more than 600.
const products = 700;
const productID = (number) => `00000000-0000-4000-8000-${`${number}`.padStart(12, "0")}`;

// The same baskets in every run.
let seed = 20_260_312n;
function random(bound) {
  seed = (seed * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
  return Number((seed >> 33n) % BigInt(bound));
}

export class Shop extends Program {
  #folder;

  /** Makes a shop with goods on its shelves and so many sales in its books. */
  constructor(binary, folder, sales) {
    super(binary, ["--data-dir", folder, "--bcrypt-cost", "10", "--log-level", "error"], dirname(folder));
    this.#folder = folder;
    const owner = { username: "owner", password: "correct horse" };
    this.call("setup.createOwner", { name: "Owner", ...owner });
    this.call("auth.login", { ...owner, bind: true });
    const numbers = Array.from({ length: products }, (_, index) => index + 1);
    const product = (number) => ({ id: productID(number), name: `Product ${number}`, sellingPrice: "4.50" });
    this.rate(numbers.map((number) => this.request("products.create", product(number))), 64);
    for (let year = 2040; year < 2045; year += 1) {
      const items = numbers.map((number) => (
        { productId: productID(number), qtyAdded: 1_000_000, unitCost: "2.1", expiryDate: `${year}-01-31` }));
      for (const part of [items.slice(0, 350), items.slice(350)]) this.call("stockIn.create", { items: part });
    }
    this.rate(Array.from({ length: sales }, () => this.sale()), 64);
  }

  /** The request for a sale of three lines. */
  sale() {
    const first = 1 + random(products);
    const items = [0, 61, 127].map((step, line) => ({ productId: productID(1 + ((first + step) % products)), qty: 1 + (line % 2) }));
    return this.request("sales.create", { items });
  }

  get #socket() {
    return realpathSync(`${this.#folder}/run`);
  }

  #sql(bin, program, options, path) {
    const environment = { ...process.env, PGOPTIONS: path };
    const settings = { encoding: "utf8", env: environment, stdio: ["ignore", "pipe", "pipe"] };
    return execFileSync(`${bin}/${program}`, ["-h", this.#socket, "-U", "postgres", ...options], settings);
  }

  /** What the floor's sale needs beside our tables: products by number. */
  prepareFloor(bin) {
    const table = "create table bench_product as select row_number() over (order by id)::int as n, id from product";
    const index = "create unique index on bench_product (n)";
    this.#sql(bin, "psql", ["-d", "shelflife", "-c", `set role shelflife_owner; ${table}; ${index}`], "-c search_path=shelf");
  }

  /** Microseconds of one hand-written sale, on average over some seconds. */
  floorLatency(bin, seconds) {
    const text = this.#sql(
      bin, "pgbench",
      ["-n", "-M", "prepared", "-D", `products=${products}`, "-c", "1", "-T", `${seconds}`, "-f", "scripts/bench.d/floor.sql", "shelflife"],
      "-c search_path=shelf -c plan_cache_mode=force_generic_plan -c jit=off");
    return 1_000 * Number(/latency average = ([0-9.]+) ms/.exec(text)[1]);
  }
}
