// Taking a delivery back out of the books, as far as nothing of it was used.
import Postgres

/// What `stockIn.cancel` is given.
package struct StockInCancelling: Sendable {
  package let reference: DocumentReference
  package let reason: String
  /// Whether lots that something was taken from may stay as they are.
  package let isPartial: Bool

  package init(reference: DocumentReference, reason: String, isPartial: Bool) {
    self.reference = reference
    self.reason = reason
    self.isPartial = isPartial
  }
}

extension StockIns {
  /// Empties the lots of a delivery of which nothing was ever taken, by a document. Owner only.
  ///
  /// Locks the delivery's lots, then the kind's counter.
  /// - Throws: `stockInNotFound`, `stockInUsed` (naming the lots that something was taken from; where nothing is left to cancel, all),
  ///   `clockMovedBackwards`, `clockJumpedAhead`.
  package static func cancel(_ cancelling: StockInCancelling, in transaction: WriteTransaction) throws -> StockDocument {
    guard let delivery = try transaction.run(StockInStatements.get, cancelling.reference).first else {
      throw Fault.stockInNotFound
    }
    let ids = try transaction.run(StockInStatements.lotIDs, delivery.id)
    let lots = Dictionary(uniqueKeysWithValues: try transaction.hold(ids).map { ($0.id, $0) })
    let used = Set(try transaction.run(StockInStatements.usedLots, ids))
    if !cancelling.isPartial, !used.isEmpty { throw Fault.stockInUsed(ids.filter(used.contains)) }

    var draft = LedgerDraft(Array(lots.values))
    for id in ids where !used.contains(id) {
      if let remaining = lots[id]?.remaining, remaining > 0 { draft.book(.corrected, -remaining, of: id) }
    }
    if draft.lines.isEmpty { throw Fault.stockInUsed(ids) }
    let document = try StockDocuments.write(
      NewStockDocument(
        id: IdentifierMaker.shared.make(at: transaction.info.now),
        subject: .cancellation(stockInID: delivery.id, delivery: delivery.number), reason: cancelling.reason, note: nil),
      draft, in: transaction)
    transaction.changes = [
      .made("refNo", delivery.number.text), .made("reason", cancelling.reason), .made("lots", String(draft.lines.count)),
    ].compactMap(\.self)
    return document
  }
}
