// Stock on hand: totals, nearest expiry and the lots behind them.

package enum Inventory {
  /// Products by name with their stock, with their lots if asked: those with stock, or all there ever were. Any signed-in user; staff see no cost.
  package static func list(
    _ filter: ProductFilter, withLots: Bool, includeEmpty: Bool = false, in read: ReadTransaction
  ) throws -> KeyedPage<StockedProduct, NameKey> {
    let page = try Products.list(filter, withStock: !withLots, in: read)
    guard withLots, !page.items.isEmpty else { return page }
    // They come product by product, each one's together.
    let lots = try self.lots(of: page.items.map(\.product.id), includeEmpty, in: read)
    var places: [Identifier: Range<Int>] = [:]
    var start = 0
    while start < lots.count {
      let id = lots[start].productID
      let end = lots[start...].firstIndex { $0.productID != id } ?? lots.count
      places[id] = start..<end
      start = end
    }
    return KeyedPage(
      items: page.items.map { item in
        StockedProduct(product: item.product, lots: places[item.product.id].map { Array(lots[$0]) } ?? [])
      }, next: page.next)
  }

  /// One product's stock with its lots in FEFO order. Any signed-in user; staff see no cost.
  ///
  /// - Throws: `productNotFound`.
  package static func get(
    _ productID: Identifier, includeEmpty: Bool = false, in read: ReadTransaction
  ) throws -> StockedProduct {
    let product = try Products.get(productID, in: read)
    return StockedProduct(product: product, lots: try lots(of: [productID], includeEmpty, in: read))
  }

  private static func lots(
    of productIDs: [Identifier], _ includeEmpty: Bool, in read: ReadTransaction
  ) throws -> [Lot] {
    try read.run(
      includeEmpty ? LotStatements.every : LotStatements.open,
      .init(productIDs: productIDs, today: read.context.today, seesCosts: read.seesCosts))
  }
}
