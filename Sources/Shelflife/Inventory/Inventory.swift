// Stock on hand: totals, nearest expiry and the lots behind them.

package enum Inventory {
  /// Products by name with their stock, with their lots if asked: those with stock, or all there ever were. Any signed-in user; staff see no cost.
  package static func list(
    _ filter: ProductFilter, withLots: Bool, includeEmpty: Bool = false, in read: ReadTransaction
  ) throws -> KeyedPage<StockedProduct, NameKey> {
    let page = try Products.list(filter, in: read)
    guard withLots, !page.items.isEmpty else { return page }
    let lots = Dictionary(grouping: try self.lots(of: page.items.map(\.product.id), includeEmpty, in: read), by: \.productID)
    return KeyedPage(items: page.items.map { $0.with(lots: lots[$0.product.id] ?? []) }, next: page.next)
  }

  /// One product's stock with its lots in FEFO order. Any signed-in user; staff see no cost.
  ///
  /// - Throws: `productNotFound`.
  package static func get(
    _ productID: Identifier, includeEmpty: Bool = false, in read: ReadTransaction
  ) throws -> StockedProduct {
    let rows = try read.run(ProductStatements.stocked, .init(ids: [productID], today: read.context.today))
    guard let product = rows.first else { throw Fault.productNotFound([productID]) }
    return product.with(lots: try lots(of: [productID], includeEmpty, in: read))
  }

  private static func lots(
    of productIDs: [Identifier], _ includeEmpty: Bool, in read: ReadTransaction
  ) throws -> [Lot] {
    try read.run(
      includeEmpty ? LotStatements.every : LotStatements.open,
      .init(productIDs: productIDs, today: read.context.today, seesCosts: read.seesCosts))
  }
}

extension StockedProduct {
  fileprivate func with(lots: [Lot]) -> StockedProduct {
    StockedProduct(
      product: product, totalQty: totalQty, expiredQty: expiredQty, nearestExpiry: nearestExpiry, lots: lots)
  }
}
