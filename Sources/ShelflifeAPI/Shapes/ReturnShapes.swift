// What is taken back and what is thrown away, as the wire has it.
import Shelflife

extension Shape where Value == ReturnableItem {
  fileprivate static let returnableItem: Shape = .result(
    .required("line", .integer, "Its place on the receipt, from 1.", \.line),
    .required("productId", .identifier, "The product.", \.productID),
    .required("productName", .text, "Its name at the time of sale.", \.productName),
    .required("qty", .integer, "Units sold.", \.qty),
    .required("returnedQty", .integer, "Units given back so far.", \.returnedQty),
    .required("returnableQty", .integer, "Units that can still be given back; none of a void receipt.", \.returnableQty),
    .required("unitPrice", .money, "What was paid for one unit, and is refunded.", \.unitPrice))
}

extension Shape where Value == ReturnableSale {
  static let returnableSale: Shape = .result(
    .required("saleId", .identifier, "The sale's id.", \.id),
    .required("receiptNo", .documentNumber(.receipt), "Its number.", \.number),
    .required("businessDate", .day, "The day of the sale.", \.number.day),
    .required("isVoided", .bool, "True once the receipt was voided.", \.isVoided),
    .required("refundedAmount", .money, "What was refunded of it so far.", \.refunded),
    .required("items", .array(of: .returnableItem), "The lines in their order.", \.items))
}

/// A line that gives something back, without what a destroyed unit's write-off adds.
private struct ReturnedItem: Sendable {
  let line: StockDocumentLine
  let giving: StockDocumentLine.Giving
}

extension Shape where Value == ReturnedItem {
  /// Without cost.
  fileprivate static let returnedItem: Shape = .result(
    .required("line", .integer, "The line of the receipt.", \.giving.receiptLine),
    .required("productId", .identifier, "The product.", \.line.productID),
    .required("productName", .text, "Its present name.", \.line.productName),
    .required("qty", .integer, "Units.", \.line.qty),
    .required("unitPrice", .money, "What was paid for one unit.", \.giving.unitPrice),
    .required("refundAmount", .money, "Quantity times that price.", \.giving.refund),
    .required("disposition", .disposition, "What became of them.", \.giving.disposition),
    .required(
      "isForced", .bool, "True where they were to be restocked, but the lot has expired or was recalled.", \.giving.isForced),
    .required("lotId", .identifier, "The lot that holds them now, or held them before they were destroyed.", \.line.lotID),
    .required("lotRefNo", .text, "Its number.", \.line.lotRefNo)
  ).named("ReturnedItem")
}

extension StockDocument {
  fileprivate var returnedItems: [ReturnedItem] {
    lines.compactMap { line in line.giving.map { ReturnedItem(line: line, giving: $0) } }
  }
  fileprivate var soldUnder: Identifier { subject.saleID ?? .none }
  fileprivate var receipt: DocumentNumber { subject.receipt ?? number }
}

extension Shape where Value == StockDocument {
  /// A return as the till has it.
  static let saleReturn: Shape = .result(
    .required("id", .identifier, "The return's id.", \.id),
    .required("returnNo", .documentNumber(.saleReturn), "Gap-free in the day.", \.number),
    .required("saleId", .identifier, "The sale.", \.soldUnder),
    .required("receiptNo", .documentNumber(.receipt), "Its receipt.", \.receipt),
    .required("businessDate", .day, "The day of the return, on which reports count it.", \.number.day),
    .required("returnedAt", .instant, "When.", \.at),
    .required("returnedBy", .actor, "Who took the goods back.", \.madeBy),
    .required("refundAmount", .money, "What the customer gets back.", \.refund),
    .nullable("reason", .text, "Why.", \.reason),
    .nullable("note", .text, "A remark.", \.note),
    .required("items", .array(of: .returnedItem), "One for each lot that units came back to.", \.returnedItems)
  ).named("SaleReturn")
}

extension Shape where Value == ExpiredItem {
  fileprivate static let expiredItem: Shape = .result(
    .required("lotId", .identifier, "The lot.", \.lotID),
    .required("lotRefNo", .text, "Its number.", \.lotRefNo),
    .required("productId", .identifier, "The product.", \.productID),
    .required("productName", .text, "Its name.", \.productName),
    .nullable("expiryDate", .day, "Its last day.", \.expiryDate),
    .required("qty", .integer, "Units.", \.qty),
    .required("unitCost", .unitCost, "Cost of one unit, four decimals.", \.unitCost),
    .required("value", .amount, "Quantity times cost.", \.value))
}

extension ExpiredProposal {
  fileprivate var isConfirmed: Bool { document != nil }
  fileprivate var lots: Int { items.count }
}

extension Shape where Value == ExpiredProposal {
  private static let totals: Shape = .result(
    .required("lots", .integer, "Lots.", \.lots),
    .required("qty", .integer, "Units.", \.qty),
    .required("value", .amount, "What they had cost, four decimals.", \.value))

  static let expiredProposal: Shape = .result(
    .required("isConfirmed", .bool, "False for a proposal, which changed nothing.", \.isConfirmed),
    .required("confirmation", .text, "Send this to write off exactly these lots and quantities.", \.confirmation),
    .required("totals", totals, "Of these lots.", \.self),
    .required("items", .array(of: .expiredItem), "The lots, the earliest expiry first.", \.items),
    .required("hasMore", .bool, "Whether there are more expired lots than one call writes off: call again.", \.hasMore),
    .nullable("document", .stockDocument, "The write-off; null for a proposal.", \.document))
}
