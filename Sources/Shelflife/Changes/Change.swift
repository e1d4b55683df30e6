// What happened in the shop, for whoever shows it: events that the books recorded, and conditions that came to hold.

/// What an event tells.
package enum ShopEvent: Sendable {
  case saleCreated(SaleNotice)
  case stockInCreated(StockInNotice)
  case saleReturned(TakenBackNotice)
  case saleVoided(TakenBackNotice)
  case stockChanged(StockNotice)
  case lotChanged(LotNotice)
  case recallChanged(RecallNotice)
  case stockTakeChanged(StockTakeNotice)
  case productChanged(Product)
  case userChanged(User)
  case storeChanged(Store)
  case stockLow(StockedProduct)
  case lotExpired(ValuedLot)

  package var kind: EventKind {
    switch self {
    case .saleCreated: .saleCreated
    case .stockInCreated: .stockInCreated
    case .saleReturned: .saleReturned
    case .saleVoided: .saleVoided
    case .stockChanged: .stockChanged
    case .lotChanged: .lotChanged
    case .recallChanged: .recallChanged
    case .stockTakeChanged: .stockTakeChanged
    case .productChanged: .productChanged
    case .userChanged: .userChanged
    case .storeChanged: .storeChanged
    case .stockLow: .stockLow
    case .lotExpired: .lotExpired
    }
  }
}

/// The kinds of events that a client may ask for.
package enum EventKind: Sendable, CaseIterable {
  case saleCreated, saleReturned, saleVoided, stockInCreated, stockChanged, lotChanged, recallChanged, stockTakeChanged
  case productChanged, userChanged, storeChanged
  case stockLow, lotExpired, backupOverdue

  /// True of what only the owner may know.
  package var isOwners: Bool {
    switch self {
    case .stockInCreated, .userChanged, .backupOverdue: true
    default: false
    }
  }
}

/// A sale, as an event tells it: what is on the receipt is read with the sale.
package struct SaleNotice: Sendable {
  package let id: Identifier
  package let number: DocumentNumber
  package let soldBy: Actor
  package let soldAt: Instant
  package let totalAmount: Money
}

/// A delivery, as an event tells it.
package struct StockInNotice: Sendable {
  package let id: Identifier
  package let number: DocumentNumber
  package let createdBy: Actor
  package let createdAt: Instant
}

/// What one document did to one product's stock.
package struct StockNotice: Sendable {
  package let productID: Identifier
  package let productName: String
  /// Units that came (above zero) or went.
  package let change: Int
  /// Sellable units at the moment of reading, not at that of the document.
  package let totalQty: Int
  /// The document; nil for staff, where it is not their own.
  package let cause: Cause?

  package struct Cause: Sendable {
    package let kind: AuditedRecord
    package let id: Identifier
  }
}

/// Where a reader of changes stands: before the event `part` of the entry `entry` of the audit's link `link`, in one shop.
package struct ChangePosition: Sendable, Equatable {
  /// A restore makes a new one: what a reader knows of the shop before it is void.
  package let incarnation: Identifier
  package let link: Int64
  /// From 1.
  package let entry: Int32
  /// From 0.
  package let part: Int32

  package init(incarnation: Identifier, link: Int64, entry: Int32 = 1, part: Int32 = 0) {
    self.incarnation = incarnation
    self.link = link
    self.entry = entry
    self.part = part
  }
}

/// An event that the books recorded.
package struct Change: Sendable {
  /// The clock reading of the call that wrote.
  package let at: Instant
  package let event: ShopEvent
  /// Where to go on behind it.
  package let next: ChangePosition
}

/// Changes from one position on.
package struct ChangePage: Sendable {
  package let changes: [Change]
  /// Where to go on.
  package let next: ChangePosition
  /// Whether there is more to read now.
  package let hasMore: Bool
  /// The products that these changes concern, as they stand now.
  package let products: [StockedProduct]
}
