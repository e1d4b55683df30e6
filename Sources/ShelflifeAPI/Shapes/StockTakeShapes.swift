// Stock takes as the wire has them.
import Shelflife

extension Shape where Value == StockTake.State {
  static let stockTakeState: Shape = .enumeration(["open": .open, "applied": .applied, "cancelled": .cancelled])
}

extension Shape where Value == ReviewedLots {
  static let reviewedLots: Shape = .enumeration([
    "all": .all, "variances": .variances, "recount": .recount, "notCounted": .notCounted, "found": .found,
  ])
}

extension Shape where Value == MissingLots {
  static let missingLots: Shape = .enumeration(["keep": .keep, "writeDown": .writeDown])
}

extension StockTake {
  // A key path through an optional is no member of a record.
  fileprivate var endedAt: Instant? { ending?.at }
  fileprivate var endedBy: Actor? { ending?.by }
  fileprivate var endReason: String? { ending?.reason }
}

extension Shape where Value == StockTake {
  private static let ending: Shape = .result(
    .nullable("endedAt", .instant, "When it was applied or cancelled; null while it is open.", \.endedAt),
    .nullable("endedBy", .actor, "Who ended it, by the present name.", \.endedBy),
    .nullable("endReason", .text, "Why.", \.endReason))

  static let stockTake: Shape = .result(
    .required("id", .identifier, "The stock take's id.", \.id),
    .required("startedAt", .instant, "When it began.", \.startedAt),
    .required("startedBy", .actor, "Who began it, by the name of that moment.", \.startedBy),
    .nullable("note", .text, "A remark.", \.note),
    .required("blind", .bool, "Whether those who count are not shown what the books say.", \.isBlind),
    .required("tolerance", .integer, "Units by which a count may differ before it is to be repeated.", \.tolerance),
    .nullable("productIds", .array(of: .identifier), "The products it covers; null where it covers all.", \.productIDs),
    .required("state", .stockTakeState, "What became of it.", \.state),
    .members(of: ending, \.self),
    .required("entries", .integer, "Counts so far, each of one or more lots.", \.entries)
  ).named("StockTake")
}

extension Shape where Value == CountedLot {
  static let countedLot: Shape = .result(
    .optional("lotId", .identifier, "The lot; left out of one that nobody knew.", \.lotID),
    .optional(
      "foundId", .identifier, "Names a lot that nobody knew, to count it again; its lotId once the stock take is applied.",
      \.foundID),
    .nullable("lotRefNo", .text, "The lot's number; null for a lot that is not in the books.", \.lotRefNo),
    .required("productId", .identifier, "The product.", \.productID),
    .required("productName", .text, "Its present name.", \.productName),
    .nullable("batchNo", .text, "The maker's batch.", \.batchNo),
    .nullable("expiryDate", .day, "The last day of sale.", \.expiryDate))
}

extension Shape where Value == StockCountItem {
  static let stockCountItem: Shape = .result(
    .members(of: .countedLot, \.lot),
    .required("countedQty", .integer, "Units counted.", \.countedQty),
    .optional(
      "expectedQty", .integer,
      "Units that the books had at that instant; left out of a blind stock take, 0 of a lot that nobody knew.", \.expectedQty),
    .optional("variance", .integer, "Counted less expected; left out of a blind stock take.", \.variance)
  ).named("StockCountItem")
}

extension Shape where Value == StockCount {
  static let stockCount: Shape = .result(
    .required("stockTakeId", .identifier, "The stock take.", \.stockTakeID),
    .required("entryNo", .integer, "Gap-free in the stock take, from 1.", \.entryNo),
    .required("countedAt", .instant, "The instant of the count.", \.countedAt),
    .required("countedBy", .actor, "Who counted, by the name of that moment.", \.countedBy),
    .required("items", .array(of: .stockCountItem), "The lots, in the order in which they were sent.", \.items)
  ).named("StockCount")
}

extension ReviewedLot {
  fileprivate var countedQty: Int? { standing?.countedQty }
  fileprivate var countedAt: Instant? { standing?.countedAt }
  fileprivate var countedBy: Actor? { standing?.countedBy }
  fileprivate var expectedQty: Int? { standing?.expectedQty }
  fileprivate var variance: Int? { standing?.variance }
}

extension Shape where Value == ReviewedLot {
  private static let count: Shape = .result(
    .nullable("countedQty", .integer, "The latest count; null, like all of it, where nobody counted.", \.countedQty),
    .nullable("countedAt", .instant, "Its instant.", \.countedAt),
    .nullable("countedBy", .actor, "Who counted, by the name of that moment.", \.countedBy),
    .nullable("expectedQty", .integer, "Units that the books had at that instant; 0 of a lot that nobody knew.", \.expectedQty),
    .nullable("variance", .integer, "Counted less expected: what applying adds to the lot.", \.variance),
    .nullable("varianceValue", .amount, "The variance at cost, four decimals.", \.varianceValue))

  static let reviewedLot: Shape = .result(
    .members(of: .countedLot, \.lot),
    .required(
      "unitCost", .unitCost,
      "Cost of one unit, four decimals; of a lot that nobody knew what the product's last delivered lot cost.", \.unitCost),
    .members(of: count, \.self),
    .required("onHandQty", .integer, "Units that the books have now.", \.onHandQty),
    .required("counts", .integer, "How often it was counted in this stock take.", \.counts),
    .required(
      "needsRecount", .bool,
      "True where the count differs by more than the tolerance and no second count confirmed the same difference, where the last two counts, by different people, differ, or where another stock take or a correction changed the lot's books since.",
      \.needsRecount)
  ).named("ReviewedLot")
}

extension Shape where Value == ReviewTotals {
  static let reviewTotals: Shape = .result(
    .required("countedLots", .integer, "Lots of the books that were counted.", \.countedLots),
    .required("variances", .integer, "Lots whose count differs; those that nobody knew count too.", \.variances),
    .required("surplusQty", .integer, "Units that are there and not in the books.", \.surplusQty),
    .required("missingQty", .integer, "Units that are in the books and not there.", \.missingQty),
    .required("varianceValue", .amount, "Surplus less what is missing, at cost, four decimals.", \.varianceValue),
    .required("recountLots", .integer, "Lots that are to be counted again.", \.recountLots),
    .required("notCountedLots", .integer, "Lots that were there when it began and that nobody counted.", \.notCountedLots),
    .required("foundLots", .integer, "Lots that nobody knew.", \.foundLots)
  ).named("StockTakeTotals")
}

/// A review as it is answered.
struct StockTakeReviewPage: Sendable {
  let review: StockTakeReview
  let page: Page<ReviewedLot>
}

extension Shape where Value == StockTakeReviewPage {
  static let stockTakeReview: Shape = .result(
    .required("stockTake", .stockTake, "The stock take.", \.review.stockTake),
    .required("totals", .reviewTotals, "The figures of all its lots, whichever are shown.", \.review.totals),
    .members(of: .page(of: .reviewedLot), \.page))
}

extension Shape where Value == AppliedStockTake {
  static let appliedStockTake: Shape = .result(
    .required("stockTake", .stockTake, "The stock take, applied.", \.stockTake),
    .nullable("document", .stockDocument, "The differences as they were booked; null where there was none.", \.document))
}
