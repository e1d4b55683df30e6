// SQL of what the shelf has: products that run low, lots that expire or have expired.
import Postgres

enum StockReportStatements {
  /// Each product's sellable units on the date that is the first parameter, and what else is counted of its open lots.
  private static func shelf(_ more: String = "") -> String {
    #"""
    with shelf as materialized (
      select l.product_id\#(more),
        sum(l.qty_remaining) filter (where l.status = 'ok' and (l.expiry is null or l.expiry >= $1::date)) as sellable
      from lot l where l.is_open group by l.product_id)
    """#
  }

  private static let low = #"""
    product p left join shelf s on s.product_id = p.id where p.is_active and coalesce(s.sellable, 0) <= p.reorder_level
    """#

  struct LowInput {
    let today: Day
    let limit: Int
    let after: NameKey?
  }

  static let lowStock = Statement<LowInput, StockedProduct>(
    "report_low_stock",
    shelf() + #"""
       select \#(ProductStatements.columns), coalesce(s.sellable, 0)::bigint from \#(low)
        and ($2::text is null or (p.name collate "und-x-icu", p.id) > ($2::text collate "und-x-icu", $3::uuid))
      order by p.name collate "und-x-icu", p.id limit $4::int + 1
      """#
  ) { input, p in
    p.add(input.today)
    p.add(input.after?.name)
    p.add(input.after?.id)
    p.add(int32: input.limit)
  } decode: { row in
    StockedProduct(
      product: try Product(row: &row), totalQty: Int(try row.int8()), expiredQty: 0, nearestExpiry: nil, lots: nil)
  }

  struct AlertInput {
    let today: Day
    let lastExpiring: Day
  }

  /// One pass over the open lots for all three.
  static let alerts = Statement<AlertInput, StockAlerts>(
    "report_alerts",
    shelf(
      #"""
      , count(*) filter (where l.expiry >= $1::date and l.expiry <= $2::date) as expiring,
        count(*) filter (where l.expiry < $1::date) as expired
      """#) + #"""
         select (select count(*) from \#(low)), coalesce(sum(expiring), 0)::bigint, coalesce(sum(expired), 0)::bigint from shelf
        """#
  ) { input, p in
    p.add(input.today)
    p.add(input.lastExpiring)
  } decode: { row in
    StockAlerts(lowStock: Int(try row.int8()), expiring: Int(try row.int8()), expired: Int(try row.int8()))
  }

  struct LotInput {
    let from: Day
    let to: Day
    let today: Day
    var limit = 0
    var after: LotKey?
  }

  private static let expiring = "l.is_open and l.expiry >= $1::date and l.expiry <= $2::date"

  struct LotSums {
    let qty: Int
    let stockValue: Amount
  }

  static let lotTotals = Statement<LotInput, LotSums>(
    "report_lot_totals",
    #"""
    select coalesce(sum(l.qty_remaining), 0)::bigint, coalesce(sum(l.qty_remaining * l.unit_cost), 0)::text
    from lot l where \#(expiring)
    """#
  ) { input, p in
    p.add(input.from)
    p.add(input.to)
  } decode: { row in
    LotSums(qty: Int(try row.int8()), stockValue: Amount(tenThousandths: try row.wholeNumber()))
  }

  /// Lots with stock whose expiry lies between two dates, in the order in which they would be sold.
  static let lots = Statement<LotInput, ValuedLot>(
    "report_lots",
    #"""
    select \#(LotStatements.columns("$3", cost: "l.unit_cost")), l.lot_no, p.name, l.qty_remaining * l.unit_cost
    from (
      select * from lot l where \#(expiring)
        and (l.expiry, l.received_at, l.lot_no)
          > (coalesce($4::date, '-infinity'), coalesce($5::timestamptz, '-infinity'), coalesce($6::bigint, 0))
      order by l.expiry, l.received_at, l.lot_no limit $7::int + 1) l
    join product p on p.id = l.product_id
    order by l.expiry, l.received_at, l.lot_no
    """#
  ) { input, p in
    p.add(input.from)
    p.add(input.to)
    p.add(input.today)
    p.add(input.after?.expiry)
    p.add(input.after?.receivedAt)
    p.add(input.after?.number)
    p.add(int32: input.limit)
  } decode: { row in
    let lot = try Lot(row: &row)
    let number = try row.int8()
    return ValuedLot(
      lot: lot, productName: try row.text(), stockValue: Amount(tenThousandths: Int128(try row.int8())), number: number)
  }
}
