// Conditions that come to hold: a product that runs low, a lot whose last day has gone by. Each is told once, when it begins.

/// What is known of the shelf since a watch began. Belongs to whoever watches.
package struct StockWatch: Sendable {
  private var low: Set<Identifier>
  private var day: Day

  private static let lotsPerRead = 500

  /// Begins with the shelf as it stands: what is low or expired already is not told.
  package static func begin(in read: ReadTransaction) throws -> StockWatch {
    StockWatch(low: Set(try lowProducts(in: read).map(\.product.id)), day: read.context.today)
  }

  /// What products that were just read have come to.
  package mutating func note(_ products: [StockedProduct]) -> [ShopEvent] {
    var events: [ShopEvent] = []
    for stocked in products.sorted(by: { $0.product.id < $1.product.id }) {
      let product = stocked.product
      guard product.isActive, stocked.totalQty <= product.reorderLevel else {
        low.remove(product.id)
        continue
      }
      if low.insert(product.id).inserted { events.append(.stockLow(stocked)) }
    }
    return events
  }

  /// Looks over the whole shelf: after the business day has turned, and where changes were passed over.
  package mutating func lookOver(in read: ReadTransaction) throws -> [ShopEvent] {
    var events: [ShopEvent] = []
    let today = read.context.today
    if day < today {
      events = try lotsExpired(from: day, until: today, in: read).map { .lotExpired($0) }
    }
    day = today
    let nowLow = try Self.lowProducts(in: read)
    low.formIntersection(nowLow.map(\.product.id))
    return events + note(nowLow)
  }

  /// Whether the business day is another one than at the last look.
  package func isBehind(_ today: Day) -> Bool { today != day }

  private static func lowProducts(in read: ReadTransaction) throws -> [StockedProduct] {
    try read.run(StockReportStatements.lowStock, .init(today: read.context.today, limit: Int(Int32.max) - 1, after: nil))
  }

  /// Lots with stock whose last day lies in `from ..< until`, in the order in which they would have been sold.
  private func lotsExpired(from: Day, until today: Day, in read: ReadTransaction) throws -> [ValuedLot] {
    var lots: [ValuedLot] = []
    var after: LotKey?
    repeat {
      let rows = try read.run(
        StockReportStatements.lots,
        .init(from: from, to: today.adding(days: -1) ?? from, today: today, limit: Self.lotsPerRead, after: after))
      let page = KeyedPage(rows, limit: Self.lotsPerRead) {
        LotKey(expiry: $0.lot.expiryDate ?? from, receivedAt: $0.lot.receivedAt, number: $0.number)
      }
      lots += page.items
      after = page.next
    } while after != nil
    return lots
  }
}
