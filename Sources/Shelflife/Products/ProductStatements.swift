// SQL of the catalogue, with what goes in and what comes out.
import Postgres

enum ProductStatements {
  /// The columns of a product, as `Product.init(row:)` reads them.
  static let columns = "p.id, p.name, p.price, p.reorder_level, p.is_active, p.tracks_expiry, p.created_at, p.updated_at"

  static let get = Statement<[Identifier], Product>(
    "get_products", "select \(columns) from product p where p.id = any($1::uuid[])"
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    try Product(row: &row)
  }

  /// Keeps the products as they are until the transaction ends: no rename, repricing or deactivation in the middle of a sale.
  static let share = Statement<[Identifier], Product>(
    "share_products", "select \(columns) from product p where p.id = any($1::uuid[]) order by p.id for share of p"
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    try Product(row: &row)
  }

  static let lock = Statement<Identifier, Product>(
    "lock_product", "select \(columns) from product p where p.id = $1::uuid for update of p"
  ) { id, p in
    p.add(id)
  } decode: { row in
    try Product(row: &row)
  }

  struct Written {
    let product: Product
    let nameKey: String
    let searchKey: String
  }

  static let insert = Statement<Written, Void>(
    "insert_product",
    #"""
    insert into product (id, name, price, reorder_level, is_active, tracks_expiry, created_at, updated_at, name_key, search_key)
    values ($1::uuid, $2::text, $3::bigint, $4::int, $5::bool, $6::bool, $7::timestamptz, $8::timestamptz, $9::text, $10::text)
    """#,
    bind: bind)

  static let update = Statement<Written, Void>(
    "update_product",
    #"""
    update product set name = $2::text, price = $3::bigint, reorder_level = $4::int, is_active = $5::bool,
      tracks_expiry = $6::bool, updated_at = $8::timestamptz, name_key = $9::text, search_key = $10::text
    where id = $1::uuid and created_at = $7::timestamptz
    """#,
    bind: bind)

  private static let bind: @Sendable (Written, inout Parameters) -> Void = { written, p in
    let product = written.product
    p.add(product.id)
    p.add(product.name)
    p.add(product.sellingPrice)
    p.add(int32: product.reorderLevel)
    p.add(product.isActive)
    p.add(product.tracksExpiry)
    p.add(product.createdAt)
    p.add(product.updatedAt)
    p.add(written.nameKey)
    p.add(written.searchKey)
  }

  /// Products with their stock on the date that is the statement's first parameter, if a condition on the statement holds.
  private static func stock(of products: String, if condition: String = "") -> String {
    #"""
    select \#(columns), s.sellable, s.expired, s.nearest
    from \#(products) p
    cross join lateral (
      select coalesce(sum(l.qty_remaining) filter (where l.status = 'ok' and (l.expiry is null or l.expiry >= $1::date)), 0)::bigint as sellable,
        coalesce(sum(l.qty_remaining) filter (where l.expiry < $1::date), 0)::bigint as expired,
        min(l.expiry) filter (where l.status = 'ok' and l.expiry >= $1::date) as nearest
      from lot l where l.product_id = p.id and l.is_open\#(condition)) s
    """#
  }

  struct Listing {
    let filter: ProductFilter
    let today: Day
    let withStock: Bool
  }

  /// One page, cut before anything is added up for it. No name is empty, so that a list without a cursor begins behind the empty one.
  private static func page(_ more: String = "") -> String {
    stock(
      of: #"""
        (
          select p.*, p.name collate "und-x-icu" as place from product p
          where (p.is_active or $2::bool) and (p.name collate "und-x-icu", p.id)
            > (coalesce($3::text, '') collate "und-x-icu", coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))\#(more)
          order by p.name collate "und-x-icu", p.id limit $5::int + 1)
        """#, if: " and $6::bool") + " order by p.place, p.id"
  }

  /// Products by name, each with its sellable and expired stock on a date if that is wanted, along the index on the name.
  static let list = Statement<Listing, StockedProduct>("list_products", page()) { listing, p in
    bind(listing, &p)
  } decode: { row in
    try StockedProduct(row: &row)
  }

  /// The same of those products whose names have some words.
  static let find = Statement<Listing, StockedProduct>("find_products", page(" and p.search_key like all ($7::text[])")) {
    listing, p in
    bind(listing, &p)
    p.add(listing.filter.patterns)
  } decode: { row in
    try StockedProduct(row: &row)
  }

  private static func bind(_ listing: Listing, _ p: inout Parameters) {
    p.add(listing.today)
    p.add(listing.filter.includeInactive)
    p.add(listing.filter.after?.name)
    p.add(listing.filter.after?.id)
    p.add(int32: listing.filter.limit)
    p.add(listing.withStock)
  }

  struct StockListing {
    let ids: [Identifier]
    let today: Day
  }

  /// Some products, each with its sellable and expired stock on a date.
  static let stocked = Statement<StockListing, StockedProduct>(
    "get_stocked_products",
    stock(of: "product") + " where p.id = any($2::uuid[])"
  ) { input, p in
    p.add(input.today)
    p.add(input.ids)
  } decode: { row in
    try StockedProduct(row: &row)
  }
}

extension Product {
  init(row: inout RowReader) throws {
    id = try row.identifier()
    name = try row.text()
    sellingPrice = try row.money()
    reorderLevel = try row.int()
    isActive = try row.bool()
    tracksExpiry = try row.bool()
    createdAt = try row.instant()
    updatedAt = try row.instant()
  }
}

extension StockedProduct {
  fileprivate init(row: inout RowReader) throws {
    product = try Product(row: &row)
    totalQty = Int(try row.int8())
    expiredQty = Int(try row.int8())
    nearestExpiry = try row.optionalDay()
    lots = nil
  }
}
