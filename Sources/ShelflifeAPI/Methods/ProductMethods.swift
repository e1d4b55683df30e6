// products.*: the catalogue.
import JSONRPC
import Shelflife

struct ProductListParams: Sendable {
  let query: String?
  let includeInactive: Bool
  var withLots = false
  var includeEmpty = false
  let list: ListParams

  /// What a cursor is tied to.
  func filterDigest(_ method: String) -> [UInt8] {
    Shape<ListParams>.filterDigest(method, query, "\(includeInactive)")
  }

  func filter(_ method: String) throws(Fault) -> ProductFilter {
    ProductFilter(
      words: query.map(SearchKey.words) ?? [], includeInactive: includeInactive, limit: list.limit,
      after: try Cursor.nameKey(list.cursor, filter: filterDigest(method)))
  }

  static let query = Member<ProductListParams, String?>.optional(
    "query", .cleaned(0...200), "Words; each must begin a word of the name, whatever its case and accents.", \.query)
  static let includeInactive = Member<ProductListParams, Bool>.defaulted(
    "includeInactive", .bool, "Whether inactive products are listed too.", default: false, \.includeInactive)
  static let list = Member<ProductListParams, ListParams>.members(of: ListParams.shape, \.list)
}

enum ProductMethods {
  private static let reorderLevel = Shape<Int>.integer(0...1_000_000)

  static let all: [ServedMethod] = [
    ServedMethod(
      "products.create", "Adds a product to the catalogue.", access: .owner,
      params: .record(
        .optional("id", .identifier, "An id made by the client; else one is made.", \.id),
        .required("name", .name, "Unique in the shop whatever its case, inactive products included.", \.name),
        .required("sellingPrice", .money, "The price of one unit; zero is allowed.", \.sellingPrice),
        .defaulted("reorderLevel", reorderLevel, "At or below this many units the product is low.", default: 0, \.reorderLevel),
        .defaulted("isActive", .bool, "Whether it may be sold and delivered.", default: true, \.isActive),
        .defaulted("tracksExpiry", .bool, "Whether each delivery needs an expiry date.", default: true, \.tracksExpiry),
        make: {
          NewProduct(id: $0, name: $1, sellingPrice: $2, reorderLevel: $3, isActive: $4, tracksExpiry: $5)
        }),
      result: .product, faults: [.idTaken(.none), .productNameTaken],
      .write({ try Products.create($0, in: $1) })),
    ServedMethod(
      "products.update", "Changes the members that are given; past receipts keep what they saw.", access: .owner,
      params: .record(
        .required("id", .identifier, "The product.", \.id),
        .optional("name", .name, "A new name.", \.name),
        .optional("sellingPrice", .money, "A new price, for sales from now on.", \.sellingPrice),
        .optional("reorderLevel", reorderLevel, "A new reorder level.", \.reorderLevel),
        .optional("isActive", .bool, "Whether it may be sold and delivered.", \.isActive),
        .optional("tracksExpiry", .bool, "Whether each delivery from now on needs an expiry date.", \.tracksExpiry),
        make: {
          ProductChange(id: $0, name: $1, sellingPrice: $2, reorderLevel: $3, isActive: $4, tracksExpiry: $5)
        }),
      result: .product, faults: [.productNotFound([]), .productNameTaken],
      .write({ try Products.update($0, in: $1) })),
    ServedMethod(
      "products.get", "One product.", access: .signedIn,
      params: .record(.required("id", .identifier, "The product.", \.self), make: { $0 }), result: .product,
      faults: [.productNotFound([])],
      .quickRead { id, read in try Products.get(id, in: read) }),
    ServedMethod(
      "products.list", "Products by name, with their sellable stock.", access: .signedIn,
      params: .record(
        ProductListParams.query, ProductListParams.includeInactive, ProductListParams.list,
        make: { ProductListParams(query: $0, includeInactive: $1, list: $2) }),
      result: .page(of: .listedProduct),
      .read { params, read, _ in
        let page = try Products.list(try params.filter("products.list"), in: read)
        return Page(
          items: page.items.map { ListedProduct(product: $0.product, totalQty: $0.totalQty) },
          nextCursor: page.next.map { Cursor.text($0, filter: params.filterDigest("products.list")) })
      }),
  ]
}

/// Whose lots are asked for, and which of them.
private struct LotParams: Sendable {
  let productID: Identifier
  let includeEmpty: Bool
}

enum InventoryMethods {
  static let all: [ServedMethod] = [
    ServedMethod(
      "inventory.list", "Products by name with their stock and, if asked, their lots.", access: .signedIn,
      params: .record(
        ProductListParams.query, ProductListParams.includeInactive,
        .defaulted("withLots", .bool, "Whether each product's lots are listed.", default: false, \.withLots),
        .defaulted("includeEmpty", .bool, "Whether lots without stock are listed too.", default: false, \.includeEmpty),
        ProductListParams.list,
        make: { ProductListParams(query: $0, includeInactive: $1, withLots: $2, includeEmpty: $3, list: $4) }),
      result: .page(of: .written(as: .stockedProduct)),
      .read { params, read, _ in
        let scale = read.context.store.currency.minorDigits
        let page = try Inventory.list(
          try params.filter("inventory.list"), withLots: params.withLots, includeEmpty: params.includeEmpty, in: read
        ) { Written($0, as: .stockedProduct, moneyScale: scale) }
        return Page(
          items: page.items, nextCursor: page.next.map { Cursor.text($0, filter: params.filterDigest("inventory.list")) })
      }),
    ServedMethod(
      "inventory.get", "One product's stock, with its lots in the order in which they are sold.", access: .signedIn,
      params: .record(
        .required("productId", .identifier, "The product.", \.productID),
        .defaulted("includeEmpty", .bool, "Whether lots without stock are listed too.", default: false, \.includeEmpty),
        make: { LotParams(productID: $0, includeEmpty: $1) }),
      result: .stockedProduct,
      faults: [.productNotFound([])],
      .read { params, read, _ in try Inventory.get(params.productID, includeEmpty: params.includeEmpty, in: read) }),
  ]
}
