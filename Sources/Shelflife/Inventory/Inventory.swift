// Stock on hand: totals, nearest expiry and the lots behind them.

package enum Inventory {
  /// So many products' lots are asked for at a time: while the server looks for the next, those are made into items.
  private static let slice = 100

  /// Products by name with their stock, with their lots if asked: those with stock, or all there ever were. Any signed-in user; staff see no cost.
  ///
  /// `item` says what the page is made of; it is asked once a product, in their order.
  package static func list<Item>(
    _ filter: ProductFilter, withLots: Bool, includeEmpty: Bool = false, in read: ReadTransaction,
    item: @escaping (StockedProduct) -> Item
  ) throws -> KeyedPage<Item, NameKey> {
    let page = try Products.list(filter, withStock: !withLots, in: read)
    guard withLots else { return KeyedPage(items: page.items.map(item), next: page.next) }
    var items: [Item] = []
    let reading = read.connection.pipeline()
    let slices = try stride(from: 0, to: page.items.count, by: slice).map { start in
      let products = page.items[start...].prefix(slice).map(\.product)
      let lots = try reading.send(
        includeEmpty ? LotStatements.every : LotStatements.open, input(products.map(\.id), in: read))
      lots.whenThere { items += stocked(products, $0).map(item) }
      return lots
    }
    try reading.sync()
    for slice in slices { _ = try slice.rows() }
    return KeyedPage(items: items, next: page.next)
  }

  /// Products with their lots, which come product by product, each one's together.
  private static func stocked(_ products: [Product], _ lots: [Lot]) -> [StockedProduct] {
    var places: [Identifier: Range<Int>] = [:]
    var start = 0
    while start < lots.count {
      let id = lots[start].productID
      let end = lots[start...].firstIndex { $0.productID != id } ?? lots.count
      places[id] = start..<end
      start = end
    }
    return products.map { StockedProduct(product: $0, lots: places[$0.id].map { Array(lots[$0]) } ?? []) }
  }

  /// One product's stock with its lots in FEFO order. Any signed-in user; staff see no cost.
  ///
  /// - Throws: `productNotFound`.
  package static func get(
    _ productID: Identifier, includeEmpty: Bool = false, in read: ReadTransaction
  ) throws -> StockedProduct {
    let product = try Products.get(productID, in: read)
    let lots = try read.run(includeEmpty ? LotStatements.every : LotStatements.open, input([productID], in: read))
    return StockedProduct(product: product, lots: lots)
  }

  private static func input(_ productIDs: [Identifier], in read: ReadTransaction) -> LotStatements.Input {
    LotStatements.Input(productIDs: productIDs, today: read.context.today, seesCosts: read.seesCosts)
  }
}
