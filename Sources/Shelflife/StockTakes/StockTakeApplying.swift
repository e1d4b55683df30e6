// Applying a stock take: its differences become one document of the books.
import Postgres

extension StockTakes {
  /// Books what was counted and ends the stock take, all at once. Owner only.
  ///
  /// A lot's movement is the difference that its count showed at its instant, so that whatever was sold or delivered since stays as
  /// it is. Locks out the beginning of recalls, then the stock take, the lots that are to move, and the counter of counts.
  /// - Throws: `stockTakeNotFound`, `stockTakeEnded`, `validation` (reasons for lots that are not in it, too many lines),
  ///   `recountNeeded` (every lot whose count cannot stand), `clockMovedBackwards`, `clockJumpedAhead`.
  package static func apply(
    _ application: StockTakeApplication, in transaction: WriteTransaction
  ) throws -> AppliedStockTake {
    try Recalls.shareOpen(in: transaction)
    let take = try hold(application.stockTakeID, in: transaction)
    let counts = try transaction.run(StockTakeReviewStatements.standing, take.id)
    let missing =
      application.missingLots == .writeDown ? try transaction.run(StockTakeReviewStatements.missing, take.id) : []
    let reasons = try reasons(application.reasons, among: Set(counts.map(\.lot.id) + missing))
    let known = counts.filter { !$0.lot.isFound && $0.variance != 0 }
    let found = counts.filter { $0.lot.isFound && $0.counted > 0 }
    try checkLines(known.count + found.count + missing.count)

    var draft = LedgerDraft(try transaction.hold(known.map(\.lot.id) + missing))
    let overtaken = try transaction.run(StockTakeReviewStatements.overtaken, take.id)
    for count in known {
      draft.book(.counted, count.variance, of: count.lot.id, reason: reasons[count.lot.id], count: count.count)
    }
    for id in missing {
      guard let remaining = draft.lots[id]?.remaining, remaining > 0 else { continue }
      draft.book(.counted, -remaining, of: id, reason: reasons[id])
    }
    try checkCounts(counts, application, untrue: Set(draft.shortages + overtaken))
    let documentID = IdentifierMaker.shared.make(at: transaction.info.now)
    for lot in try lots(for: found, in: documentID, transaction) { draft.add(lot) }
    for count in found {
      draft.book(.counted, count.counted, of: count.lot.id, reason: reasons[count.lot.id], count: count.count)
    }

    let ended = try end(take, as: .applied, reason: application.reason, in: transaction)
    if draft.lines.isEmpty { return AppliedStockTake(stockTake: ended, document: nil) }
    let document = try StockDocuments.write(
      NewStockDocument(id: documentID, subject: .count(stockTakeID: take.id), reason: application.reason, note: nil), draft,
      in: transaction)
    transaction.changes += [.made("documentNo", document.number.text)].compactMap(\.self)
    return AppliedStockTake(stockTake: ended, document: document)
  }

  private static func reasons(
    _ given: [LotReason], among lots: Set<Identifier>
  ) throws(Fault) -> [Identifier: String] {
    var reasons: [Identifier: String] = [:]
    var issues: [ValidationIssue] = []
    for (index, item) in given.enumerated() {
      let path = "reasons[\(index)].lotId"
      if !lots.contains(item.lotID) {
        issues.append(.init(path: path, code: "not-counted", message: "This stock take changes no such lot."))
      } else if reasons.updateValue(item.reason, forKey: item.lotID) != nil {
        issues.append(.init(path: path, code: "duplicate", message: "This lot has a reason already."))
      }
    }
    if !issues.isEmpty { throw .validation(issues) }
    return reasons
  }

  private static func checkLines(_ count: Int) throws(Fault) {
    guard count > ShopLimits.linesPerCount else { return }
    throw .validation([
      ValidationIssue(
        path: "stockTakeId", code: "too-many-lines",
        message:
          "\(count) lots would change, and one document takes \(ShopLimits.linesPerCount): count fewer products in one stock take."
      )
    ])
  }

  /// Refuses counts that are to be repeated, unless the owner accepts them, and in any case those that cannot be true any more: more
  /// was sold of the lot since than was counted, or the books were put right since.
  private static func checkCounts(
    _ counts: [StockTakeReviewStatements.Standing], _ application: StockTakeApplication, untrue: Set<Identifier>
  ) throws(Fault) {
    let open = counts.filter { (!application.acceptVariances && $0.needsRecount) || untrue.contains($0.lot.id) }
    guard !open.isEmpty else { return }
    throw .recountNeeded(
      open.map {
        RecountLot(
          lotID: $0.lot.id, lotRefNo: $0.lot.lotRefNo, counted: Int($0.counted), expected: Int($0.expected))
      })
  }

  /// The lots that become of those that nobody knew. One whose batch is being recalled is not sold.
  private static func lots(
    for found: [StockTakeReviewStatements.Standing], in documentID: Identifier, _ transaction: WriteTransaction
  ) throws -> [HeldLot] {
    let lots = found.enumerated().map { index, count in
      HeldLot(
        id: count.lot.id, productID: count.lot.productID, productName: count.lot.productName, refNo: "", stockInID: nil,
        receivedAt: transaction.info.now, origin: .found(in: documentID, number: Int32(clamping: index + 1)),
        batchNo: count.lot.batchNo, expiry: count.lot.expiryDate, unitCost: count.unitCost, status: .ok, seq: 0, remaining: 0)
    }
    if lots.isEmpty { return [] }
    let recalled = try Recalls.blocked(
      lots.map { BatchOfProduct(batchNo: $0.batchNo, productID: $0.productID) }, in: transaction)
    return lots.enumerated().map { index, lot in
      var lot = lot
      if recalled.contains(index) { lot.status = .recalled }
      return lot
    }
  }
}
