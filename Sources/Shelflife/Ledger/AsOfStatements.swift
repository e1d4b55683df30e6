// SQL of the stock at the end of a day.
import Postgres

enum AsOfStatements {
  struct Input {
    let date: Day
    let productID: Identifier?
    let limit: Int
    let after: Int64?
  }

  /// The totals with one lot of the page, or alone where the page is empty.
  struct Row {
    let totals: StockAsOf.Totals
    let lot: LotBalance?
  }

  /// Each lot's balance after its last movement up to the day, which the primary key finds by itself: it includes the day. A lot received
  /// a day or more later by any clock on earth is passed over unlooked at: its business dates lie at most a day before its date in UTC.
  /// A lot that is empty now was empty then, if that movement is its last.
  private static func page(_ which: String) -> String {
    #"""
    with held as materialized (
      select l.lot_no, l.id, l.ref_no, l.product_id, l.batch_no, m.balance, m.expiry, m.unit_cost
      from \#(which)
      cross join lateral (
        select w.seq from stock_movement w where w.lot_id = l.id and w.day <= $1::date order by w.seq desc limit 1) v
      cross join lateral (
        select m.balance, m.expiry, m.unit_cost from stock_movement m where m.lot_id = l.id and m.seq = v.seq offset 0) m
      where l.received_at < ($1::date + 2)::timestamp at time zone 'UTC' and (l.is_open or v.seq < l.seq) and m.balance > 0)
    select t.lots, t.qty, t.value, h.id, h.ref_no, h.product_id, h.name, h.batch_no, h.expiry, h.balance, h.unit_cost, h.lot_no
    from (
      select count(*) as lots, coalesce(sum(balance), 0)::bigint as qty, coalesce(sum(balance * unit_cost), 0)::text as value from held) t
    left join lateral (
      select f.*, (select p.name from product p where p.id = f.product_id) as name
      from (select * from held where lot_no > coalesce($2::bigint, 0) order by lot_no limit $3::int + 1) f) h on true
    order by h.lot_no
    """#
  }

  /// Only lots that are open or were emptied by a movement of a later day: the last movement of any other left nothing, on that day or
  /// before it. The index on such movements tells them, so that no lot that was empty long before is looked up.
  private static let open = #"""
    (select o.* from lot o where o.is_open
     union all
     select o.*
     from (select distinct m.lot_id from stock_movement m where m.balance = 0 and m.day > $1::date) e
     join lot o on o.id = e.lot_id where not o.is_open) l
    """#

  static let all = Statement<Input, Row>("stock_as_of", page(open)) { input, p in
    bind(input, &p)
  } decode: { row in
    try Row(row: &row)
  }

  static let ofProduct = Statement<Input, Row>(
    "stock_as_of_product", page("(select * from lot o where o.product_id = $4::uuid offset 0) l")
  ) { input, p in
    bind(input, &p)
    p.add(input.productID)
  } decode: { row in
    try Row(row: &row)
  }

  private static func bind(_ input: Input, _ p: inout Parameters) {
    p.add(input.date)
    p.add(input.after)
    p.add(int32: input.limit)
  }
}

extension AsOfStatements.Row {
  fileprivate init(row: inout RowReader) throws {
    totals = StockAsOf.Totals(
      lots: Int(try row.int8()), qty: Int(try row.int8()), stockValue: Amount(tenThousandths: try row.wholeNumber()))
    guard let lotID = try row.optionalIdentifier() else {
      for _ in 0..<8 { row.skip() }
      lot = nil
      return
    }
    lot = LotBalance(
      lotID: lotID, lotRefNo: try row.text(), productID: try row.identifier(), productName: try row.text(),
      batchNo: try row.optionalText(), expiryDate: try row.optionalDay(), qty: try row.int(), unitCost: try row.unitCost(),
      number: try row.int8())
  }
}
