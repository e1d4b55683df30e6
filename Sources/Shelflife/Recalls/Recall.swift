// A recall: a maker's batch that is blocked, and what became of its units.

/// Blocks a batch, of one product or of all, also in deliveries to come, until it is ended.
package struct Recall: Sendable, Equatable {
  package let id: Identifier
  /// As the caller wrote it; upper and lower case are the same.
  package let batchNo: String
  /// Nil for every product.
  package let productID: Identifier?
  package let productName: String?
  package let reason: String
  package let startedAt: Instant
  /// By the name of that moment.
  package let startedBy: Actor
  /// The lots keep their status.
  package let ended: Ending?
}

/// What `recalls.start` is given.
package struct NewRecall: Sendable {
  package let id: Identifier?
  package let batchNo: String
  package let productID: Identifier?
  package let reason: String

  package init(id: Identifier?, batchNo: String, productID: Identifier?, reason: String) {
    self.id = id
    self.batchNo = batchNo
    self.productID = productID
    self.reason = reason
  }
}

/// Which recalls a list is asked for, newest first.
package struct RecallFilter: Sendable {
  package let openOnly: Bool
  package let limit: Int
  package let after: MomentKey?

  package init(openOnly: Bool, limit: Int, after: MomentKey?) {
    self.openOnly = openOnly
    self.limit = limit
    self.after = after
  }
}

/// What a recall has come to: its lots, its sums, and a page of the receipts, newest first.
package struct RecallReport: Sendable {
  package let recall: Recall
  package let lots: [ReckonedLot]
  package let figures: RecallFigures
  package let receipts: KeyedPage<LotReceipt, LotReceiptKey>
}

/// Where the units of a recalled batch are. Each counts once: one that came back stands in quarantine, on the shelf or among what was
/// written off, and only there.
package struct RecallFigures: Sendable, Equatable {
  /// As delivered, with all corrections.
  package let received: Int
  package let sold: Int
  package let returned: Int
  package let writtenOff: Int
  package let returnedToSupplier: Int
  /// In lots that stand where they were delivered.
  package let onHand: Int
  /// In lots that are quarantined or hold what customers brought back.
  package let quarantined: Int

  init(of lots: [ReckonedLot]) {
    func sum(_ value: (ReckonedLot) -> Int) -> Int { lots.reduce(0) { $0 + value($1) } }
    received = sum { $0.figures.received + $0.figures.corrected }
    sold = sum(\.figures.sold)
    returned = sum(\.figures.returned)
    writtenOff = sum(\.figures.writtenOff)
    returnedToSupplier = sum(\.figures.returnedToSupplier)
    quarantined = sum { $0.lot.isApart ? $0.figures.onHand : 0 }
    onHand = sum { $0.lot.isApart ? 0 : $0.figures.onHand }
  }

  package var withCustomers: Int { sold - returned }

  package var accountedFor: Int { onHand + quarantined + writtenOff + returnedToSupplier }

  /// What is accounted for of what was received, four decimals, the rest cut off: `0.7000`. Nil where nothing was received. Above 1 where
  /// a count found more than the books had.
  package var effectiveness: String? {
    guard received > 0 else { return nil }
    return FixedPoint.text(Int128(accountedFor) * 10_000 / Int128(received), decimals: 4)
  }
}

extension Lot {
  /// Whether its units stand apart from what was delivered.
  fileprivate var isApart: Bool { parentLotID != nil || status == .quarantined }
}
