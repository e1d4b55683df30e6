// Generated from the methods' declarations by `shelflife`; do not edit.

export interface Actor {
  /** The user's id. */
  id: string;
  /** The person's name. */
  name: string;
}

export interface AuditEntry {
  /** The link of the chain: one a transaction, from 1 without gap. */
  link: number;
  /** The place in the link, from 1. */
  entry: number;
  /** The clock reading of the call that wrote. */
  at: string;
  /** Who wrote, by the present name; null where nobody had signed in. */
  user: Actor | null;
  /** The session; null where there was none. */
  sessionId: string | null;
  /** The method, or auth.login-failed. */
  action: string;
  /** What was written. */
  record: {
    /** What kind of record. */
    kind: "sale" | "stock-in" | "lot" | "product" | "user" | "store" | "clock" | "login" | "copy" | "restore" | "return" | "void" | "write-off" | "supplier-return" | "count" | "correction" | "cancellation" | "recall" | "stock-take" | "stock-take-entry";
    /** Its id; all zeros for what there is one of: store, clock, login, restore. */
    id: string;
    /** What people call it now: a document's number, a lot's, a batch, a product's or store's name, a username. */
    label: string | null;
  };
  /** The changed members as they were; null where none had a value or nothing is told. */
  before: Record<string, string | null> | null;
  /** The changed members as the write left them; of a secret only that it was changed. */
  after: Record<string, string | null> | null;
}

export interface Backup {
  /** The file. */
  path: string;
  /** Its size; 0 if it cannot be read. */
  bytes: number;
  /** The moment that it shows. */
  createdAt: string | null;
  /** The business date of that moment. */
  businessDate: string | null;
  /** manual, daily (by itself) or safety (before a restore). */
  kind: "manual" | "daily" | "safety" | null;
  /** The schema it holds. */
  schemaVersion: number | null;
  /** The program that took it. */
  programVersion: string | null;
  /** The store. */
  storeName: string | null;
  /** The last receipt in it. */
  lastReceiptNo: string | null;
  /** The digest of the archive inside. */
  archiveSha256: string | null;
  /** When it was last proved by restoring it beside the shop. */
  verifiedAt: string | null;
  /** Why it cannot be used, if it cannot. */
  problem: string | null;
}

export interface CardItem {
  /** The movement. */
  kind: "received" | "sold" | "returned" | "written-off" | "returned-to-supplier" | "counted" | "corrected";
  /** The lot. */
  lotId: string;
  /** Its number. */
  lotRefNo: string;
  /** The movement's place in its lot, from 1. */
  seq: number;
  /** Units that came, or went with a minus sign; a correction may change none. */
  qty: number;
  /** Units of what the card is about after it: the lot's, or all the product's. */
  balance: number;
  /** Units of its lot after it. */
  lotBalance: number;
  /** When it was moved. */
  at: string;
  /** The day in the store's time zone. */
  businessDate: string;
  /** Cost of one unit of the lot from then on, four decimals. */
  unitCost: string;
  /** The lot's expiry from then on. */
  expiryDate: string | null;
  /** What moved it. */
  cause: MovementCause;
  /** Who did; of a delivery by the present name, else by the name of that moment. */
  by: Actor;
}

export interface CheckResult {
  /** What was checked. */
  name: string;
  /** True if nothing is wrong. */
  ok: boolean;
  /** Records looked at. */
  checked: number;
  /** In words, at most the first hundred. */
  violations: Array<string>;
}

export interface Dashboard {
  /** Today in the store's time zone. */
  businessDate: string;
  /** What customers paid today, less refunds; for staff, in their own sales. */
  totalAmount: string;
  /** Today's receipts; for staff, their own. */
  salesCount: number;
  /** What today's units had cost, four decimals; the owner's replies only. */
  cost?: string;
  /** totalAmount less cost, four decimals; the owner's replies only. */
  profit?: string;
  /** Up to five latest sales, newest first; for staff, their own. */
  latestSales: Array<Sale>;
  /** Active products at or below their reorder level. */
  lowStockCount: number;
  /** Lots with stock that expire from today to 30 days from now. */
  expiringCount: number;
  /** Lots with stock that have expired. */
  expiredCount: number;
}

export interface EndNotice {
  /** Why. */
  reason: "session-ended" | "session-expired" | "shop-replaced";
}

export interface Event {
  /** What happened. */
  type: "sale.created" | "sale.returned" | "sale.voided" | "stockIn.created" | "stock.changed" | "lot.changed" | "recall.changed" | "stockTake.changed" | "product.changed" | "user.changed" | "store.changed" | "stock.low" | "lot.expired" | "backup.overdue" | "events.missed" | "events.ended" | "shop.replaced";
  /** When: the clock reading of the call that wrote, or of the look that found it. */
  at: string;
  /** Where changes.since goes on behind it. */
  cursor: string;
  /** What there is to tell; see the table of events. */
  data: SaleNotice | TakenBackNotice | TakenBackNotice | StockInNotice | StockNotice | LotNotice | RecallNotice | StockTakeNotice | Product | User | Store | LowStockNotice | ExpiredLotNotice | OverdueNotice | MissedNotice | EndNotice | {};
}

export interface ExpiredLotNotice {
  /** The lot. */
  lotId: string;
  /** Its number. */
  lotRefNo: string;
  /** Its product. */
  productId: string;
  /** The product's name. */
  productName: string;
  /** Its last day. */
  expiryDate: string | null;
  /** Units that must not be sold any more. */
  qtyRemaining: number;
}

export interface ListedProduct {
  /** The product's id. */
  id: string;
  /** Unique in the shop, whatever its case. */
  name: string;
  /** The price of one unit. */
  sellingPrice: string;
  /** At or below this many sellable units the product is low. */
  reorderLevel: number;
  /** An inactive product is neither sold nor delivered. */
  isActive: boolean;
  /** Whether each delivery needs an expiry date. */
  tracksExpiry: boolean;
  /** When the product was made. */
  createdAt: string;
  /** When it was last changed. */
  updatedAt: string;
  /** Sellable units today. */
  totalQty: number;
}

export interface Lot {
  /** The lot's id. */
  id: string;
  /** Its product. */
  productId: string;
  /** The delivery's number and the line: STK-YYYYMMDD-####-n. */
  lotRefNo: string;
  /** The maker's batch, if it was given. */
  batchNo: string | null;
  /** The last day on which it may be sold; null if it does not expire. */
  expiryDate: string | null;
  /** Units delivered. */
  qtyReceived: number;
  /** Units left. */
  qtyRemaining: number;
  /** Cost of one unit, four decimals; the owner's replies only. */
  unitCost?: string;
  /** When it was delivered. */
  receivedAt: string;
  /** Only a lot that is ok is sold. */
  status: "ok" | "quarantined" | "recalled";
  /** Days left on the business date; negative once expired. */
  daysUntilExpiry: number | null;
  /** Of units that customers brought back and that are kept apart: the lot they were sold from. */
  parentLotId?: string;
}

export interface LotBalance {
  /** The lot. */
  lotId: string;
  /** Its number. */
  lotRefNo: string;
  /** The product. */
  productId: string;
  /** Its present name. */
  productName: string;
  /** The maker's batch as it is known now. */
  batchNo: string | null;
  /** Its expiry as it was known that day. */
  expiryDate: string | null;
  /** Units left at the end of that day. */
  qty: number;
  /** Cost of one unit as it was known that day, four decimals. */
  unitCost: string;
  /** Units times unit cost, four decimals. */
  stockValue: string;
}

export interface LotFigures {
  /** Units as delivered; 0 for a lot that no delivery made. */
  receivedQty: number;
  /** Units sold. */
  soldQty: number;
  /** Units that customers brought back to this lot. */
  returnedQty: number;
  /** Units thrown away. */
  writtenOffQty: number;
  /** Units that went back to the supplier. */
  returnedToSupplierQty: number;
  /** What counts changed; below zero where units were missing. */
  countedQty: number;
  /** What corrections and cancellations changed; below zero for less. */
  correctedQty: number;
  /** Units left. */
  onHandQty: number;
}

export interface LotNotice {
  /** The lot. */
  lotId: string;
  /** Its number. */
  lotRefNo: string;
  /** Its product. */
  productId: string;
  /** The product's name. */
  productName: string;
  /** The maker's batch. */
  batchNo: string | null;
  /** Its last day. */
  expiryDate: string | null;
  /** Only a lot that is ok is sold. */
  status: "ok" | "quarantined" | "recalled";
  /** Units left. */
  qtyRemaining: number;
}

export interface LotReceipt {
  /** The receipt. */
  receiptNo: string;
  /** The sale's id. */
  saleId: string;
  /** When it was sold. */
  soldAt: string;
  /** Who sold, by the name of that moment. */
  soldBy: Actor;
  /** Units taken from the lot. */
  qty: number;
  /** Of these, units that the customer brought back since. */
  returnedQty: number;
}

export interface LowStockNotice {
  /** The product. */
  productId: string;
  /** Its name. */
  productName: string;
  /** Sellable units. */
  totalQty: number;
  /** Its reorder level. */
  reorderLevel: number;
}

export interface MissedNotice {
  /** For changes.since: everything behind it was left out, up to the event's own cursor. */
  cursor: string;
}

export interface MovementCause {
  /** A sale, a delivery or the kind of another document. */
  kind: "sale" | "stock-in" | "return" | "void" | "write-off" | "supplier-return" | "count" | "correction" | "cancellation";
  /** Its id. */
  id: string;
  /** Its number. */
  number: string;
}

export interface NamedLot {
  /** The lot's id. */
  id: string;
  /** Its product. */
  productId: string;
  /** The delivery's number and the line: STK-YYYYMMDD-####-n. */
  lotRefNo: string;
  /** The maker's batch, if it was given. */
  batchNo: string | null;
  /** The last day on which it may be sold; null if it does not expire. */
  expiryDate: string | null;
  /** Units delivered. */
  qtyReceived: number;
  /** Units left. */
  qtyRemaining: number;
  /** Cost of one unit, four decimals; the owner's replies only. */
  unitCost?: string;
  /** When it was delivered. */
  receivedAt: string;
  /** Only a lot that is ok is sold. */
  status: "ok" | "quarantined" | "recalled";
  /** Days left on the business date; negative once expired. */
  daysUntilExpiry: number | null;
  /** Of units that customers brought back and that are kept apart: the lot they were sold from. */
  parentLotId?: string;
  /** The product's present name. */
  productName: string;
}

export interface OverdueNotice {
  /** The moment that the newest proved backup shows. */
  newestVerifiedAt: string | null;
  /** How old that is. */
  newestVerifiedAgeSeconds: number | null;
}

export interface ProcessStatus {
  /** The program's version. */
  version: string;
  /** How long the process has served. */
  uptimeSeconds: number;
  /** Whether calls that need it can run. */
  database: "starting" | "ready" | "unavailable";
  /** Why it is not ready. */
  reason?: string;
  /** The database's schema; null while it is not known. */
  schemaVersion: number | null;
  /** Whether the shop has its owner; null while it is not known. */
  ownerExists: boolean | null;
  /** The store. */
  store: {
    /** The store's name; null while it is not known. */
    name: string | null;
  };
  /** The backups of this data directory; null while they are not known. */
  backup: {
    /** The moment that the newest backup shows; null if there is none. */
    newestAt: string | null;
    /** The same of the newest that was proved by restoring it. */
    newestVerifiedAt: string | null;
    /** How old that one is. */
    newestVerifiedAgeSeconds: number | null;
    /** True when none was proved for a day and a half, although the process had time to. */
    isOverdue: boolean;
  } | null;
  /** The disk of the data directory; null where the system does not tell. */
  disk: {
    /** Bytes that may still be written. */
    freeBytes: number;
  } | null;
  /** The calls on their way. */
  lanes: {
    /** Calls accepted and not yet answered. */
    inFlight: number;
    /** Of these, calls that wait for their turn. */
    waiting: number;
    /** Reads among them. */
    reads: number;
    /** Writes among them, those that hash a password included. */
    writes: number;
    /** Logins among them. */
    logins: number;
    /** Backups and what else runs long. */
    long: number;
  };
}

export interface Product {
  /** The product's id. */
  id: string;
  /** Unique in the shop, whatever its case. */
  name: string;
  /** The price of one unit. */
  sellingPrice: string;
  /** At or below this many sellable units the product is low. */
  reorderLevel: number;
  /** An inactive product is neither sold nor delivered. */
  isActive: boolean;
  /** Whether each delivery needs an expiry date. */
  tracksExpiry: boolean;
  /** When the product was made. */
  createdAt: string;
  /** When it was last changed. */
  updatedAt: string;
}

export interface Quote {
  /** The lines in their order. */
  items: Array<QuoteItem>;
  /** The sum of the lines. */
  totalAmount: string;
  /** Products of which there is not enough; empty if the sale could be made. */
  shortages: Array<Shortage>;
}

export interface QuoteItem {
  /** Its place, from 1. */
  line: number;
  /** The product. */
  productId: string;
  /** Its name. */
  productName: string;
  /** Units asked for. */
  qty: number;
  /** The price of one unit now. */
  unitPrice: string;
  /** Quantity times price. */
  lineTotal: string;
  /** What would be taken now, first expired first. */
  allocations: Array<SaleAllocation>;
  /** Stock of the product that may not be sold. */
  skippedLots: Array<SkippedLot>;
}

export interface RankedProduct {
  /** The product. */
  productId: string;
  /** Its present name. */
  productName: string;
  /** Receipts, each counted once; voided ones are not. */
  salesCount: number;
  /** Units sold, less those brought back on these days. */
  qty: number;
  /** What the customers paid, less what was refunded on these days; so it may be below zero. */
  totalAmount: string;
  /** What the units had cost, four decimals; frozen at the sale, whatever costs became later. */
  cost: string;
  /** totalAmount less cost, four decimals, exact; negative for a loss. */
  profit: string;
}

export interface ReadPlace {
  /** Which server was read. */
  server: "primary" | "standby";
  /** Whatever was written by then is in the answer. */
  asOf: string;
  /** Writes of so many milliseconds before the reading may be missing; 0 on the primary. */
  maxStalenessMs: number;
  /** Why not on the standby: it is away, it did not follow in time, it takes writes itself, or it holds another shop. */
  reason?: "away" | "behind" | "promoted" | "strange";
}

export interface Recall {
  /** The recall's id. */
  id: string;
  /** The batch; upper and lower case are the same. */
  batchNo: string;
  /** The product; null if the batch is blocked of every product. */
  productId: string | null;
  /** Its present name. */
  productName: string | null;
  /** Why. */
  reason: string;
  /** When it was started. */
  startedAt: string;
  /** Who started it, by the name of that moment. */
  startedBy: Actor;
  /** When it was ended; null while it goes on. */
  endedAt: string | null;
  /** Who ended it. */
  endedBy: Actor | null;
  /** Why it was ended. */
  endReason: string | null;
}

export interface RecallFigures {
  /** Units as delivered, with all corrections. */
  receivedQty: number;
  /** Units sold. */
  soldQty: number;
  /** Units that customers brought back. */
  returnedQty: number;
  /** Units thrown away, those that came back included. */
  writtenOffQty: number;
  /** Units that went back to the supplier. */
  returnedToSupplierQty: number;
  /** Units in lots that stand where they were delivered, blocked or not. */
  onHandQty: number;
  /** Units in lots that are quarantined or hold what customers brought back. */
  quarantinedQty: number;
  /** Sold and not brought back. */
  withCustomersQty: number;
  /** On hand, quarantined, thrown away or back at the supplier. */
  accountedForQty: number;
  /** accountedForQty of receivedQty, four decimals, the rest cut off; null if nothing was received. */
  effectiveness: string | null;
}

export interface RecallNotice {
  /** The recall. */
  recallId: string;
  /** The maker's batch. */
  batchNo: string;
  /** The product; null for every product. */
  productId: string | null;
  /** Why. */
  reason: string;
  /** False once it was ended. */
  isOpen: boolean;
}

export interface RecallReport {
  /** The recall. */
  recall: Recall;
  /** Every lot of the batch, with units that customers brought back, in the order of expiry. */
  lots: Array<ReckonedLot>;
  /** Where the units are, each counted once. */
  figures: RecallFigures;
  /** This page. */
  items: Array<RecalledReceipt>;
  /** Where the next page begins; null on the last one. */
  nextCursor: string | null;
}

export interface RecalledReceipt {
  /** The receipt. */
  receiptNo: string;
  /** The sale's id. */
  saleId: string;
  /** When it was sold. */
  soldAt: string;
  /** Who sold, by the name of that moment. */
  soldBy: Actor;
  /** As the till sent it. */
  paymentMethod: string;
  /** The sale's remark. */
  note: string | null;
  /** The product. */
  productId: string;
  /** Its present name. */
  productName: string;
  /** Units of the batch that it took. */
  qty: number;
  /** Of these, units that the customer brought back since. */
  returnedQty: number;
}

export interface ReckonedLot {
  /** The lot's id. */
  id: string;
  /** Its product. */
  productId: string;
  /** The delivery's number and the line: STK-YYYYMMDD-####-n. */
  lotRefNo: string;
  /** The maker's batch, if it was given. */
  batchNo: string | null;
  /** The last day on which it may be sold; null if it does not expire. */
  expiryDate: string | null;
  /** Units delivered. */
  qtyReceived: number;
  /** Units left. */
  qtyRemaining: number;
  /** Cost of one unit, four decimals; the owner's replies only. */
  unitCost?: string;
  /** When it was delivered. */
  receivedAt: string;
  /** Only a lot that is ok is sold. */
  status: "ok" | "quarantined" | "recalled";
  /** Days left on the business date; negative once expired. */
  daysUntilExpiry: number | null;
  /** Of units that customers brought back and that are kept apart: the lot they were sold from. */
  parentLotId?: string;
  /** The product's present name. */
  productName: string;
  /** Units as delivered; 0 for a lot that no delivery made. */
  receivedQty: number;
  /** Units sold. */
  soldQty: number;
  /** Units that customers brought back to this lot. */
  returnedQty: number;
  /** Units thrown away. */
  writtenOffQty: number;
  /** Units that went back to the supplier. */
  returnedToSupplierQty: number;
  /** What counts changed; below zero where units were missing. */
  countedQty: number;
  /** What corrections and cancellations changed; below zero for less. */
  correctedQty: number;
  /** Units left. */
  onHandQty: number;
}

export interface ReturnedItem {
  /** The line of the receipt. */
  line: number;
  /** The product. */
  productId: string;
  /** Its present name. */
  productName: string;
  /** Units. */
  qty: number;
  /** What was paid for one unit. */
  unitPrice: string;
  /** Quantity times that price. */
  refundAmount: string;
  /** What became of them. */
  disposition: "restock" | "quarantine" | "destroy";
  /** True where they were to be restocked, but the lot has expired or was recalled. */
  isForced: boolean;
  /** The lot that holds them now, or held them before they were destroyed. */
  lotId: string;
  /** Its number. */
  lotRefNo: string;
}

export interface ReviewedLot {
  /** The lot; left out of one that nobody knew. */
  lotId?: string;
  /** Names a lot that nobody knew, to count it again; its lotId once the stock take is applied. */
  foundId?: string;
  /** The lot's number; null for a lot that is not in the books. */
  lotRefNo: string | null;
  /** The product. */
  productId: string;
  /** Its present name. */
  productName: string;
  /** The maker's batch. */
  batchNo: string | null;
  /** The last day of sale. */
  expiryDate: string | null;
  /** Cost of one unit, four decimals; of a lot that nobody knew what the product's last delivered lot cost. */
  unitCost: string;
  /** The latest count; null, like all of it, where nobody counted. */
  countedQty: number | null;
  /** Its instant. */
  countedAt: string | null;
  /** Who counted, by the name of that moment. */
  countedBy: Actor | null;
  /** Units that the books had at that instant; 0 of a lot that nobody knew. */
  expectedQty: number | null;
  /** Counted less expected: what applying adds to the lot. */
  variance: number | null;
  /** The variance at cost, four decimals. */
  varianceValue: string | null;
  /** Units that the books have now. */
  onHandQty: number;
  /** How often it was counted in this stock take. */
  counts: number;
  /** True where the count differs by more than the tolerance and no second count confirmed the same difference, where the last two counts, by different people, differ, or where another stock take or a correction changed the lot's books since. */
  needsRecount: boolean;
}

export interface Sale {
  /** The sale's id. */
  id: string;
  /** Gap-free in the day. */
  receiptNo: string;
  /** The day of the sale in the store's time zone. */
  businessDate: string;
  /** Who sold, by the name of that moment. */
  soldBy: Actor;
  /** When it was sold. */
  soldAt: string;
  /** The sum of the lines. */
  totalAmount: string;
  /** As the till sent it. */
  paymentMethod: string;
  /** A remark. */
  note: string | null;
  /** The till that sold; null for what was sold before tills had names. */
  till: string | null;
  /** The lines in their order. */
  items: Array<SaleItem>;
  /** Set once the whole receipt was taken back; reports count it no more. Never in the reply to the sale itself. */
  voided?: Voiding;
  /** What was refunded since by returns or the void; left out while nothing was. */
  refundedAmount?: string;
}

export interface SaleAllocation {
  /** The lot. */
  lotId: string;
  /** Its number. */
  lotRefNo: string;
  /** Its expiry at the time of sale. */
  expiryDate: string | null;
  /** Units taken from it. */
  qtyTaken: number;
  /** Cost of one unit at the time of sale; the owner's replies only. */
  unitCost?: string;
}

export interface SaleItem {
  /** The line's id. */
  id: string;
  /** Its place on the receipt, from 1. */
  line: number;
  /** The product. */
  productId: string;
  /** Its name at the time of sale. */
  productName: string;
  /** Units sold. */
  qty: number;
  /** The price of one unit at the time of sale. */
  unitPrice: string;
  /** Quantity times price. */
  lineTotal: string;
  /** Which lots it was taken from, first expired first. */
  allocations: Array<SaleAllocation>;
  /** Units brought back since; left out while there are none, and in the reply to the sale itself. */
  returnedQty?: number;
}

export interface SaleNotice {
  /** The sale's id. */
  id: string;
  /** Its number. */
  receiptNo: string;
  /** The day of the sale. */
  businessDate: string;
  /** Who sold. */
  soldBy: Actor;
  /** When it was sold. */
  soldAt: string;
  /** The sum of the lines. */
  totalAmount: string;
}

export interface SaleReturn {
  /** The return's id. */
  id: string;
  /** Gap-free in the day. */
  returnNo: string;
  /** The sale. */
  saleId: string;
  /** Its receipt. */
  receiptNo: string;
  /** The day of the return, on which reports count it. */
  businessDate: string;
  /** When. */
  returnedAt: string;
  /** Who took the goods back. */
  returnedBy: Actor;
  /** What the customer gets back. */
  refundAmount: string;
  /** Why. */
  reason: string | null;
  /** A remark. */
  note: string | null;
  /** One for each lot that units came back to. */
  items: Array<ReturnedItem>;
}

export interface SalesFigures {
  /** Receipts, each counted once; voided ones are not. */
  salesCount: number;
  /** Units sold, less those brought back on these days. */
  qty: number;
  /** What the customers paid, less what was refunded on these days; so it may be below zero. */
  totalAmount: string;
  /** What the units had cost, four decimals; frozen at the sale, whatever costs became later. */
  cost: string;
  /** totalAmount less cost, four decimals, exact; negative for a loss. */
  profit: string;
}

export interface SalesReportItem {
  /** The day; with groupBy day. */
  businessDate?: string;
  /** Who sold, by the present name; with groupBy user. */
  user?: Actor;
  /** The product; with groupBy product. */
  productId?: string;
  /** Its present name; with groupBy product. */
  productName?: string;
  /** The till, empty for what was sold before tills had names; with groupBy till. */
  till?: string;
  /** Receipts, each counted once; voided ones are not. */
  salesCount: number;
  /** Units sold, less those brought back on these days. */
  qty: number;
  /** What the customers paid, less what was refunded on these days; so it may be below zero. */
  totalAmount: string;
  /** What the units had cost, four decimals; frozen at the sale, whatever costs became later. */
  cost: string;
  /** totalAmount less cost, four decimals, exact; negative for a loss. */
  profit: string;
}

export interface Shortage {
  /** The product. */
  productId: string;
  /** Its name. */
  productName: string;
  /** Units asked for, over all lines. */
  requested: number;
  /** Units that may be sold today. */
  available: number;
  /** Stock that is there but may not be sold. */
  skippedLots: Array<SkippedLot>;
}

export interface SkippedLot {
  /** The lot. */
  lotId: string;
  /** Its number. */
  lotRefNo: string;
  /** Its expiry. */
  expiryDate: string | null;
  /** Units in it. */
  qty: number;
  /** Why it is not sold. */
  reason: "expired" | "quarantined" | "recalled";
}

export interface StockCount {
  /** The stock take. */
  stockTakeId: string;
  /** Gap-free in the stock take, from 1. */
  entryNo: number;
  /** The instant of the count. */
  countedAt: string;
  /** Who counted, by the name of that moment. */
  countedBy: Actor;
  /** The lots, in the order in which they were sent. */
  items: Array<StockCountItem>;
}

export interface StockCountItem {
  /** The lot; left out of one that nobody knew. */
  lotId?: string;
  /** Names a lot that nobody knew, to count it again; its lotId once the stock take is applied. */
  foundId?: string;
  /** The lot's number; null for a lot that is not in the books. */
  lotRefNo: string | null;
  /** The product. */
  productId: string;
  /** Its present name. */
  productName: string;
  /** The maker's batch. */
  batchNo: string | null;
  /** The last day of sale. */
  expiryDate: string | null;
  /** Units counted. */
  countedQty: number;
  /** Units that the books had at that instant; left out of a blind stock take, 0 of a lot that nobody knew. */
  expectedQty?: number;
  /** Counted less expected; left out of a blind stock take. */
  variance?: number;
}

export interface StockDocument {
  /** The document's id. */
  id: string;
  /** What it is. */
  kind: "return" | "void" | "write-off" | "supplier-return" | "count" | "correction" | "cancellation";
  /** Gap-free in the kind and day. */
  documentNo: string;
  /** Its day in the store's time zone. */
  businessDate: string;
  /** When it was made. */
  at: string;
  /** Who made it, by the name of that moment. */
  madeBy: Actor;
  /** Why. */
  reason: string | null;
  /** A remark. */
  note: string | null;
  /** Of a write-off: why the goods were thrown away. */
  loss?: "expired" | "damaged" | "stolen" | "other";
  /** Of a return or void: the receipt. */
  receiptNo?: string;
  /** Of a return or void: the sale. */
  saleId?: string;
  /** Of a return to the supplier: who took them. */
  supplierName?: string;
  /** Of a count: the stock take. */
  stockTakeId?: string;
  /** Of a cancellation: the delivery. */
  stockInRefNo?: string;
  /** What the customer got back; zero where there is none. */
  refundAmount: string;
  /** What the units of all lines had cost, four decimals; below zero for what went. */
  costValue: string;
  /** The movements in their order. */
  lines: Array<StockDocumentLine>;
}

export interface StockDocumentLine {
  /** Its place, from 1. */
  line: number;
  /** The movement. */
  kind: "received" | "sold" | "returned" | "written-off" | "returned-to-supplier" | "counted" | "corrected";
  /** The lot. */
  lotId: string;
  /** Its number. */
  lotRefNo: string;
  /** The product. */
  productId: string;
  /** Its present name. */
  productName: string;
  /** Units that came, or went with a minus sign; a correction may change none. */
  qty: number;
  /** Cost of one unit, four decimals; of a return what it was at the sale. */
  unitCost: string;
  /** Why, where the line has a reason of its own. */
  reason: string | null;
  /** Of a return or void: the line of the receipt. */
  receiptLine?: number;
  /** Of a return or void: the price that was paid. */
  unitPrice?: string;
  /** Of a return or void: quantity times that price. */
  refundAmount?: string;
  /** Of a return or void: what became of the units. */
  disposition?: "restock" | "quarantine" | "destroy";
  /** Of a return or void: true where they were to be restocked and could not. */
  isForced?: boolean;
}

export interface StockIn {
  /** The delivery's id. */
  id: string;
  /** Gap-free in the day. */
  refNo: string;
  /** Who booked it. */
  createdBy: Actor;
  /** When it was booked. */
  createdAt: string;
  /** Who delivered. */
  supplierName: string | null;
  /** A remark. */
  note: string | null;
  /** The lines in their order. */
  items: Array<StockInItem>;
  /** Left out until the delivery, or what was untouched of it, is cancelled: then the latest time. */
  cancelled?: StockInCancellation;
}

export interface StockInCancellation {
  /** When it was cancelled. */
  at: string;
  /** Who cancelled it, by the name of that moment. */
  by: Actor;
  /** Why. */
  reason: string;
  /** The cancellation's number. */
  documentNo: string;
}

export interface StockInItem {
  /** The line's id. */
  id: string;
  /** The product. */
  productId: string;
  /** Its name. */
  productName: string;
  /** Units delivered. */
  qtyAdded: number;
  /** Cost of one unit as delivered, four decimals. */
  unitCost: string;
  /** Expiry as delivered. */
  expiryDate: string | null;
  /** The maker's batch. */
  batchNo: string | null;
  /** The lot that the line made. */
  lotId: string;
  /** Units that cancellations took out again, if there are any. */
  cancelledQty?: number;
}

export interface StockInNotice {
  /** The delivery's id. */
  id: string;
  /** Its number. */
  refNo: string;
  /** Who booked it. */
  createdBy: Actor;
  /** When it was booked. */
  createdAt: string;
}

export interface StockNotice {
  /** The product. */
  productId: string;
  /** Its name now. */
  productName: string;
  /** Units that came, or went with a minus sign. */
  change: number;
  /** Sellable units when the event was read, which may be after later documents. */
  totalQty: number;
  /** The document; null for staff, where it is not their own. */
  cause: {
    /** What kind of document. */
    kind: "sale" | "stock-in" | "lot" | "product" | "user" | "store" | "clock" | "login" | "copy" | "restore" | "return" | "void" | "write-off" | "supplier-return" | "count" | "correction" | "cancellation" | "recall" | "stock-take" | "stock-take-entry";
    /** Its id. */
    id: string;
  } | null;
}

export interface StockTake {
  /** The stock take's id. */
  id: string;
  /** When it began. */
  startedAt: string;
  /** Who began it, by the name of that moment. */
  startedBy: Actor;
  /** A remark. */
  note: string | null;
  /** Whether those who count are not shown what the books say. */
  blind: boolean;
  /** Units by which a count may differ before it is to be repeated. */
  tolerance: number;
  /** The products it covers; null where it covers all. */
  productIds: Array<string> | null;
  /** What became of it. */
  state: "open" | "applied" | "cancelled";
  /** When it was applied or cancelled; null while it is open. */
  endedAt: string | null;
  /** Who ended it, by the present name. */
  endedBy: Actor | null;
  /** Why. */
  endReason: string | null;
  /** Counts so far, each of one or more lots. */
  entries: number;
}

export interface StockTakeNotice {
  /** The stock take. */
  stockTakeId: string;
  /** open, applied or cancelled. */
  state: "open" | "applied" | "cancelled";
  /** How many calls have counted so far. */
  entries: number;
}

export interface StockTakeTotals {
  /** Lots of the books that were counted. */
  countedLots: number;
  /** Lots whose count differs; those that nobody knew count too. */
  variances: number;
  /** Units that are there and not in the books. */
  surplusQty: number;
  /** Units that are in the books and not there. */
  missingQty: number;
  /** Surplus less what is missing, at cost, four decimals. */
  varianceValue: string;
  /** Lots that are to be counted again. */
  recountLots: number;
  /** Lots that were there when it began and that nobody counted. */
  notCountedLots: number;
  /** Lots that nobody knew. */
  foundLots: number;
}

export interface StockedProduct {
  /** The product's id. */
  id: string;
  /** Unique in the shop, whatever its case. */
  name: string;
  /** The price of one unit. */
  sellingPrice: string;
  /** At or below this many sellable units the product is low. */
  reorderLevel: number;
  /** An inactive product is neither sold nor delivered. */
  isActive: boolean;
  /** Whether each delivery needs an expiry date. */
  tracksExpiry: boolean;
  /** When the product was made. */
  createdAt: string;
  /** When it was last changed. */
  updatedAt: string;
  /** Sellable units today: status ok and not expired. */
  totalQty: number;
  /** Expired units still on the shelf; never sold. */
  expiredQty: number;
  /** The earliest expiry date of sellable stock. */
  nearestExpiry: string | null;
  /** Its lots in the order in which they are sold; those with stock, unless empty ones are asked for. */
  lots?: Array<Lot>;
}

export interface Store {
  /** The store's name; empty until it is set. */
  name: string;
  /** For the receipt. */
  address: string;
  /** For the receipt. */
  phone: string;
  /** ISO 4217. */
  currency: string;
  /** An IANA zone; business dates are taken in it. */
  timeZone: string;
  /** For the receipt. */
  receiptFooter: string;
  /** How long a session lives at most. */
  sessionMaxAgeHours: number;
  /** How long a session lives without use. */
  sessionIdleMinutes: number;
  /** Up to which amount staff take goods back by themselves. */
  staffReturnLimit: string;
  /** Where backups are copied to; null for nowhere; the owner's replies only. */
  backupFolder?: string | null;
  /** Of how many days a backup is kept; the owner's replies only. */
  backupKeepDaily?: number;
  /** Of how many months a backup is kept; the owner's replies only. */
  backupKeepMonthly?: number;
}

export interface TakenBack {
  /** Returns made in the range. */
  returnsCount: number;
  /** Units that they brought back. */
  returnedQty: number;
  /** What they refunded. */
  refundedAmount: string;
  /** Receipts of the range that were voided. */
  voidedCount: number;
  /** What they came to. */
  voidedAmount: string;
  /** Up to 100 of them, the newest first. */
  voidedReceiptNos: Array<string>;
}

export interface TakenBackNotice {
  /** The id of the return or void. */
  id: string;
  /** Its number. */
  documentNo: string;
  /** The sale. */
  saleId: string;
  /** Its receipt. */
  receiptNo: string;
  /** When. */
  at: string;
  /** Who took it back. */
  by: Actor;
  /** What the customer got back. */
  refundAmount: string;
}

export interface Till {
  /** What the till is called, as it was started. */
  name: string;
  /** The run of its process, as its system.hello tells it. */
  sessionId: string;
  /** When the process began, by its own clock. */
  since: string;
  /** The version of its program. */
  version: string;
  /** Where it connects from, as the server sees it; null on the server's own machine. */
  address: string | null;
  /** Whether it is the till that asks. */
  isOwn: boolean;
}

export interface User {
  /** The user's id. */
  id: string;
  /** The person's name. */
  name: string;
  /** What the person signs in with; upper and lower case are the same. */
  username: string;
  /** OWNER or STAFF; there is exactly one owner. */
  role: "OWNER" | "STAFF";
  /** False once the owner has disabled the account. */
  isActive: boolean;
  /** When the account was made. */
  createdAt: string;
}

export interface ValidationIssue {
  /** Where in the params, such as items[0].qty; empty for the params themselves. */
  path: string;
  /** The stable name of the rule. */
  code: string;
  /** The rule in words, for developers. */
  message: string;
}

export interface ValuedLot {
  /** The lot's id. */
  id: string;
  /** Its product. */
  productId: string;
  /** The delivery's number and the line: STK-YYYYMMDD-####-n. */
  lotRefNo: string;
  /** The maker's batch, if it was given. */
  batchNo: string | null;
  /** The last day on which it may be sold; null if it does not expire. */
  expiryDate: string | null;
  /** Units delivered. */
  qtyReceived: number;
  /** Units left. */
  qtyRemaining: number;
  /** Cost of one unit, four decimals; the owner's replies only. */
  unitCost?: string;
  /** When it was delivered. */
  receivedAt: string;
  /** Only a lot that is ok is sold. */
  status: "ok" | "quarantined" | "recalled";
  /** Days left on the business date; negative once expired. */
  daysUntilExpiry: number | null;
  /** Of units that customers brought back and that are kept apart: the lot they were sold from. */
  parentLotId?: string;
  /** The product's name. */
  productName: string;
  /** Units left times unit cost, four decimals. */
  stockValue: string;
}

export interface Voiding {
  /** Gap-free in the day. */
  voidNo: string;
  /** When. */
  at: string;
  /** Who, by the name of that moment. */
  by: Actor;
  /** Why. */
  reason: string;
}

export interface WrittenOffLine {
  /** The document's number. */
  documentNo: string;
  /** Its id. */
  documentId: string;
  /** Its day in the store's time zone. */
  businessDate: string;
  /** When it was made. */
  at: string;
  /** Who made it, by the name of that moment. */
  by: Actor;
  /** Why; returned is what a customer brought back and was thrown away. */
  reason: "expired" | "damaged" | "stolen" | "other" | "returned";
  /** The document's remark. */
  note: string | null;
  /** The lot. */
  lotId: string;
  /** Its number. */
  lotRefNo: string;
  /** The product. */
  productId: string;
  /** Its present name. */
  productName: string;
  /** Units written off. */
  qty: number;
  /** Cost of one unit, four decimals. */
  unitCost: string;
  /** Units times unit cost, four decimals. */
  value: string;
}

/** What every call may carry beside its own params. */
export interface CommonParams {
  /** The session, as auth.login answered it. Without it the session bound to this pipe is used, if there is one. */
  token?: string | null;
  /** The deadline of this call in milliseconds from its arrival. When it passes, nothing has changed. */
  timeoutMs?: number | null;
  /** Names the $/progress notifications of this call. */
  progressToken?: string | number | null;
}

/** What every write may carry beside its own params. */
export interface WriteParams extends CommonParams {
  /** The same call under the same key again answers with the first result and does nothing twice. */
  idempotencyKey?: string | null;
}

/** Every method by its wire name. */
export interface Methods {
  /** The OpenRPC document of every method. (public, immediate) */
  "rpc.discover": {
    params: {} & CommonParams;
    result: unknown;
  };
  /** Who the process is and what it can do; with progressToken, also how the database's start goes on. (public, immediate) */
  "system.hello": {
    params: {
      /** Who is calling, for the log. */
      client?: {
        /** The client's name. */
        name: string;
        /** The client's version. */
        version: string;
      } | null;
    } & CommonParams;
    result: {
      /** Always shelflife. */
      name: string;
      /** The program's version. */
      version: string;
      /** The version of this protocol. */
      protocolVersion: string;
      /** Names this run of the process. */
      sessionId: string;
      /** Every method's name. */
      methods: Array<string>;
      /** What the process takes at most. */
      limits: {
        /** Bytes in a line. */
        lineBytes: number;
        /** Members in a batch. */
        batchMembers: number;
        /** Calls in flight; more wait. */
        callsInFlight: number;
        /** Items in a sale or a delivery. */
        itemsPerCall: number;
        /** Items on a page. */
        pageItems: number;
      };
      /** Whether calls that need it can run. */
      database: "starting" | "ready" | "unavailable";
    };
  };
  /** Answers at once, with the process's clock. (public, immediate) */
  "system.ping": {
    params: {} & CommonParams;
    result: {
      /** The clock. */
      now: string;
    };
  };
  /** The health of the process, the database and the backups, at once. (public, immediate) */
  "system.status": {
    params: {} & CommonParams;
    result: ProcessStatus;
  };
  /** Proves the books anew from their rows. (owner, read) */
  "system.check": {
    params: {} & CommonParams;
    result: {
      /** True if every check is. */
      ok: boolean;
      /** Every check, always in the same order. */
      checks: Array<CheckResult>;
    };
  };
  /** Accepts today's date as the one that document dates are compared with. (owner, write) */
  "system.acknowledgeClock": {
    params: {} & WriteParams;
    result: {};
  };
  /** Answers every call before it, then ends the process. (public, exclusive) */
  "system.shutdown": {
    params: {} & CommonParams;
    result: {};
  };
  /** Makes the one owner of a new shop. (public, hashing-write) */
  "setup.createOwner": {
    params: {
      /** The person's name. */
      name: string;
      /** What the person signs in with: letters, digits and . _ - @ +; upper and lower case are the same. */
      username: string;
      /** At least 8 characters and at most 72 bytes; the commonest passwords are refused. */
      password: string;
    } & WriteParams;
    result: {
      /** The user's id. */
      id: string;
      /** The person's name. */
      name: string;
      /** What the person signs in with; upper and lower case are the same. */
      username: string;
      /** OWNER or STAFF; there is exactly one owner. */
      role: "OWNER" | "STAFF";
      /** False once the owner has disabled the account. */
      isActive: boolean;
      /** When the account was made. */
      createdAt: string;
      /** Resets the owner's password, once; shown here only. */
      recoveryCode: string | null;
    };
  };
  /** Starts a session and answers its token. (public, password) */
  "auth.login": {
    params: {
      /** The username. */
      username: string;
      /** The password. */
      password: string;
      /** Makes the session the default of later calls on this pipe. */
      bind?: boolean | null;
    } & CommonParams;
    result: {
      /** Goes into the token member of later calls; good in this process only. */
      token: string;
      /** When the session ends at the latest. */
      expiresAt: string;
      /** Who signed in. */
      user: User;
    };
  };
  /** The signed-in user. (signed-in, read) */
  "auth.me": {
    params: {} & CommonParams;
    result: User;
  };
  /** Ends the session. (signed-in, write) */
  "auth.logout": {
    params: {} & WriteParams;
    result: {};
  };
  /** Changes the caller's password and ends all of the caller's sessions. (signed-in, hashing-write) */
  "auth.changePassword": {
    params: {
      /** The password until now. */
      currentPassword: string;
      /** The new one. */
      newPassword: string;
    } & WriteParams;
    result: {};
  };
  /** Sets a forgotten owner's password against the recovery code, which is spent. (public, hashing-write) */
  "auth.resetOwnerPassword": {
    params: {
      /** The owner's username. */
      username: string;
      /** As setup.createOwner showed it. */
      recoveryCode: string;
      /** The new password. */
      newPassword: string;
    } & WriteParams;
    result: {
      /** The code for the next time; shown here only. */
      recoveryCode: string | null;
    };
  };
  /** Makes a member of staff. (owner, hashing-write) */
  "users.create": {
    params: {
      /** An id made by the client; else one is made. */
      id?: string | null;
      /** The person's name. */
      name: string;
      /** What the person signs in with: letters, digits and . _ - @ +; upper and lower case are the same. */
      username: string;
      /** At least 8 characters and at most 72 bytes; the commonest passwords are refused. */
      password: string;
    } & WriteParams;
    result: User;
  };
  /** Everybody, by name. (owner, read) */
  "users.list": {
    params: {
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** This page. */
      items: Array<User>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
    };
  };
  /** Corrects a name or a username; past receipts keep the old name. (owner, write) */
  "users.update": {
    params: {
      /** The user. */
      id: string;
      /** The person's name. */
      name?: string | null;
      /** The new username. */
      username?: string | null;
    } & WriteParams;
    result: User;
  };
  /** Disables a member of staff, whose sessions end at once, or lets them in again. (owner, write) */
  "users.setActive": {
    params: {
      /** The user. */
      id: string;
      /** Whether they may sign in. */
      isActive: boolean;
    } & WriteParams;
    result: User;
  };
  /** Gives a member of staff a new password; their sessions end. (owner, hashing-write) */
  "users.resetPassword": {
    params: {
      /** The user; staff only. */
      id: string;
      /** The new password. */
      password: string;
    } & WriteParams;
    result: User;
  };
  /** The shop's settings. (signed-in, read) */
  "store.get": {
    params: {} & CommonParams;
    result: Store;
  };
  /** Changes the settings that are given; sessions that begin later follow the new times. (owner, write) */
  "store.update": {
    params: {
      /** The store's name. */
      name?: string | null;
      /** For the receipt. */
      address?: string | null;
      /** For the receipt. */
      phone?: string | null;
      /** ISO 4217; only while there is no product, delivery or sale. */
      currency?: string | null;
      /** An IANA zone by its exact name. Where today becomes earlier than the newest document, system.acknowledgeClock is needed. */
      timeZone?: string | null;
      /** For the receipt. */
      receiptFooter?: string | null;
      /** Hours. */
      sessionMaxAgeHours?: number | null;
      /** Minutes. */
      sessionIdleMinutes?: number | null;
      /** An absolute path, which is not looked at; null for none. */
      backupFolder?: string | null;
      /** Of how many days a backup is kept. */
      backupKeepDaily?: number | null;
      /** Of how many months a backup is kept. */
      backupKeepMonthly?: number | null;
      /** An amount; another currency without a new limit makes it zero. */
      staffReturnLimit?: string | number | null;
    } & WriteParams;
    result: Store;
  };
  /** Adds a product to the catalogue. (owner, write) */
  "products.create": {
    params: {
      /** An id made by the client; else one is made. */
      id?: string | null;
      /** Unique in the shop whatever its case, inactive products included. */
      name: string;
      /** The price of one unit; zero is allowed. */
      sellingPrice: string | number;
      /** At or below this many units the product is low. */
      reorderLevel?: number | null;
      /** Whether it may be sold and delivered. */
      isActive?: boolean | null;
      /** Whether each delivery needs an expiry date. */
      tracksExpiry?: boolean | null;
    } & WriteParams;
    result: Product;
  };
  /** Changes the members that are given; past receipts keep what they saw. (owner, write) */
  "products.update": {
    params: {
      /** The product. */
      id: string;
      /** A new name. */
      name?: string | null;
      /** A new price, for sales from now on. */
      sellingPrice?: string | number | null;
      /** A new reorder level. */
      reorderLevel?: number | null;
      /** Whether it may be sold and delivered. */
      isActive?: boolean | null;
      /** Whether each delivery from now on needs an expiry date. */
      tracksExpiry?: boolean | null;
    } & WriteParams;
    result: Product;
  };
  /** One product. (signed-in, read) */
  "products.get": {
    params: {
      /** The product. */
      id: string;
    } & CommonParams;
    result: Product;
  };
  /** Products by name, with their sellable stock. (signed-in, read) */
  "products.list": {
    params: {
      /** Words; each must begin a word of the name, whatever its case and accents. */
      query?: string | null;
      /** Whether inactive products are listed too. */
      includeInactive?: boolean | null;
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** This page. */
      items: Array<ListedProduct>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
    };
  };
  /** Products by name with their stock and, if asked, their lots. (signed-in, read) */
  "inventory.list": {
    params: {
      /** Words; each must begin a word of the name, whatever its case and accents. */
      query?: string | null;
      /** Whether inactive products are listed too. */
      includeInactive?: boolean | null;
      /** Whether each product's lots are listed. */
      withLots?: boolean | null;
      /** Whether lots without stock are listed too. */
      includeEmpty?: boolean | null;
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** This page. */
      items: Array<StockedProduct>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
    };
  };
  /** One product's stock, with its lots in the order in which they are sold. (signed-in, read) */
  "inventory.get": {
    params: {
      /** The product. */
      productId: string;
      /** Whether lots without stock are listed too. */
      includeEmpty?: boolean | null;
    } & CommonParams;
    result: StockedProduct;
  };
  /** Books a delivery: each line becomes a lot, under a gap-free number of the day. (owner, write) */
  "stockIn.create": {
    params: {
      /** An id made by the client; else one is made. */
      id?: string | null;
      /** The lines. */
      items: Array<{
        /** The product. */
        productId: string;
        /** Units delivered. */
        qtyAdded: number;
        /** Cost of one unit, at most four decimals; zero is allowed. */
        unitCost: string | number;
        /** The last day of sale; needed if the product tracks expiry, else left out. */
        expiryDate?: string | null;
        /** The maker's batch. */
        batchNo?: string | null;
      }>;
      /** Who delivered. */
      supplierName?: string | null;
      /** A remark. */
      note?: string | null;
      /** Whether lots that have expired already may be booked. */
      allowExpired?: boolean | null;
    } & WriteParams;
    result: StockIn;
  };
  /** One delivery. (owner, read) */
  "stockIn.get": {
    params: {
      /** Its id; this or refNo. */
      id?: string | null;
      /** Its number; this or id. */
      refNo?: string | null;
    } & CommonParams;
    result: StockIn;
  };
  /** Deliveries, newest business date and number first. (owner, read) */
  "stockIn.list": {
    params: {
      /** The first business date. */
      from?: string | null;
      /** The last business date, included. */
      to?: string | null;
      /** Only documents with this product. */
      productId?: string | null;
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** This page. */
      items: Array<StockIn>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
    };
  };
  /** Takes a delivery back out of the books: empties those of its lots of which nothing was ever sold or otherwise taken. (owner, write) */
  "stockIn.cancel": {
    params: {
      /** Its id; this or refNo. */
      id?: string | null;
      /** Its number; this or id. */
      refNo?: string | null;
      /** Why. */
      reason: string;
      /** Whether lots that something was taken from may stay; else one of them refuses the call. */
      partial?: boolean | null;
    } & WriteParams;
    result: StockDocument;
  };
  /** What sales.create would do now; reserves nothing and never fails for stock. (signed-in, read) */
  "sales.quote": {
    params: {
      /** The lines. */
      items: Array<{
        /** The product. */
        productId: string;
        /** Units. */
        qty: number;
        /** The price the customer was told; another one refuses the sale. */
        expectedUnitPrice?: string | number | null;
      }>;
    } & CommonParams;
    result: Quote;
  };
  /** Sells: takes stock first expired first out and gives a gap-free receipt number. (signed-in, write) */
  "sales.create": {
    params: {
      /** An id made by the client; else one is made. */
      id?: string | null;
      /** The lines, served in their order. */
      items: Array<{
        /** The product. */
        productId: string;
        /** Units. */
        qty: number;
        /** The price the customer was told; another one refuses the sale. */
        expectedUnitPrice?: string | number | null;
      }>;
      /** Kept as sent. */
      paymentMethod?: string | null;
      /** A remark. */
      note?: string | null;
    } & WriteParams;
    result: Sale;
  };
  /** One sale. Staff find their own only. (signed-in, read) */
  "sales.get": {
    params: {
      /** Its id; this or receiptNo. */
      id?: string | null;
      /** Its number; this or id. */
      receiptNo?: string | null;
    } & CommonParams;
    result: Sale;
  };
  /** Prints a receipt again, under the next number of its copies. Staff reprint their own sales only. (signed-in, write) */
  "sales.reprint": {
    params: {
      /** Its id; this or receiptNo. */
      id?: string | null;
      /** Its number; this or id. */
      receiptNo?: string | null;
    } & WriteParams;
    result: {
      /** The sale's id. */
      id: string;
      /** Gap-free in the day. */
      receiptNo: string;
      /** The day of the sale in the store's time zone. */
      businessDate: string;
      /** Who sold, by the name of that moment. */
      soldBy: Actor;
      /** When it was sold. */
      soldAt: string;
      /** The sum of the lines. */
      totalAmount: string;
      /** As the till sent it. */
      paymentMethod: string;
      /** A remark. */
      note: string | null;
      /** The till that sold; null for what was sold before tills had names. */
      till: string | null;
      /** The lines in their order. */
      items: Array<SaleItem>;
      /** Set once the whole receipt was taken back; reports count it no more. Never in the reply to the sale itself. */
      voided?: Voiding;
      /** What was refunded since by returns or the void; left out while nothing was. */
      refundedAmount?: string;
      /** Which copy of this receipt it is: 1 for the first one after the receipt. */
      copyNo: number;
    };
  };
  /** Sales, newest business date and number first. Staff see their own only. (signed-in, read) */
  "sales.list": {
    params: {
      /** The first business date. */
      from?: string | null;
      /** The last business date, included. */
      to?: string | null;
      /** Only sales by this user. */
      soldByUserId?: string | null;
      /** Only documents with this product. */
      productId?: string | null;
      /** Only sales that took from this lot. */
      lotId?: string | null;
      /** Only the sale with this number. */
      receiptNo?: string | null;
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** This page. */
      items: Array<Sale>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
    };
  };
  /** What of a receipt can still be given back, at which price. Any receipt, for staff too, without saying who sold. (signed-in, read) */
  "sales.returnable": {
    params: {
      /** Its id; this or receiptNo. */
      id?: string | null;
      /** Its number; this or id. */
      receiptNo?: string | null;
    } & CommonParams;
    result: {
      /** The sale's id. */
      saleId: string;
      /** Its number. */
      receiptNo: string;
      /** The day of the sale. */
      businessDate: string;
      /** True once the receipt was voided. */
      isVoided: boolean;
      /** What was refunded of it so far. */
      refundedAmount: string;
      /** The lines in their order. */
      items: Array<{
        /** Its place on the receipt, from 1. */
        line: number;
        /** The product. */
        productId: string;
        /** Its name at the time of sale. */
        productName: string;
        /** Units sold. */
        qty: number;
        /** Units given back so far. */
        returnedQty: number;
        /** Units that can still be given back; none of a void receipt. */
        returnableQty: number;
        /** What was paid for one unit, and is refunded. */
        unitPrice: string;
      }>;
    };
  };
  /** Takes goods back from a customer, to the lots they came from, the last taken first; refunds the price that was paid. Staff up to staffReturnLimit for a receipt. (signed-in, write) */
  "sales.return": {
    params: {
      /** The sale's id; this or receiptNo. */
      saleId?: string | null;
      /** The receipt's number; this or saleId. */
      receiptNo?: string | null;
      /** An id made by the client; else one is made. */
      id?: string | null;
      /** What is brought back; a line may be named more than once. Without items all that can still be given back. */
      items?: Array<{
        /** The line of the receipt. */
        line: number;
        /** Units brought back. */
        qty: number;
        /** What becomes of them: restock puts them back to the lot they were taken from, quarantine to a lot of their own that is not sold, destroy writes them off. What has expired or was recalled is quarantined instead of restocked. */
        disposition?: "restock" | "quarantine" | "destroy" | null;
      }> | null;
      /** What becomes of the items that do not say it themselves. */
      disposition?: "restock" | "quarantine" | "destroy" | null;
      /** Why. */
      reason?: string | null;
      /** A remark. */
      note?: string | null;
    } & WriteParams;
    result: SaleReturn;
  };
  /** Takes a whole receipt back on its own business day. Its number stays, reports count it no more. Staff their own sales, up to staffReturnLimit. (signed-in, write) */
  "sales.void": {
    params: {
      /** The sale's id; this or receiptNo. */
      saleId?: string | null;
      /** The receipt's number; this or saleId. */
      receiptNo?: string | null;
      /** Why. */
      reason: string;
    } & WriteParams;
    result: Sale;
  };
  /** Writes goods off: expired, damaged, stolen, or another loss that a note tells. (owner, write) */
  "stock.writeOff": {
    params: {
      /** An id made by the client; else one is made. */
      id?: string | null;
      /** What is written off. */
      items: Array<{
        /** The lot. */
        lotId: string;
        /** Units; left out, all that the lot holds. */
        qty?: number | null;
      }>;
      /** Why; other needs a note. */
      loss: "expired" | "damaged" | "stolen" | "other";
      /** A remark. */
      note?: string | null;
    } & WriteParams;
    result: StockDocument;
  };
  /** Sends goods back to whoever delivered them. (owner, write) */
  "stock.returnToSupplier": {
    params: {
      /** An id made by the client; else one is made. */
      id?: string | null;
      /** What is sent back. */
      items: Array<{
        /** The lot. */
        lotId: string;
        /** Units; left out, all that the lot holds. */
        qty?: number | null;
      }>;
      /** Who takes them back. */
      supplierName?: string | null;
      /** Why. */
      reason: string;
      /** A remark. */
      note?: string | null;
    } & WriteParams;
    result: StockDocument;
  };
  /** Proposes to write off all that has expired, and does it when called again with the proposal's confirmation. A proposal changes nothing; if the stock is another by then, nothing is written off. (owner, write) */
  "stock.writeOffExpired": {
    params: {
      /** The confirmation of the proposal that was looked at. */
      confirmation?: string | null;
      /** A remark. */
      note?: string | null;
    } & WriteParams;
    result: {
      /** False for a proposal, which changed nothing. */
      isConfirmed: boolean;
      /** Send this to write off exactly these lots and quantities. */
      confirmation: string;
      /** Of these lots. */
      totals: {
        /** Lots. */
        lots: number;
        /** Units. */
        qty: number;
        /** What they had cost, four decimals. */
        value: string;
      };
      /** The lots, the earliest expiry first. */
      items: Array<{
        /** The lot. */
        lotId: string;
        /** Its number. */
        lotRefNo: string;
        /** The product. */
        productId: string;
        /** Its name. */
        productName: string;
        /** Its last day. */
        expiryDate: string | null;
        /** Units. */
        qty: number;
        /** Cost of one unit, four decimals. */
        unitCost: string;
        /** Quantity times cost. */
        value: string;
      }>;
      /** Whether there are more expired lots than one call writes off: call again. */
      hasMore: boolean;
      /** The write-off; null for a proposal. */
      document: StockDocument | null;
    };
  };
  /** Every movement of a lot or of a product, newest first, with the balance after it and the document behind it. (owner, read) */
  "stock.card": {
    params: {
      /** The product, with all its lots; this or lotId. */
      productId?: string | null;
      /** The lot; this or productId. */
      lotId?: string | null;
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** The product. */
      productId: string;
      /** Its present name. */
      productName: string;
      /** The lot; null where the card is about all lots of the product. */
      lot: {
        /** The lot. */
        lotId: string;
        /** Its number. */
        lotRefNo: string;
      } | null;
      /** Units there now, whatever their status and expiry. */
      onHandQty: number;
      /** This page. */
      items: Array<CardItem>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
    };
  };
  /** What each lot held at the end of a business date and what that had cost, in the order in which the lots came; with today's date the present stock at cost. (owner, read) */
  "stock.asOf": {
    params: {
      /** The business date, today's at most. */
      date: string;
      /** Only this product's lots. */
      productId?: string | null;
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** The business date at whose end it was so. */
      date: string;
      /** Of all the lots, whichever page this is. */
      totals: {
        /** Lots with stock. */
        lots: number;
        /** Units left in them. */
        qty: number;
        /** What they had cost, four decimals. */
        stockValue: string;
      };
      /** This page. */
      items: Array<LotBalance>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
      /** Where this was read; only where the process is given a standby (--reports-url). */
      readFrom?: ReadPlace;
    };
  };
  /** Returns, voids, write-offs, returns to suppliers, counts, corrections and cancellations, newest first. (owner, read) */
  "stock.documents": {
    params: {
      /** Only documents of this kind. */
      kind?: "return" | "void" | "write-off" | "supplier-return" | "count" | "correction" | "cancellation" | null;
      /** The first business date. */
      from?: string | null;
      /** The last business date, included. */
      to?: string | null;
      /** Only documents with this product. */
      productId?: string | null;
      /** Only documents with this lot. */
      lotId?: string | null;
      /** Only what was given back of this receipt. */
      receiptNo?: string | null;
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** This page. */
      items: Array<StockDocument>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
    };
  };
  /** One of these documents. (owner, read) */
  "stock.document": {
    params: {
      /** Its id; this or documentNo. */
      id?: string | null;
      /** Its number; this or id. */
      documentNo?: string | null;
    } & CommonParams;
    result: StockDocument;
  };
  /** What was written off in a range of business dates, why, and what it had cost, newest first; what customers brought back and was thrown away included. (owner, read) */
  "reports.writeOffs": {
    params: {
      /** The first business date. */
      from: string;
      /** The last business date, included. */
      to: string;
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** Of the whole span, whichever page this is. */
      totals: {
        /** Units written off. */
        qty: number;
        /** What they had cost, four decimals. */
        value: string;
      };
      /** The same by reason, of the reasons there were. */
      byReason: Array<{
        /** Why; returned is what customers brought back and was thrown away. */
        reason: "expired" | "damaged" | "stolen" | "other" | "returned";
        /** Units written off. */
        qty: number;
        /** What they had cost, four decimals. */
        value: string;
      }>;
      /** This page. */
      items: Array<WrittenOffLine>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
      /** Where this was read; only where the process is given a standby (--reports-url). */
      readFrom?: ReadPlace;
    };
  };
  /** One lot. Staff see no cost. (signed-in, read) */
  "lots.get": {
    params: {
      /** Its id; this or lotRefNo. */
      lotId?: string | null;
      /** Its number, as every list of lots has it; this or lotId. */
      lotRefNo?: string | null;
    } & CommonParams;
    result: NamedLot;
  };
  /** Where a lot came from and who has it: its delivery, what it came to, and the receipts that took from it, newest first. (owner, read) */
  "lots.trace": {
    params: {
      /** Its id; this or lotRefNo. */
      lotId?: string | null;
      /** Its number, as every list of lots has it; this or lotId. */
      lotRefNo?: string | null;
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** The lot. */
      lot: NamedLot;
      /** What it came with; null for a lot that a count found. */
      delivery: {
        /** The delivery's id. */
        id: string;
        /** Its number. */
        refNo: string;
        /** When it was booked. */
        createdAt: string;
        /** Who booked it. */
        createdBy: Actor;
        /** Who delivered. */
        supplierName: string | null;
      } | null;
      /** Of units that customers brought back and that are kept apart: the lot they were sold from. */
      parent: {
        /** The lot's id. */
        lotId: string;
        /** Its number. */
        lotRefNo: string;
      } | null;
      /** Lots of units that customers brought back of this one and that are kept apart. */
      siblings: Array<ReckonedLot>;
      /** The sums of its movements. */
      figures: LotFigures;
      /** This page. */
      items: Array<LotReceipt>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
    };
  };
  /** Says whether a lot may be sold: a lot that is quarantined or recalled never is. (owner, write) */
  "lots.setStatus": {
    params: {
      /** The lot. */
      lotId: string;
      /** What it is from now on. */
      status: "ok" | "quarantined" | "recalled";
      /** Why. */
      reason: string;
    } & WriteParams;
    result: Lot;
  };
  /** Sets right what a delivery got wrong of a lot: its expiry, cost, batch or quantity. Past receipts and profits keep what they saw. (owner, write) */
  "lots.correct": {
    params: {
      /** The lot. */
      lotId: string;
      /** The right last day of sale; null takes it away. It may lie in the past: then the lot has expired. */
      expiryDate?: string | null;
      /** The right cost of one unit, for sales from now on. */
      unitCost?: string | number | null;
      /** The right batch; null takes it away. If it is being recalled, the lot is recalled. */
      batchNo?: string | null;
      /** What the delivery should have said, whatever was sold or corrected since; of a lot that a delivery made only. */
      qtyReceived?: number | null;
      /** Why. */
      reason: string;
    } & WriteParams;
    result: {
      /** The lot as it is from now on. */
      lot: Lot;
      /** The correction. */
      document: StockDocument;
    };
  };
  /** Blocks a maker's batch: every lot of it becomes recalled, also in deliveries to come. Answers the recall's report at that moment. (owner, write) */
  "recalls.start": {
    params: {
      /** An id made by the client; else one is made. */
      id?: string | null;
      /** The batch; upper and lower case are the same. */
      batchNo: string;
      /** Only lots of this product; else of every product. */
      productId?: string | null;
      /** Why. */
      reason: string;
    } & WriteParams;
    result: RecallReport;
  };
  /** What a recall has come to: its lots, where the units are, and every receipt that took of them, newest first. (owner, read) */
  "recalls.report": {
    params: {
      /** The recall. */
      recallId: string;
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: RecallReport;
  };
  /** Recalls, newest first. (signed-in, read) */
  "recalls.list": {
    params: {
      /** Whether ended ones are left out. */
      openOnly?: boolean | null;
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** This page. */
      items: Array<Recall>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
    };
  };
  /** Ends a recall. Its lots stay recalled until lots.setStatus says otherwise; deliveries to come are free. (owner, write) */
  "recalls.end": {
    params: {
      /** The recall. */
      recallId: string;
      /** Why. */
      reason: string;
    } & WriteParams;
    result: Recall;
  };
  /** Begins to count the shelf, of some products or of all, while the shop goes on selling. (owner, write) */
  "stockTake.start": {
    params: {
      /** An id made by the client; else one is made. */
      id?: string | null;
      /** The products to count; else all there are. */
      productIds?: Array<string> | null;
      /** Whether those who count are not shown what the books say. */
      blind?: boolean | null;
      /** Units by which a count may differ before it is to be repeated. */
      tolerance?: number | null;
      /** A remark. */
      note?: string | null;
    } & WriteParams;
    result: StockTake;
  };
  /** Sets down what was counted. Each count stands beside what the books said at that instant, so that sales and deliveries go on; the last count of a lot is the one that stands. (signed-in, write) */
  "stockTake.count": {
    params: {
      /** The stock take. */
      stockTakeId: string;
      /** What was counted, each lot once. */
      items: Array<{
        /** A lot of the books; this, foundId or productId. */
        lotId?: string | null;
        /** A lot that nobody knew, counted again under the name it was given. */
        foundId?: string | null;
        /** The product of a lot that nobody knew. */
        productId?: string | null;
        /** With productId: the maker's batch. */
        batchNo?: string | null;
        /** With productId: the last day of sale; needed if the product tracks expiry, else left out. */
        expiryDate?: string | null;
        /** Units that are there; 0 if it was not found. */
        qty: number;
      }>;
    } & WriteParams;
    result: StockCount;
  };
  /** What was counted, held against the books: lots by their numbers, then those that nobody knew. Of an ended stock take too. (owner, read) */
  "stockTake.review": {
    params: {
      /** The stock take. */
      stockTakeId: string;
      /** Which lots: all; those that differ; those to be counted again; those nobody counted; those nobody knew. */
      show?: "all" | "variances" | "recount" | "notCounted" | "found" | null;
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** The stock take. */
      stockTake: StockTake;
      /** The figures of all its lots, whichever are shown. */
      totals: StockTakeTotals;
      /** This page. */
      items: Array<ReviewedLot>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
    };
  };
  /** Books the differences as one document and ends the stock take. What was sold or delivered since a count stays as it is; a lot that nobody knew becomes a lot. (owner, write) */
  "stockTake.apply": {
    params: {
      /** The stock take. */
      stockTakeId: string;
      /** Why the books are changed. */
      reason: string;
      /** Reasons of single lots. */
      reasons?: Array<{
        /** The lot, or the foundId of one that nobody knew. */
        lotId: string;
        /** Why its count differs. */
        reason: string;
      }> | null;
      /** What becomes of lots that nobody counted: they keep their stock, or lose it. */
      missingLots?: "keep" | "writeDown" | null;
      /** Whether counts that are to be repeated are booked as they are. */
      acceptVariances?: boolean | null;
    } & WriteParams;
    result: {
      /** The stock take, applied. */
      stockTake: StockTake;
      /** The differences as they were booked; null where there was none. */
      document: StockDocument | null;
    };
  };
  /** Ends a stock take and changes no stock; what was counted stays on record. (owner, write) */
  "stockTake.cancel": {
    params: {
      /** The stock take. */
      stockTakeId: string;
      /** Why. */
      reason: string;
    } & WriteParams;
    result: StockTake;
  };
  /** Stock takes, the last one begun first. (signed-in, read) */
  "stockTake.list": {
    params: {
      /** Only those in this state. */
      state?: "open" | "applied" | "cancelled" | null;
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** This page. */
      items: Array<StockTake>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
    };
  };
  /** What was sold in a range of business dates and what it left, by day, seller, product or till. (owner, read) */
  "reports.sales": {
    params: {
      /** The first business date. */
      from: string;
      /** The last business date, included. */
      to: string;
      /** What an item stands for: a day with sales, earliest first; a user who sold, a product that was sold, or a till that sold, by name. */
      groupBy: "day" | "user" | "product" | "till";
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** The figures of the whole range, whichever page this is. A receipt counts once here, also where it counts for several products. */
      totals: SalesFigures;
      /** What the totals have taken off already. */
      takenBack: TakenBack;
      /** This page. */
      items: Array<SalesReportItem>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
      /** Where this was read; only where the process is given a standby (--reports-url). */
      readFrom?: ReadPlace;
    };
  };
  /** Products sold in a range of business dates, the best first; equal ones by id. (owner, read) */
  "reports.topProducts": {
    params: {
      /** The first business date; else the shop's first. */
      from?: string | null;
      /** The last business date, included; else the shop's last. */
      to?: string | null;
      /** What makes a product the best: units, what customers paid, or what it left. */
      by?: "qty" | "revenue" | "profit" | null;
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** This page. */
      items: Array<RankedProduct>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
      /** Where this was read; only where the process is given a standby (--reports-url). */
      readFrom?: ReadPlace;
    };
  };
  /** Active products whose sellable stock is at or below their reorder level, by name. (owner, read) */
  "reports.lowStock": {
    params: {
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** This page. */
      items: Array<ListedProduct>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
      /** Where this was read; only where the process is given a standby (--reports-url). */
      readFrom?: ReadPlace;
    };
  };
  /** Lots with stock that expire from today on within some days, the earliest first; inactive products and lots of every status included. (owner, read) */
  "reports.expiring": {
    params: {
      /** How far to look: 0 is today alone. */
      days?: number | null;
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** Of all the lots of the report, whichever page this is. */
      totals: {
        /** Units left. */
        qty: number;
        /** What they had cost, four decimals. */
        stockValue: string;
      };
      /** This page. */
      items: Array<ValuedLot>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
      /** Where this was read; only where the process is given a standby (--reports-url). */
      readFrom?: ReadPlace;
    };
  };
  /** Lots with stock that expired before today, the earliest first; inactive products and lots of every status included. (owner, read) */
  "reports.expired": {
    params: {
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** Of all the lots of the report, whichever page this is. */
      totals: {
        /** Units left. */
        qty: number;
        /** What they had cost, four decimals. */
        stockValue: string;
      };
      /** This page. */
      items: Array<ValuedLot>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
      /** Where this was read; only where the process is given a standby (--reports-url). */
      readFrom?: ReadPlace;
    };
  };
  /** Today at a glance: sales, profit and what the shelf needs. Staff see their own sales and no cost. (signed-in, read) */
  "dashboard.summary": {
    params: {} & CommonParams;
    result: Dashboard;
  };
  /** The tills that are connected to the shop's database now, by name; one that lost its network stays until the server notices. (owner, read) */
  "tills.list": {
    params: {
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** This page. */
      items: Array<Till>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
    };
  };
  /** Who did what to which record, the last write first. (owner, read) */
  "audit.list": {
    params: {
      /** The first business date, in the store's present zone. */
      from?: string | null;
      /** The last business date, included. */
      to?: string | null;
      /** Only what this user did. */
      userId?: string | null;
      /** Only this method, or auth.login-failed. */
      action?: string | null;
      /** Only records of this kind. */
      recordKind?: "sale" | "stock-in" | "lot" | "product" | "user" | "store" | "clock" | "login" | "copy" | "restore" | "return" | "void" | "write-off" | "supplier-return" | "count" | "correction" | "cancellation" | "recall" | "stock-take" | "stock-take-entry" | null;
      /** Only this record. */
      recordId?: string | null;
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** This page. */
      items: Array<AuditEntry>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
      /** Where this was read; only where the process is given a standby (--reports-url). */
      readFrom?: ReadPlace;
    };
  };
  /** Computes the chain anew, link by link, and compares every record with what its last entry says; the first violation named is the first broken link. (owner, read) */
  "audit.verify": {
    params: {} & CommonParams;
    result: {
      /** True if every check is. */
      ok: boolean;
      /** Every check, always in the same order. */
      checks: Array<CheckResult>;
    };
  };
  /** Takes a backup of this moment while the shop goes on selling. (owner, long) */
  "backup.run": {
    params: {} & CommonParams;
    result: {
      /** The file. */
      path: string;
      /** Its size. */
      bytes: number;
      /** The digest of the whole file. */
      sha256: string;
      /** The moment that it shows. */
      createdAt: string;
      /** The copy in the store's second folder, if one is set. */
      copyPath: string | null;
      /** Why that copy could not be made; the backup itself is good. */
      copyProblem: string | null;
    };
  };
  /** The backups of this data directory, newest first. (owner, read) */
  "backup.list": {
    params: {
      /** Items on a page. */
      limit?: number | null;
      /** The nextCursor of the page before. */
      cursor?: string | null;
    } & CommonParams;
    result: {
      /** This page. */
      items: Array<Backup>;
      /** Where the next page begins; null on the last one. */
      nextCursor: string | null;
    };
  };
  /** Restores a backup into a scratch database beside the shop, checks its books there, and drops it. (owner, long) */
  "backup.verify": {
    params: {
      /** The file; without it the newest backup. */
      path?: string | null;
    } & CommonParams;
    result: {
      /** True if every check of the restored books is. */
      ok: boolean;
      /** The file that was proved. */
      path: string;
      /** Every check, run in a scratch database. */
      checks: Array<CheckResult>;
    };
  };
  /** Copies a whole backup into another folder; never over a file that is there. (owner, long) */
  "backup.export": {
    params: {
      /** An existing folder. */
      targetPath: string;
      /** The backup; without it the newest. */
      sourcePath?: string | null;
    } & CommonParams;
    result: {
      /** The file. */
      path: string;
      /** Its size. */
      bytes: number;
      /** The digest of the whole file. */
      sha256: string;
      /** The moment that it shows. */
      createdAt: string;
    };
  };
  /** Puts the shop of a backup in place of the present one, whole or not at all. A safety backup is taken first, and every session ends. (owner, exclusive) */
  "backup.restore": {
    params: {
      /** The backup. */
      backupPath: string;
      /** Must be true: anything else is refused before the file is opened. */
      confirmation?: boolean | null;
    } & CommonParams;
    result: {
      /** The backup that was restored. */
      path: string;
      /** The moment that the shop is back at. */
      createdAt: string;
      /** The last receipt of the restored shop. */
      lastReceiptNo: string | null;
      /** Its last delivery. */
      lastRefNo: string | null;
      /** The backup of the replaced shop, taken before. */
      safetyBackupPath: string;
      /** What the replaced shop ended with. */
      replaced: {
        /** Its last receipt. */
        lastReceiptNo: string | null;
        /** Its last delivery. */
        lastRefNo: string | null;
      };
      /** The name under which the server keeps it for a day. */
      replacedDatabase: string;
    };
  };
  /** Has $/event notifications sent on this pipe for what happens from now on; takes the place of an earlier subscription, and without types ends it. (signed-in, read) */
  "events.subscribe": {
    params: {
      /** Which events; the table of events says who is told what. */
      types: Array<"sale.created" | "sale.returned" | "sale.voided" | "stockIn.created" | "stock.changed" | "lot.changed" | "recall.changed" | "stockTake.changed" | "product.changed" | "user.changed" | "store.changed" | "stock.low" | "lot.expired" | "backup.overdue">;
    } & CommonParams;
    result: {};
  };
  /** What the books recorded since a cursor, whoever wrote it: catches up after a gap. Without a cursor from the shop's beginning; with now only the present cursor. (signed-in, read) */
  "changes.since": {
    params: {
      /** The cursor of an event or of an earlier answer, or now. */
      cursor?: string | null;
      /** Only these events; conditions such as stock.low are never among them. */
      types?: Array<"sale.created" | "sale.returned" | "sale.voided" | "stockIn.created" | "stock.changed" | "lot.changed" | "recall.changed" | "stockTake.changed" | "product.changed" | "user.changed" | "store.changed" | "stock.low" | "lot.expired" | "backup.overdue"> | null;
      /** Events on a page. */
      limit?: number | null;
    } & CommonParams;
    result: {
      /** What the books recorded, in the order of the commits. */
      items: Array<Event>;
      /** Where the next page begins; null if there is no more now. */
      nextCursor: string | null;
      /** Where to go on, also when there is no more now. */
      cursor: string;
    };
  };
}

export type MethodName = keyof Methods;

/** `error.data.code` of every error. */
export type FaultCode =
  | "parse-error"
  | "invalid-request"
  | "message-too-large"
  | "method-not-found"
  | "internal-error"
  | "validation-error"
  | "authorization-required"
  | "invalid-token"
  | "token-expired"
  | "invalid-credentials"
  | "forbidden"
  | "user-not-found"
  | "product-not-found"
  | "stock-in-not-found"
  | "sale-not-found"
  | "lot-not-found"
  | "document-not-found"
  | "recall-not-found"
  | "stock-take-not-found"
  | "backup-not-found"
  | "owner-already-exists"
  | "username-taken"
  | "product-name-taken"
  | "id-taken"
  | "product-inactive"
  | "price-changed"
  | "stock-too-low"
  | "lot-too-low"
  | "return-exceeds-sale"
  | "return-limit-exceeded"
  | "sale-voided"
  | "sale-has-returns"
  | "void-too-late"
  | "stock-in-used"
  | "proposal-changed"
  | "recall-exists"
  | "recall-ended"
  | "stock-take-ended"
  | "recount-needed"
  | "idempotency-key-reused"
  | "clock-moved-backwards"
  | "clock-jumped-ahead"
  | "currency-in-use"
  | "changes-lost"
  | "cannot-disable-owner"
  | "invalid-recovery-code"
  | "expiry-in-past"
  | "confirmation-required"
  | "backup-invalid"
  | "backup-not-possible"
  | "too-many-attempts"
  | "request-cancelled"
  | "deadline-exceeded"
  | "database-unavailable"
  | "restore-in-progress"
  | "disk-full"
  | "shutting-down"
  | "outcome-unknown";

/** `error.data.details` of each error; null where it is not named here. */
export interface FaultDetails {
  "parse-error": {
    /** Bytes from the beginning of the line. */
    offset: number;
    /** What is wrong there. */
    reason: string;
  };
  "internal-error": {
    /** The number under which the log has the cause. */
    incident: string;
  };
  "validation-error": {
    /** Everything that is wrong. */
    issues: Array<ValidationIssue>;
  };
  "product-not-found": {
    /** Every culprit. */
    productIds: Array<string>;
  };
  "lot-not-found": {
    /** Every culprit. */
    lotIds: Array<string>;
  };
  "id-taken": {
    /** The id that is taken. */
    id: string;
  };
  "product-inactive": {
    /** Every culprit. */
    productIds: Array<string>;
  };
  "price-changed": {
    /** Every changed price. */
    changes: Array<{
      /** The line's expected price. */
      path: string;
      /** The product. */
      productId: string;
      /** What the call expected. */
      expected: string;
      /** What it costs now. */
      current: string;
    }>;
  };
  "stock-too-low": {
    /** Every short product. */
    shortages: Array<Shortage>;
  };
  "lot-too-low": {
    /** Every short lot. */
    lots: Array<{
      /** The lot. */
      lotId: string;
      /** Its number. */
      lotRefNo: string;
      /** Units asked for, over all lines. */
      requested: number;
      /** Units in it. */
      available: number;
    }>;
  };
  "return-exceeds-sale": {
    /** Every such line. */
    lines: Array<{
      /** The line's place on the receipt. */
      line: number;
      /** Its product; null where the receipt has no such line. */
      productId: string | null;
      /** Units to be given back, over all items. */
      requested: number;
      /** Units that can still be given back. */
      returnable: number;
    }>;
  };
  "return-limit-exceeded": {
    /** What staff may refund of one receipt. */
    limit: string;
    /** What would have been refunded of it by staff, with this call. */
    refundAmount: string;
  };
  "stock-in-used": {
    /** Every culprit. */
    lotIds: Array<string>;
  };
  "recount-needed": {
    /** Every such lot. */
    lots: Array<{
      /** The lot, or the foundId of one that nobody knew. */
      lotId: string;
      /** Its number; null for a lot that nobody knew. */
      lotRefNo: string | null;
      /** Units counted. */
      countedQty: number;
      /** Units that the ledger had at that instant. */
      expectedQty: number;
    }>;
  };
  "clock-moved-backwards": {
    /** The business date of the machine's clock. */
    today: string;
    /** The newest business date on a document. */
    newest: string;
  };
  "clock-jumped-ahead": {
    /** The business date of the machine's clock. */
    today: string;
    /** The newest business date on a document. */
    newest: string;
  };
  "expiry-in-past": {
    /** Everything that is wrong. */
    issues: Array<ValidationIssue>;
  };
  "backup-invalid": {
    /** In words. */
    reason: string;
  };
  "backup-not-possible": {
    /** In words. */
    reason: string;
  };
  "too-many-attempts": {
    /** Seconds to wait. */
    retryAfterSeconds: number;
  };
  "database-unavailable": {
    /** In words. */
    reason: string;
  };
}

/** `error.data` of one kind of error, or of every kind. */
export type FaultData<Code extends FaultCode = FaultCode> = Code extends FaultCode ? {
  code: Code;
  message: string;
  details: Code extends keyof FaultDetails ? FaultDetails[Code] : null;
  retryable: boolean;
} : never;

/** `data` of each `$/event`. */
export interface Events {
  /** A sale was made. Staff are told of their own only. */
  "sale.created": SaleNotice;
  /** Goods of a sale were brought back. Staff are told of what they sold or took back themselves. */
  "sale.returned": TakenBackNotice;
  /** A receipt was voided. Staff are told as of returns. */
  "sale.voided": TakenBackNotice;
  /** A delivery was booked. The owner is told only. */
  "stockIn.created": StockInNotice;
  /** A document changed a product's stock; one event for each product of the document. */
  "stock.changed": StockNotice;
  /** A lot was made by a return or a count, or its status, batch, expiry or cost was changed; it is told as it stands now. */
  "lot.changed": LotNotice;
  /** A recall was started or ended; its lots are told by lot.changed. */
  "recall.changed": RecallNotice;
  /** A stock take was started, counted in, applied or cancelled. */
  "stockTake.changed": StockTakeNotice;
  /** A product was made or changed; it is told as it stands now. */
  "product.changed": Product;
  /** An account was made or changed. The owner is told only. */
  "user.changed": User;
  /** The store's settings were changed. */
  "store.changed": Store;
  /** An active product has come down to its reorder level. Told once, until it has been above it again. */
  "stock.low": LowStockNotice;
  /** The business day has turned, and this lot with stock is past its last day. */
  "lot.expired": ExpiredLotNotice;
  /** No backup was taken and proved for a day and a half, although the process had time to. The owner is told only. */
  "backup.overdue": OverdueNotice;
  /** The client read too slowly: call changes.since with this cursor. */
  "events.missed": MissedNotice;
  /** The subscription is over: sign in and subscribe again. */
  "events.ended": EndNotice;
  /** A restore has replaced the shop: read everything anew. */
  "shop.replaced": {};
}

/** What a client may subscribe to. */
export type EventType =
  | "sale.created"
  | "sale.returned"
  | "sale.voided"
  | "stockIn.created"
  | "stock.changed"
  | "lot.changed"
  | "recall.changed"
  | "stockTake.changed"
  | "product.changed"
  | "user.changed"
  | "store.changed"
  | "stock.low"
  | "lot.expired"
  | "backup.overdue";

/** One `$/event`, as its params and as an item of `changes.since`. */
export type EventNotification<Type extends keyof Events = keyof Events> = Type extends keyof Events ? {
  type: Type;
  at: string;
  cursor: string;
  data: Events[Type];
} : never;

/** A request line. */
export interface Request<Name extends MethodName = MethodName> {
  jsonrpc: "2.0";
  id: string | number | null;
  method: Name;
  params?: Methods[Name]["params"];
}

/** A reply line. */
export type Reply<Name extends MethodName = MethodName> =
  | { jsonrpc: "2.0"; id: string | number | null; result: Methods[Name]["result"] }
  | { jsonrpc: "2.0"; id: string | number | null; error: { code: number; message: string; data: FaultData } };

/** A line that the process sends unasked. */
export type Notification =
  | { jsonrpc: "2.0"; method: "$/event"; params: EventNotification }
  | { jsonrpc: "2.0"; method: "$/progress"; params: { token: string | number; percentage: number; message: string } };
