// SQL that reads the shelf ahead: what a session that sells alone will be asked for next.
import Postgres

/// Products and the first of their lots that can be sold, in the order of selling.
struct ShelfReading {
  /// Of a larger shop the rest is remembered as it is sold.
  static let mostProducts = 8_000
  /// A sale that empties the first still finds the second.
  static let lotsOfEach = 2

  let products: [Product]
  let lots: [StockedLot]
}

extension SaleStatements {
  /// Queues the reading of the shelf, which locks nothing; what is returned gives it after the `sync()`.
  static func sendShelf(at now: Instant, in opening: Pipeline) throws(PostgresError) -> () throws -> ShelfReading {
    let products = try opening.send(shelfProducts)
    let lots = try opening.send(shelfLots, now)
    return { ShelfReading(products: try products.rows(), lots: try lots.rows()) }
  }

  static let shelfProducts = Statement<Void, Product>(
    "shelf_products",
    "select \(ProductStatements.columns) from product p where p.is_active order by p.id limit \(ShelfReading.mostProducts)"
  ) { row in
    try Product(row: &row)
  }

  static let shelfLots = Statement<Instant, StockedLot>(
    "shelf_lots",
    #"""
    with today as materialized (select ($1::timestamptz at time zone s.time_zone)::date as day from store s)
    select \#(lotColumns)
    from (select p.id from product p where p.is_active order by p.id limit \#(ShelfReading.mostProducts)) p
    cross join lateral (
      select * from lot c
      where c.product_id = p.id and c.is_open and c.status = 'ok' and (c.expiry is null or c.expiry >= (select day from today))
      order by c.expiry, c.received_at, c.lot_no limit \#(ShelfReading.lotsOfEach)) l
    """#
  ) { now, p in
    p.add(now)
  } decode: { row in
    try StockedLot(row: &row)
  }
}
