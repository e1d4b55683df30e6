// Steady stand-ins for what differs from run to run, so that two runs of the examples compare byte for byte.

/** Numbers that tell of the moment or the machine, by their member. */
const numbers = {
  bytes: 61440, uptimeSeconds: 3, newestVerifiedAgeSeconds: 1, freeBytes: 52613349376,
};

const padded = (number, digits) => String(number).padStart(digits, "0");

const shapes = [
  // A UUID that the process made; those of clients stay.
  [/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, (n) => `019ce107-f200-7000-8000-${padded(n, 12)}`],
  [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, (n) => `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.signature-${n}`],
  [/\b[0-9A-Z]{5}(?:-[0-9A-Z]{5}){4}\b/g, (n) => `7XK2M-4QWZT-9HBRC-3VNDP-${padded(n, 5)}`],
  [/[0-9a-f]{64}/g, (n) => String(n).padStart(64, "5f2d8c")],
  [
    /shelflife-[0-9TZ]+-(manual|safety|daily)-[0-9a-f]+\.tar/g,
    (n, kind) => `shelflife-20260312T090000Z-${kind}-${padded(n, 4)}.tar`,
  ],
];

const cursor = (n) => Buffer.from(`cursor ${n}`).toString("base64url");

export class StandIns {
  constructor(dataDir) {
    this.dataDir = dataDir;
    this.byActual = new Map();
    this.byStandIn = new Map();
    this.counts = new Map();
  }

  #of(actual, kind, make) {
    const known = this.byActual.get(actual);
    if (known) return known;
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    const standIn = make(count);
    this.byActual.set(actual, standIn);
    this.byStandIn.set(standIn, actual);
    return standIn;
  }

  /** A result, or a part of one, as it is shown. */
  shown(value, member, record) {
    if (Array.isArray(value)) return value.map((item) => this.shown(item, member, record));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, this.shown(part, name, value)]));
    }
    if (typeof value === "number") {
      // How far a chore has come by now.
      if (member === "checked" && record.name === "report-totals") return 0;
      return numbers[member] ?? value;
    }
    return typeof value === "string" ? this.#text(value, member) : value;
  }

  #text(text, member) {
    if (member === "cursor" || member === "nextCursor") return this.#of(text, cursor, cursor);
    if (member === "replacedDatabase") return "shelflife_replaced";
    // The clock starts at nine and runs on.
    let shown = text.replace(/^(\d{4}-\d{2}-\d{2}T\d{2}):\d{2}:\d{2}\.\d{3}Z$/, "$1:00:00.000Z");
    for (const [shape, make] of shapes) {
      shown = shown.replace(shape, (actual, kind) => this.#of(actual, shape, (n) => make(n, kind)));
    }
    return shown.replaceAll(this.dataDir, "/var/lib/shelflife");
  }

  /** Params with the values of this run in place of stand-ins. */
  actual(value) {
    if (Array.isArray(value)) return value.map((item) => this.actual(item));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, this.actual(part)]));
    }
    if (typeof value !== "string") return value;
    let text = value.replaceAll("/var/lib/shelflife", this.dataDir);
    for (const [standIn, actual] of this.byStandIn) text = text.replaceAll(standIn, actual);
    return text;
  }
}
