// Lots with what they came to, as the wire has them.
import Shelflife

extension Shape where Value == NamedLot {
  static let namedLot: Shape = .result(
    .members(of: .lot, \.lot),
    .required("productName", .text, "The product's present name.", \.productName)
  ).named("NamedLot")
}

extension Shape where Value == LotFigures {
  static let lotFigures: Shape = .result(
    .required("receivedQty", .integer, "Units as delivered; 0 for a lot that no delivery made.", \.received),
    .required("soldQty", .integer, "Units sold.", \.sold),
    .required("returnedQty", .integer, "Units that customers brought back to this lot.", \.returned),
    .required("writtenOffQty", .integer, "Units thrown away.", \.writtenOff),
    .required("returnedToSupplierQty", .integer, "Units that went back to the supplier.", \.returnedToSupplier),
    .required("countedQty", .integer, "What counts changed; below zero where units were missing.", \.counted),
    .required("correctedQty", .integer, "What corrections and cancellations changed; below zero for less.", \.corrected),
    .required("onHandQty", .integer, "Units left.", \.onHand)
  ).named("LotFigures")
}

extension Shape where Value == ReckonedLot {
  static let reckonedLot: Shape = .result(
    .members(of: .lot, \.lot),
    .required("productName", .text, "The product's present name.", \.productName),
    .members(of: .lotFigures, \.figures)
  ).named("ReckonedLot")
}

extension Shape where Value == LotReceipt {
  static let lotReceipt: Shape = .result(
    .required("receiptNo", .documentNumber(.receipt), "The receipt.", \.number),
    .required("saleId", .identifier, "The sale's id.", \.saleID),
    .required("soldAt", .instant, "When it was sold.", \.soldAt),
    .required("soldBy", .actor, "Who sold, by the name of that moment.", \.soldBy),
    .required("qty", .integer, "Units taken from the lot.", \.qty),
    .required("returnedQty", .integer, "Of these, units that the customer brought back since.", \.returnedQty)
  ).named("LotReceipt")
}

extension Shape where Value == CorrectedLot {
  static let correctedLot: Shape = .result(
    .required("lot", .lot, "The lot as it is from now on.", \.lot),
    .required("document", .stockDocument, "The correction.", \.document))
}

/// The delivery that a lot came with, without its lines.
private let lotDelivery: Shape<StockIn> = .result(
  .required("id", .identifier, "The delivery's id.", \.id),
  .required("refNo", .documentNumber(.delivery), "Its number.", \.number),
  .required("createdAt", .instant, "When it was booked.", \.createdAt),
  .required("createdBy", .actor, "Who booked it.", \.createdBy),
  .nullable("supplierName", .text, "Who delivered.", \.supplierName))

private let parentLot: Shape<Lot> = .result(
  .required("lotId", .identifier, "The lot's id.", \.id),
  .required("lotRefNo", .text, "Its number.", \.lotRefNo))

/// A trace as it is answered.
struct LotTracePage: Sendable {
  let trace: LotTrace
  let page: Page<LotReceipt>
}

extension Shape where Value == LotTracePage {
  static let lotTrace: Shape = .result(
    .required("lot", .namedLot, "The lot.", \.trace.lot.named),
    .nullable(
      "delivery", lotDelivery, "What it came with; null for a lot that a count found.", \.trace.delivery),
    .nullable(
      "parent", parentLot, "Of units that customers brought back and that are kept apart: the lot they were sold from.",
      \.trace.parent),
    .required(
      "siblings", .array(of: .reckonedLot), "Lots of units that customers brought back of this one and that are kept apart.",
      \.trace.siblings),
    .required("figures", .lotFigures, "The sums of its movements.", \.trace.lot.figures),
    .members(of: .page(of: .lotReceipt), \.page))
}
