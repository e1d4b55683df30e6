// Recalls as the wire has them.
import Shelflife

extension Recall {
  // A key path through an optional is no member of a record.
  fileprivate var endedAt: Instant? { ended?.at }
  fileprivate var endedBy: Actor? { ended?.by }
  fileprivate var endReason: String? { ended?.reason }
}

extension Shape where Value == Recall {
  static let recall: Shape = .result(
    .required("id", .identifier, "The recall's id.", \.id),
    .required("batchNo", .text, "The batch; upper and lower case are the same.", \.batchNo),
    .nullable("productId", .identifier, "The product; null if the batch is blocked of every product.", \.productID),
    .nullable("productName", .text, "Its present name.", \.productName),
    .required("reason", .text, "Why.", \.reason),
    .required("startedAt", .instant, "When it was started.", \.startedAt),
    .required("startedBy", .actor, "Who started it, by the name of that moment.", \.startedBy),
    .nullable("endedAt", .instant, "When it was ended; null while it goes on.", \.endedAt),
    .nullable("endedBy", .actor, "Who ended it.", \.endedBy),
    .nullable("endReason", .text, "Why it was ended.", \.endReason)
  ).named("Recall")
}

extension Shape where Value == RecallFigures {
  static let recallFigures: Shape = .result(
    .required("receivedQty", .integer, "Units as delivered, with all corrections.", \.received),
    .required("soldQty", .integer, "Units sold.", \.sold),
    .required("returnedQty", .integer, "Units that customers brought back.", \.returned),
    .required("writtenOffQty", .integer, "Units thrown away, those that came back included.", \.writtenOff),
    .required("returnedToSupplierQty", .integer, "Units that went back to the supplier.", \.returnedToSupplier),
    .required("onHandQty", .integer, "Units in lots that stand where they were delivered, blocked or not.", \.onHand),
    .required(
      "quarantinedQty", .integer, "Units in lots that are quarantined or hold what customers brought back.", \.quarantined),
    .required("withCustomersQty", .integer, "Sold and not brought back.", \.withCustomers),
    .required(
      "accountedForQty", .integer, "On hand, quarantined, thrown away or back at the supplier.", \.accountedFor),
    .nullable(
      "effectiveness", .text, "accountedForQty of receivedQty, four decimals, the rest cut off; null if nothing was received.",
      \.effectiveness)
  ).named("RecallFigures")
}

extension Shape where Value == LotReceipt {
  static let recalledReceipt: Shape = .result(
    .required("receiptNo", .documentNumber(.receipt), "The receipt.", \.number),
    .required("saleId", .identifier, "The sale's id.", \.saleID),
    .required("soldAt", .instant, "When it was sold.", \.soldAt),
    .required("soldBy", .actor, "Who sold, by the name of that moment.", \.soldBy),
    .required("paymentMethod", .text, "As the till sent it.", \.paymentMethod),
    .nullable("note", .text, "The sale's remark.", \.note),
    .required("productId", .identifier, "The product.", \.productID),
    .required("productName", .text, "Its present name.", \.productName),
    .required("qty", .integer, "Units of the batch that it took.", \.qty),
    .required("returnedQty", .integer, "Of these, units that the customer brought back since.", \.returnedQty)
  ).named("RecalledReceipt")
}

/// A recall's report as it is answered.
struct RecallReportPage: Sendable {
  let report: RecallReport
  let page: Page<LotReceipt>
}

extension Shape where Value == RecallReportPage {
  static let recallReport: Shape = .result(
    .required("recall", .recall, "The recall.", \.report.recall),
    .required(
      "lots", .array(of: .reckonedLot), "Every lot of the batch, with units that customers brought back, in the order of expiry.",
      \.report.lots),
    .required("figures", .recallFigures, "Where the units are, each counted once.", \.report.figures),
    .members(of: .page(of: .recalledReceipt), \.page)
  ).named("RecallReport")
}
