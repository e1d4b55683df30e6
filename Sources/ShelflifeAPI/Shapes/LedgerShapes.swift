// Stock documents as the wire has them.
import Shelflife

extension Shape where Value == StockDocument.Kind {
  static let stockDocumentKind: Shape = .enumeration([
    "return": .saleReturn, "void": .void, "write-off": .writeOff, "supplier-return": .supplierReturn, "count": .count,
    "correction": .correction, "cancellation": .cancellation,
  ])
}

extension Shape where Value == Loss {
  static let loss: Shape = .enumeration(["expired": .expired, "damaged": .damaged, "stolen": .stolen, "other": .other])
}

extension Shape where Value == Disposition {
  static let disposition: Shape = .enumeration(["restock": .restock, "quarantine": .quarantine, "destroy": .destroy])
}

extension Shape where Value == DocumentNumber {
  /// The number of any stock document.
  static let stockDocumentNumber = Shape.value(
    .text(17...25, pattern: "^(RET|VOID|WOF|SUP|CNT|COR|CAN)-[0-9]{8}-[0-9]{4,10}$"),
    { text throws(ValueFault) in
      let number = try DocumentNumber(parsing: text)
      guard StockDocument.Kind.allCases.contains(where: { $0.numbers == number.kind }) else { throw .notADocumentNumber }
      return number
    }, \.text)
}

extension StockDocumentLine {
  // A key path through an optional is no member of a record.
  fileprivate var givenReceiptLine: Int? { giving?.receiptLine }
  fileprivate var givenUnitPrice: Money? { giving?.unitPrice }
  fileprivate var givenRefund: Money? { giving?.refund }
  fileprivate var givenDisposition: Disposition? { giving?.disposition }
  fileprivate var givenIsForced: Bool? { giving?.isForced }
}

extension Shape where Value == StockDocumentLine {
  private static let giving: Shape = .result(
    .optional("receiptLine", .integer, "Of a return or void: the line of the receipt.", \.givenReceiptLine),
    .optional("unitPrice", .money, "Of a return or void: the price that was paid.", \.givenUnitPrice),
    .optional("refundAmount", .money, "Of a return or void: quantity times that price.", \.givenRefund),
    .optional("disposition", .disposition, "Of a return or void: what became of the units.", \.givenDisposition),
    .optional(
      "isForced", .bool, "Of a return or void: true where they were to be restocked and could not.", \.givenIsForced))

  static let stockDocumentLine: Shape = .result(
    .required("line", .integer, "Its place, from 1.", \.line),
    .required("kind", .movementKind, "The movement.", \.kind),
    .required("lotId", .identifier, "The lot.", \.lotID),
    .required("lotRefNo", .text, "Its number.", \.lotRefNo),
    .required("productId", .identifier, "The product.", \.productID),
    .required("productName", .text, "Its present name.", \.productName),
    .required("qty", .integer, "Units that came, or went with a minus sign; a correction may change none.", \.qty),
    .required("unitCost", .unitCost, "Cost of one unit, four decimals; of a return what it was at the sale.", \.unitCost),
    .nullable("reason", .text, "Why, where the line has a reason of its own.", \.reason),
    .members(of: giving, \.self)
  ).named("StockDocumentLine")
}

extension Shape where Value == StockDocument {
  private static let subject: Shape = .result(
    .optional("loss", .loss, "Of a write-off: why the goods were thrown away.", \.subject.loss),
    .optional("receiptNo", .documentNumber(.receipt), "Of a return or void: the receipt.", \.subject.receipt),
    .optional("saleId", .identifier, "Of a return or void: the sale.", \.subject.saleID),
    .optional("supplierName", .text, "Of a return to the supplier: who took them.", \.subject.supplierName),
    .optional("stockTakeId", .identifier, "Of a count: the stock take.", \.subject.stockTakeID),
    .optional("stockInRefNo", .documentNumber(.delivery), "Of a cancellation: the delivery.", \.subject.delivery))

  /// As the owner reads it.
  static let stockDocument: Shape = .result(
    .required("id", .identifier, "The document's id.", \.id),
    .required("kind", .stockDocumentKind, "What it is.", \.kind),
    .required("documentNo", .anyDocumentNumber, "Gap-free in the kind and day.", \.number),
    .required("businessDate", .day, "Its day in the store's time zone.", \.number.day),
    .required("at", .instant, "When it was made.", \.at),
    .required("madeBy", .actor, "Who made it, by the name of that moment.", \.madeBy),
    .nullable("reason", .text, "Why.", \.reason),
    .nullable("note", .text, "A remark.", \.note),
    .members(of: subject, \.self),
    .required("refundAmount", .money, "What the customer got back; zero where there is none.", \.refund),
    .required(
      "costValue", .amount, "What the units of all lines had cost, four decimals; below zero for what went.", \.costValue),
    .required("lines", .array(of: .stockDocumentLine), "The movements in their order.", \.lines)
  ).named("StockDocument")
}
