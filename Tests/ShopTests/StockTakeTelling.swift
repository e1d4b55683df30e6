// Stock takes worked by hand, and their outcomes in words.
import TestSupport
import Testing

@testable import Shelflife

extension Till {
  func startTake(
    _ products: [Identifier]? = nil, blind: Bool = false, tolerance: Int = 0, id: Identifier? = nil
  ) throws -> StockTake {
    let new = NewStockTake(id: id, productIDs: products, isBlind: blind, tolerance: tolerance, note: nil)
    return try done("stockTake.start") { try StockTakes.start(new, in: $0) }
  }

  @discardableResult
  func count(_ take: StockTake, _ items: [(CountTarget, Int32)], by person: Person = .sam) throws -> StockCount {
    let new = NewStockCount(stockTakeID: take.id, items: items.map { NewCountItem(target: $0.0, qty: $0.1) })
    return try done("stockTake.count", by: person.caller) { try StockTakes.count(new, in: $0) }
  }

  @discardableResult
  func apply(
    _ take: StockTake, accepting: Bool = false, missing: MissingLots = .keep, reasons: [LotReason] = []
  ) throws -> AppliedStockTake {
    let application = StockTakeApplication(
      stockTakeID: take.id, reason: "the count of March", reasons: reasons, missingLots: missing, acceptVariances: accepting)
    return try done("stockTake.apply") { try StockTakes.apply(application, in: $0) }
  }

  func review(_ take: StockTake, _ show: ReviewedLots = .all, limit: Int = 500) throws -> StockTakeReview {
    try read {
      try StockTakes.review(ReviewFilter(stockTakeID: take.id, show: show, limit: limit, after: nil), in: $0)
    }
  }

  /// The lots that hold something: `1×7 2×5 found 1×3`.
  func shelf() throws -> String {
    try sql(
      "select case when l.line is null then 'found ' || l.found_no else d.number::text end || '×' || l.qty_remaining from lot l left join stock_in d on d.id = l.stock_in_id where l.is_open order by l.lot_no"
    ).joined(separator: " ")
  }
}

/// `STK-20260310-0012-1` is `12`, `CNT-20260310-0001-2` is `found 2`.
func shortCountedLot(_ reference: String?) -> String {
  guard let reference else { return "found" }
  return reference.hasPrefix("CNT") ? "found \(reference.split(separator: "-")[3])" : shortLot(reference)
}

extension AppliedStockTake {
  /// `[1−1 found 1+3]`, or `[]` without a document.
  var told: String {
    let lines = (document?.lines ?? []).map { "\(shortCountedLot($0.lotRefNo))\(signed($0.qty))" }
    return "[\(lines.joined(separator: " "))]"
  }
}

func signed(_ number: Int) -> String { number < 0 ? "−\(-number)" : "+\(number)" }

extension Fault {
  /// The name, and of lots that are to be counted again what was counted of what.
  var toldOfCount: String {
    if case .recountNeeded(let lots) = self {
      return "recount-needed: "
        + lots.map { "\(shortCountedLot($0.lotRefNo)) \($0.counted) of \($0.expected)" }.joined(separator: ", ")
    }
    return told([:])
  }
}

extension ReviewedLot {
  /// `1: 9 of 10 by Sam, now 7, again`.
  var told: String {
    let count =
      standing.map { "\($0.countedQty) of \($0.expectedQty) by \($0.countedBy.name.prefix { $0 != " " })" } ?? "not counted"
    return "\(shortCountedLot(lot.lotRefNo)): \(count), now \(onHandQty)" + (needsRecount ? ", again" : "")
  }
}
