// The catalogue: creating, changing and finding products.
import Postgres

package enum Products {
  /// Creates a product. Owner only; locks the store's row, shared: with the first price the currency is settled.
  ///
  /// - Throws: `productNameTaken`, `idTaken`.
  package static func create(_ new: NewProduct, in transaction: WriteTransaction) throws -> Product {
    try Stores.holdCurrency(in: transaction)
    let now = transaction.info.now
    let product = Product(
      id: new.id ?? IdentifierMaker.shared.make(at: now), name: new.name.text, sellingPrice: new.sellingPrice,
      reorderLevel: new.reorderLevel, isActive: new.isActive, tracksExpiry: new.tracksExpiry, createdAt: now, updatedAt: now)
    try naming(product.id) {
      _ = try transaction.run(ProductStatements.insert, written(product, name: new.name))
    }
    transaction.audit(.product, product.id)
    transaction.changes = differences(from: nil, to: product, transaction.context.store.currency)
    return product
  }

  /// Changes the members that are given; past receipts keep what they saw. Owner only; locks the product's row.
  ///
  /// - Throws: `productNotFound`, `productNameTaken`.
  package static func update(_ change: ProductChange, in transaction: WriteTransaction) throws -> Product {
    guard let old = try transaction.run(ProductStatements.lock, change.id).first else {
      throw Fault.productNotFound([change.id])
    }
    let name = try change.name ?? Name(parsing: old.name)
    let product = Product(
      id: old.id, name: name.text, sellingPrice: change.sellingPrice ?? old.sellingPrice,
      reorderLevel: change.reorderLevel ?? old.reorderLevel, isActive: change.isActive ?? old.isActive,
      tracksExpiry: change.tracksExpiry ?? old.tracksExpiry, createdAt: old.createdAt, updatedAt: transaction.info.now)
    try naming(product.id) {
      _ = try transaction.run(ProductStatements.update, written(product, name: name))
    }
    transaction.audit(.product, product.id)
    transaction.changes = differences(from: old, to: product, transaction.context.store.currency)
    return product
  }

  /// One product. Any signed-in user.
  ///
  /// - Throws: `productNotFound`.
  package static func get(_ id: Identifier, in read: ReadTransaction) throws -> Product {
    guard let product = try read.run(ProductStatements.get, [id]).first else { throw Fault.productNotFound([id]) }
    return product
  }

  /// Products by name with their sellable stock, or as if there were none. Any signed-in user.
  package static func list(
    _ filter: ProductFilter, withStock: Bool = true, in read: ReadTransaction
  ) throws -> KeyedPage<StockedProduct, NameKey> {
    let statement = filter.words.isEmpty ? ProductStatements.list : ProductStatements.find
    let rows = try read.run(statement, .init(filter: filter, today: read.context.today, withStock: withStock))
    return KeyedPage(rows, limit: filter.limit) { NameKey(name: $0.product.name, id: $0.product.id) }
  }

  private static func written(_ product: Product, name: Name) -> ProductStatements.Written {
    .init(product: product, nameKey: name.key, searchKey: SearchKey.key(name.text))
  }

  private static func naming(_ id: Identifier, _ work: () throws -> Void) throws {
    do {
      try work()
    } catch let error as PostgresError where error.violates("product_name_key_key") {
      throw Fault.productNameTaken
    } catch let error as PostgresError where error.violates("product_pkey") {
      throw Fault.idTaken(id)
    }
  }

  private static func differences(from old: Product?, to new: Product, _ currency: Currency) -> [AuditChange] {
    func change(_ member: String, _ value: (Product) -> String) -> AuditChange? {
      .changed(member, old.map(value), value(new))
    }
    return [
      change("name", \.name), change("sellingPrice") { $0.sellingPrice.text(digits: currency.minorDigits) },
      change("reorderLevel") { String($0.reorderLevel) }, change("isActive") { String($0.isActive) },
      change("tracksExpiry") { String($0.tracksExpiry) },
    ].compactMap(\.self)
  }
}
