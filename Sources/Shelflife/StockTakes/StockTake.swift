// The nouns of counting the shelf while the shop sells.

/// A count of the shelf that people take part in over hours or days, until it is applied to the books or cancelled.
package struct StockTake: Sendable, Equatable {
  package enum State: String, CaseIterable, Sendable {
    case open, applied, cancelled

    init(parsing text: String) throws(ValueFault) {
      guard let state = State(rawValue: text) else { throw .unknownChoice(allowed: State.allCases.map(\.rawValue)) }
      self = state
    }
  }

  package let id: Identifier
  package let startedAt: Instant
  /// By the name of that day.
  package let startedBy: Actor
  package let note: String?
  /// What the books say is not shown to whoever counts.
  package let isBlind: Bool
  /// Units by which a count may differ before it is to be repeated.
  package let tolerance: Int
  /// Nil where it covers all products, those to come too.
  package let productIDs: [Identifier]?
  package let state: State
  package let ending: Ending?
  /// Counts so far, each of one or more lots.
  package let entries: Int
}

/// What `stockTake.start` is given.
package struct NewStockTake: Sendable {
  package let id: Identifier?
  package let productIDs: [Identifier]?
  package let isBlind: Bool
  package let tolerance: Int
  package let note: String?

  package init(id: Identifier?, productIDs: [Identifier]?, isBlind: Bool, tolerance: Int, note: String?) {
    self.id = id
    self.productIDs = productIDs
    self.isBlind = isBlind
    self.tolerance = tolerance
    self.note = note
  }
}

/// Which stock takes a list is asked for, newest first.
package struct StockTakeFilter: Sendable {
  package let state: StockTake.State?
  package let limit: Int
  package let after: MomentKey?

  package init(state: StockTake.State?, limit: Int, after: MomentKey?) {
    self.state = state
    self.limit = limit
    self.after = after
  }
}

/// What somebody counted: a lot of the books, a lot that nobody knew, or such a lot again.
package enum CountTarget: Sendable, Equatable {
  case lot(Identifier)
  case unknown(productID: Identifier, batchNo: String?, expiryDate: Day?)
  case found(Identifier)
}

package struct NewCountItem: Sendable {
  package let target: CountTarget
  /// 0 … 1 000 000; 0 says that it is not there.
  package let qty: Int32

  package init(target: CountTarget, qty: Int32) {
    self.target = target
    self.qty = qty
  }
}

/// What `stockTake.count` is given: what one person counted, told at once.
package struct NewStockCount: Sendable {
  package let stockTakeID: Identifier
  package let items: [NewCountItem]

  package init(stockTakeID: Identifier, items: [NewCountItem]) {
    self.stockTakeID = stockTakeID
    self.items = items
  }
}

/// A count as it was set down.
package struct StockCount: Sendable, Equatable {
  package let stockTakeID: Identifier
  /// Gap-free in the stock take, from 1.
  package let entryNo: Int
  package let countedAt: Instant
  package let countedBy: Actor
  /// In the order in which they were told.
  package let items: [StockCountItem]
}

package struct StockCountItem: Sendable, Equatable {
  package let lot: CountedLot
  package let countedQty: Int
  /// What the books said at that instant; nil in a blind stock take.
  package let expectedQty: Int?

  package var variance: Int? { expectedQty.map { countedQty - $0 } }
}

/// What a count is of: a lot of the books, or one that nobody knew.
package struct CountedLot: Sendable, Equatable {
  /// The lot's id, or the name that the unknown one was given; its id too once the stock take is applied.
  package let id: Identifier
  package let isFound: Bool
  /// Nil for a lot that is not in the books yet.
  package let lotRefNo: String?
  package let productID: Identifier
  /// The present name.
  package let productName: String
  package let batchNo: String?
  package let expiryDate: Day?

  package var lotID: Identifier? { isFound ? nil : id }
  package var foundID: Identifier? { isFound ? id : nil }
}

/// Which lots of a stock take a review shows.
package enum ReviewedLots: String, CaseIterable, Sendable {
  case all, variances, recount, notCounted, found
}

package struct ReviewFilter: Sendable {
  package let stockTakeID: Identifier
  package let show: ReviewedLots
  package let limit: Int
  package let after: ReviewKey?

  package init(stockTakeID: Identifier, show: ReviewedLots, limit: Int, after: ReviewKey?) {
    self.stockTakeID = stockTakeID
    self.show = show
    self.limit = limit
    self.after = after
  }
}

/// Where a review goes on: lots of the books by their numbers, then the lots that nobody knew.
package struct ReviewKey: Sendable, Equatable {
  /// The largest there is for lots that nobody knew.
  package let number: Int64
  package let id: Identifier

  package init(number: Int64, id: Identifier) {
    self.number = number
    self.id = id
  }
}

/// A stock take as it stands: totals of all its lots, and a page of them.
package struct StockTakeReview: Sendable {
  package let stockTake: StockTake
  package let totals: ReviewTotals
  package let page: KeyedPage<ReviewedLot, ReviewKey>
}

package struct ReviewTotals: Sendable, Equatable {
  /// Lots of the books that were counted.
  package let countedLots: Int
  /// Lots whose count differs, those that nobody knew included.
  package let variances: Int
  package let surplusQty: Int
  package let missingQty: Int
  /// Surplus less what is missing, at cost.
  package let varianceValue: Amount
  package let recountLots: Int
  package let notCountedLots: Int
  package let foundLots: Int
}

/// A lot with the count of it that stands.
package struct ReviewedLot: Sendable, Equatable {
  package let lot: CountedLot
  /// Of a lot that is not in the books yet, what it will be given.
  package let unitCost: UnitCost
  package let onHandQty: Int
  /// How often it was counted.
  package let counts: Int
  package let needsRecount: Bool
  /// Nil for a lot that nobody counted.
  package let standing: Standing?
  let number: Int64

  /// The latest count of a lot.
  package struct Standing: Sendable, Equatable {
    package let countedQty: Int
    package let countedAt: Instant
    /// By the name of that moment.
    package let countedBy: Actor
    /// What the books said at that instant; 0 of a lot that nobody knew.
    package let expectedQty: Int

    package var variance: Int { countedQty - expectedQty }
  }

  package var varianceValue: Amount? {
    standing.map { Amount(tenThousandths: Int128(unitCost.tenThousandths) * Int128($0.variance)) }
  }
}

/// What becomes of lots with stock that nobody counted.
package enum MissingLots: String, CaseIterable, Sendable {
  case keep, writeDown
}

package struct LotReason: Sendable {
  package let lotID: Identifier
  package let reason: String

  package init(lotID: Identifier, reason: String) {
    self.lotID = lotID
    self.reason = reason
  }
}

/// What `stockTake.apply` is given.
package struct StockTakeApplication: Sendable {
  package let stockTakeID: Identifier
  package let reason: String
  package let reasons: [LotReason]
  package let missingLots: MissingLots
  package let acceptVariances: Bool

  package init(
    stockTakeID: Identifier, reason: String, reasons: [LotReason], missingLots: MissingLots, acceptVariances: Bool
  ) {
    self.stockTakeID = stockTakeID
    self.reason = reason
    self.reasons = reasons
    self.missingLots = missingLots
    self.acceptVariances = acceptVariances
  }
}

/// A stock take after it was applied, with the document of its differences; nil where there was none.
package struct AppliedStockTake: Sendable {
  package let stockTake: StockTake
  package let document: StockDocument?
}
