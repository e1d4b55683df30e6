// What events tell of goods that came back, of lots, recalls and stock takes.
import Shelflife

extension Shape where Value == TakenBackNotice {
  static let takenBackNotice: Shape = .result(
    .required("id", .identifier, "The id of the return or void.", \.id),
    .required("documentNo", .anyDocumentNumber, "Its number.", \.number),
    .required("saleId", .identifier, "The sale.", \.saleID),
    .required("receiptNo", .documentNumber(.receipt), "Its receipt.", \.receipt),
    .required("at", .instant, "When.", \.at),
    .required("by", .actor, "Who took it back.", \.by),
    .required("refundAmount", .money, "What the customer got back.", \.refund)
  ).named("TakenBackNotice")
}

extension Shape where Value == LotNotice {
  static let lotNotice: Shape = .result(
    .required("lotId", .identifier, "The lot.", \.id),
    .required("lotRefNo", .text, "Its number.", \.refNo),
    .required("productId", .identifier, "Its product.", \.productID),
    .required("productName", .text, "The product's name.", \.productName),
    .nullable("batchNo", .text, "The maker's batch.", \.batchNo),
    .nullable("expiryDate", .day, "Its last day.", \.expiryDate),
    .required("status", .lotStatus, "Only a lot that is ok is sold.", \.status),
    .required("qtyRemaining", .integer, "Units left.", \.qtyRemaining)
  ).named("LotNotice")
}

extension Shape where Value == RecallNotice {
  static let recallNotice: Shape = .result(
    .required("recallId", .identifier, "The recall.", \.id),
    .required("batchNo", .text, "The maker's batch.", \.batchNo),
    .nullable("productId", .identifier, "The product; null for every product.", \.productID),
    .required("reason", .text, "Why.", \.reason),
    .required("isOpen", .bool, "False once it was ended.", \.isOpen)
  ).named("RecallNotice")
}

extension Shape where Value == StockTakeNotice {
  static let stockTakeNotice: Shape = .result(
    .required("stockTakeId", .identifier, "The stock take.", \.id),
    .required("state", .stockTakeState, "open, applied or cancelled.", \.state),
    .required("entries", .integer, "How many calls have counted so far.", \.entries)
  ).named("StockTakeNotice")
}
