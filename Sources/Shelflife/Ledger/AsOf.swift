// The stock as it stood at the end of a day, lot by lot, at the cost that held then.
import Postgres

/// A lot with what it held.
package struct LotBalance: Sendable, Equatable {
  package let lotID: Identifier
  package let lotRefNo: String
  package let productID: Identifier
  /// The present name.
  package let productName: String
  /// The present one: a batch has no history.
  package let batchNo: String?
  /// As it was known that day.
  package let expiryDate: Day?
  package let qty: Int
  /// As it was known that day.
  package let unitCost: UnitCost
  /// The lot's own number, by which they are ordered.
  let number: Int64

  package var stockValue: Amount { unitCost.times(Int32(clamping: qty)) }
}

/// One page of lots that had stock; the totals are those of all of them.
package struct StockAsOf: Sendable {
  package let date: Day
  package let totals: Totals
  package let page: KeyedPage<LotBalance, Int64>

  package struct Totals: Sendable, Equatable {
    package let lots: Int
    package let qty: Int
    package let stockValue: Amount
  }
}

package enum StocksAsOf {
  /// What each lot held after its last movement up to the end of a business date, in the order of the lots' numbers; lots that were
  /// empty are left out. Today's answer is the valuation of the stock at cost. Owner only.
  ///
  /// - Parameters:
  ///   - date: a business date that is not in the future.
  ///   - productID: only this product's lots.
  ///   - limit: how many lots a page has at most.
  ///   - after: the number of the last lot of the page before.
  ///   - read: the moment at which it is exact.
  /// - Throws: `validation` for a date to come, `productNotFound`.
  package static func page(
    of date: Day, productID: Identifier?, limit: Int, after: Int64?, in read: ReadTransaction
  ) throws -> StockAsOf {
    guard date <= read.context.today else {
      throw Fault.validation([
        ValidationIssue(path: "date", code: "in-future", message: "Nobody knows yet what will be there: at most today's date.")
      ])
    }
    let wanted = AsOfStatements.Input(date: date, productID: productID, limit: limit, after: after)
    let rows: [AsOfStatements.Row]
    if let productID {
      let reading = read.connection.pipeline()
      let product = try reading.send(ProductStatements.get, [productID])
      let found = try reading.send(AsOfStatements.ofProduct, wanted)
      try reading.sync()
      if try product.first() == nil { throw Fault.productNotFound([productID]) }
      rows = try found.rows()
    } else {
      rows = try read.run(AsOfStatements.all, wanted)
    }
    let totals = rows.first?.totals ?? .init(lots: 0, qty: 0, stockValue: .zero)
    return StockAsOf(
      date: date, totals: totals, page: KeyedPage(rows.compactMap(\.lot), limit: limit, key: \.number))
  }
}
