// The nouns of the reports: what was sold in a span of days, by whom, of which product, and what it left.

/// The sums of some sales, less what came back: returns on their own day, at the price paid and the cost frozen at the sale, and
/// voided receipts altogether. So each may be below zero. Cost is what the sold units had cost when they were sold.
package struct SalesFigures: Sendable, Equatable {
  /// Receipts that are not void, each counted once.
  package let salesCount: Int
  /// Units.
  package let qty: Int
  package let totalAmount: MoneySum
  package let cost: Amount
  /// May be below zero.
  package let profit: Amount
}

/// The same sums as the database has them, which knows no currency.
struct SalesSums {
  let sales: Int
  let qty: Int
  let revenue: MoneySum
  let cost: Amount

  /// - Throws: `SumTooLarge`, rather than answering a wrong number.
  func figures(digits: Int) throws(SumTooLarge) -> SalesFigures {
    guard let profit = revenue.amount(digits: digits)?.minus(cost) else { throw SumTooLarge() }
    return SalesFigures(salesCount: sales, qty: qty, totalAmount: revenue, cost: cost, profit: profit)
  }
}

/// A sum outgrew 128 bits.
struct SumTooLarge: Error {}

/// What a sales report has one item for.
package enum SalesGrouping: String, Sendable, CaseIterable {
  case day, user, product, till
}

/// Whose figures an item has.
package enum SalesSubject: Sendable, Equatable {
  case day(Day)
  case user(Actor)
  case product(id: Identifier, name: String)
  /// By its name, '' for what was sold before tills had names.
  case till(String)
}

package struct SalesReportItem: Sendable, Equatable {
  package let subject: SalesSubject
  package let figures: SalesFigures
}

/// The business dates of a report, both included.
package struct DaySpan: Sendable, Equatable {
  package let from: Day
  package let to: Day

  package init(from: Day, to: Day) {
    self.from = from
    self.to = to
  }
}

/// What was taken back in a span by one kind of document.
struct TakenBackSums {
  let kind: StockDocument.Kind
  let count: Int
  let qty: Int
  let amount: MoneySum
}

/// Returns and voids of a span, which the figures have taken off already.
package struct TakenBack: Sendable, Equatable {
  package let returnsCount: Int
  package let returnedQty: Int
  package let refundedAmount: MoneySum
  package let voidedCount: Int
  package let voidedAmount: MoneySum
  /// The newest voided receipts.
  package let voidedReceipts: [DocumentNumber]
}

/// Where a report by till goes on: behind the till of that name, '' standing for none.
package struct TillKey: Sendable, Equatable {
  package let name: String

  package init(name: String) { self.name = name }
}

/// One page of a sales report; the totals are those of the whole span.
package struct SalesReport<Key: Sendable>: Sendable {
  package let totals: SalesFigures
  package let takenBack: TakenBack
  package let page: KeyedPage<SalesReportItem, Key>
}

/// What makes a product the best.
package enum ProductRanking: String, Sendable, CaseIterable {
  case qty, revenue, profit
}

package struct RankedProduct: Sendable, Equatable {
  package let id: Identifier
  package let name: String
  package let figures: SalesFigures
}

/// Where a ranking goes on: the value that ranks, as a whole number, and the product.
package struct RankKey: Sendable, Equatable {
  package let value: Int128
  package let id: Identifier

  package init(value: Int128, id: Identifier) {
    self.value = value
    self.id = id
  }
}

/// A lot with what it is worth at cost.
package struct ValuedLot: Sendable, Equatable {
  package let lot: Lot
  package let productName: String
  package let stockValue: Amount
  /// The lot's own number: the last tie-break of first expired first out.
  let number: Int64
}

/// Where a list of lots by expiry goes on.
package struct LotKey: Sendable, Equatable {
  package let expiry: Day
  package let receivedAt: Instant
  package let number: Int64

  package init(expiry: Day, receivedAt: Instant, number: Int64) {
    self.expiry = expiry
    self.receivedAt = receivedAt
    self.number = number
  }
}

/// One page of lots; quantity and value are those of all the lots that the report is about.
package struct LotReport: Sendable {
  package let qty: Int
  package let stockValue: Amount
  package let page: KeyedPage<ValuedLot, LotKey>
}

/// The shop at a glance. Staff have their own sales' figures, and neither cost nor profit.
package struct Dashboard: Sendable {
  package let businessDate: Day
  package let salesCount: Int
  package let totalAmount: MoneySum
  /// Nil for staff.
  package let cost: Amount?
  /// Nil for staff.
  package let profit: Amount?
  package let latestSales: [Sale]
  package let alerts: StockAlerts
}

/// How much of the whole shop's stock wants attention.
package struct StockAlerts: Sendable, Equatable {
  /// Active products at or below their reorder level.
  package let lowStock: Int
  /// Lots with stock that expire within `ShopLimits.expiryWarningDays`.
  package let expiring: Int
  /// Lots with stock that have expired.
  package let expired: Int
}
