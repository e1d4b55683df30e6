// The ledger read back, as the wire has it: cards, the stock of a day, what was written off.
import Shelflife

/// A card as it is answered.
struct CardPage: Sendable {
  let card: StockCard
  let page: Page<CardItem>
}

extension Shape where Value == MovementCause.Kind {
  static let movementCauseKind: Shape = .enumeration([
    "sale": .sale, "stock-in": .delivery, "return": .document(.saleReturn), "void": .document(.void),
    "write-off": .document(.writeOff), "supplier-return": .document(.supplierReturn), "count": .document(.count),
    "correction": .document(.correction), "cancellation": .document(.cancellation),
  ])
}

extension Shape where Value == MovementCause {
  static let movementCause: Shape = .result(
    .required("kind", .movementCauseKind, "A sale, a delivery or the kind of another document.", \.kind),
    .required("id", .identifier, "Its id.", \.id),
    .required("number", .anyDocumentNumber, "Its number.", \.number)
  ).named("MovementCause")
}

extension Shape where Value == CardLot {
  static let cardLot: Shape = .result(
    .required("lotId", .identifier, "The lot.", \.id),
    .required("lotRefNo", .text, "Its number.", \.refNo))
}

extension Shape where Value == CardItem {
  private static let moment: Shape = .result(
    .required("at", .instant, "When it was moved.", \.at),
    .required("businessDate", .day, "The day in the store's time zone.", \.businessDate))

  private static let terms: Shape = .result(
    .required("unitCost", .unitCost, "Cost of one unit of the lot from then on, four decimals.", \.unitCost),
    .nullable("expiryDate", .day, "The lot's expiry from then on.", \.expiryDate))

  static let cardItem: Shape = .result(
    .required("kind", .movementKind, "The movement.", \.kind),
    .required("lotId", .identifier, "The lot.", \.lotID),
    .required("lotRefNo", .text, "Its number.", \.lotRefNo),
    .required("seq", .integer, "The movement's place in its lot, from 1.", \.seq),
    .required("qty", .integer, "Units that came, or went with a minus sign; a correction may change none.", \.qty),
    .required("balance", .integer, "Units of what the card is about after it: the lot's, or all the product's.", \.balance),
    .required("lotBalance", .integer, "Units of its lot after it.", \.lotBalance),
    .members(of: moment, \.self),
    .members(of: terms, \.self),
    .required("cause", .movementCause, "What moved it.", \.cause),
    .required("by", .actor, "Who did; of a delivery by the present name, else by the name of that moment.", \.by)
  ).named("CardItem")
}

extension Shape where Value == CardPage {
  static let stockCard: Shape = .result(
    .required("productId", .identifier, "The product.", \.card.productID),
    .required("productName", .text, "Its present name.", \.card.productName),
    .nullable("lot", .cardLot, "The lot; null where the card is about all lots of the product.", \.card.lot),
    .required("onHandQty", .integer, "Units there now, whatever their status and expiry.", \.card.onHandQty),
    .members(of: .page(of: .cardItem), \.page))
}

/// The stock of a day as it is answered.
struct AsOfPage: Sendable {
  let stock: StockAsOf
  let page: Page<LotBalance>
}

extension Shape where Value == LotBalance {
  static let lotBalance: Shape = .result(
    .required("lotId", .identifier, "The lot.", \.lotID),
    .required("lotRefNo", .text, "Its number.", \.lotRefNo),
    .required("productId", .identifier, "The product.", \.productID),
    .required("productName", .text, "Its present name.", \.productName),
    .nullable("batchNo", .text, "The maker's batch as it is known now.", \.batchNo),
    .nullable("expiryDate", .day, "Its expiry as it was known that day.", \.expiryDate),
    .required("qty", .integer, "Units left at the end of that day.", \.qty),
    .required("unitCost", .unitCost, "Cost of one unit as it was known that day, four decimals.", \.unitCost),
    .required("stockValue", .amount, "Units times unit cost, four decimals.", \.stockValue)
  ).named("LotBalance")
}

extension Shape where Value == StockAsOf.Totals {
  static let asOfTotals: Shape = .result(
    .required("lots", .integer, "Lots with stock.", \.lots),
    .required("qty", .integer, "Units left in them.", \.qty),
    .required("stockValue", .amount, "What they had cost, four decimals.", \.stockValue))
}

extension Shape where Value == AsOfPage {
  static let stockAsOf: Shape = .result(
    .required("date", .day, "The business date at whose end it was so.", \.stock.date),
    .required("totals", .asOfTotals, "Of all the lots, whichever page this is.", \.stock.totals),
    .members(of: .page(of: .lotBalance), \.page))
}

/// What was written off as it is answered.
struct WriteOffPage: Sendable {
  let report: WriteOffReport
  let page: Page<WrittenOffLine>
}

extension Shape where Value == WriteOffReason {
  static let writeOffReason: Shape = .enumeration([
    "expired": .loss(.expired), "damaged": .loss(.damaged), "stolen": .loss(.stolen), "other": .loss(.other),
    "returned": .returned,
  ])
}

extension Shape where Value == WriteOffFigures {
  static let writeOffFigures: Shape = .result(
    .required("qty", .integer, "Units written off.", \.qty),
    .required("value", .amount, "What they had cost, four decimals.", \.value))
}

extension Shape where Value == WriteOffsOfReason {
  static let writeOffsOfReason: Shape = .result(
    .required("reason", .writeOffReason, "Why; returned is what customers brought back and was thrown away.", \.reason),
    .members(of: .writeOffFigures, \.figures))
}

extension Shape where Value == WrittenOffLine {
  private static let document: Shape = .result(
    .required("documentNo", .anyDocumentNumber, "The document's number.", \.documentNo),
    .required("documentId", .identifier, "Its id.", \.documentID),
    .required("businessDate", .day, "Its day in the store's time zone.", \.documentNo.day),
    .required("at", .instant, "When it was made.", \.at),
    .required("by", .actor, "Who made it, by the name of that moment.", \.by))

  static let writtenOffLine: Shape = .result(
    .members(of: document, \.self),
    .required("reason", .writeOffReason, "Why; returned is what a customer brought back and was thrown away.", \.reason),
    .nullable("note", .text, "The document's remark.", \.note),
    .required("lotId", .identifier, "The lot.", \.lotID),
    .required("lotRefNo", .text, "Its number.", \.lotRefNo),
    .required("productId", .identifier, "The product.", \.productID),
    .required("productName", .text, "Its present name.", \.productName),
    .required("qty", .integer, "Units written off.", \.qty),
    .required("unitCost", .unitCost, "Cost of one unit, four decimals.", \.unitCost),
    .required("value", .amount, "Units times unit cost, four decimals.", \.value)
  ).named("WrittenOffLine")
}

extension Shape where Value == WriteOffPage {
  static let writeOffReport: Shape = .result(
    .required("totals", .writeOffFigures, "Of the whole span, whichever page this is.", \.report.totals),
    .required("byReason", .array(of: .writeOffsOfReason), "The same by reason, of the reasons there were.", \.report.reasons),
    .members(of: .page(of: .writtenOffLine), \.page))
}
