// SQL that reads sales back: headers, lines and the lots they took from.
import Postgres

package enum SaleStatements {
  private static let columns = #"""
    select s.id, s.day, s.number, s.sold_by, s.seller_name, s.sold_at, s.total, s.payment_method, s.note, s.till
    """#

  private static let head = columns + " from sale s"

  struct Wanted {
    let reference: DocumentReference
    /// Set for staff, who see their own sales only.
    let soldBy: Identifier?
  }

  static let get = Statement<Wanted, Sale>(
    "get_sale",
    head + #"""
       where (s.id = $1::uuid or (s.day = $2::date and s.number = $3::int)) and ($4::uuid is null or s.sold_by = $4::uuid)
      """#
  ) { wanted, p in
    p.add(wanted.reference)
    p.add(wanted.soldBy)
  } decode: { row in
    try Sale(row: &row)
  }

  /// Every bound is a plain comparison with the index on day and number, so that a page costs what it shows. There is one upper bound
  /// only, the place or the end of the last day: of two the server may begin at the farther one and walk to the nearer.
  private static let placed = #"""
    s.day >= coalesce($1::date, '-infinity') and (s.day <= $2::date) is not false
      and s.number >= coalesce($3::int, 0) and s.number <= coalesce($3::int, 2147483647)
      and (s.day, s.number) < (coalesce($4::date, $2::date + 1, 'infinity'), coalesce($5::int, 0))
    """#

  private static let bounds =
    placed + #"""
         and ($6::uuid is null or exists (select from sale_line l where l.sale_id = s.id and l.product_id = $6::uuid))
      """#

  private static let newestFirst = " order by s.day desc, s.number desc limit $7::int + 1"

  /// The days are those of the filter, narrowed to the receipt's own if one is asked for.
  private static func bind(_ filter: SaleFilter, _ p: inout Parameters) {
    let receipt = filter.receiptNo
    p.add([filter.from, receipt?.day].compactMap(\.self).max())
    p.add([filter.to, receipt?.day].compactMap(\.self).min())
    p.add(receipt?.number)
    p.add(filter.after)
    p.add(filter.productID)
    p.add(int32: filter.limit)
  }

  static let list = Statement<SaleFilter, Sale>("list_sales", head + " where " + bounds + newestFirst) { filter, p in
    bind(filter, &p)
  } decode: { row in
    try Sale(row: &row)
  }

  static let listOfSeller = Statement<SaleFilter, Sale>(
    "list_sales_of_seller", head + " where s.sold_by = $8::uuid and " + bounds + newestFirst
  ) { filter, p in
    bind(filter, &p)
    p.add(filter.soldByUserID)
  } decode: { row in
    try Sale(row: &row)
  }

  /// Sales that took from some lots, found through the lots' movements: costs what the lots have, whatever else was sold.
  /// The inner select is fenced, since a plan that knows no values would rather walk along the days.
  static let listOfLots = Statement<OfLots, Sale>(
    "list_sales_of_lots",
    #"""
    \#(columns)
    from (
      select f.* from sale f where f.id = any (array(
        select m.sale_id from unnest($9::uuid[]) w (lot_id)
        cross join lateral (select t.sale_id from stock_movement t where t.lot_id = w.lot_id and t.kind = 'sold' offset 0) m))
      offset 0) s
    where ($8::uuid is null or s.sold_by = $8::uuid) and \#(bounds)
    """# + newestFirst
  ) { input, p in
    bind(input.filter, &p)
    p.add(input.filter.soldByUserID)
    p.add(input.lotIDs)
  } decode: { row in
    try Sale(row: &row)
  }

  /// A product's movements between two instants, the first of them a parameter's. A date has instants from a day before it in UTC to a
  /// day after, wherever on earth the shop is.
  private static func soldOfProduct(since start: String) -> String {
    #"""
    m.product_id = $6::uuid and m.kind = 'sold' and m.at >= \#(start)
      and m.at < coalesce((least($2::date, $4::date) + 2)::timestamp at time zone 'UTC', 'infinity')
    """#
  }

  private static let ofSeller = "(s.sold_by = $8::uuid) is not false"

  /// Sales of a product, along the index on its movements' times: costs the page and a few days of the product, whatever else was sold
  /// and for however long. Numbers follow each other a little otherwise than times, so the movements tell only down to which day the
  /// page reaches, by the first of each sale; the sales of those days are then put in order. The inner selects are fenced, since a plan
  /// that knows no values would rather walk along the days.
  static let listOfProduct = Statement<SaleFilter, Sale>(
    "list_sales_of_product",
    #"""
    with reached as materialized (
      select count(*) as found, min(f.day) as day from (
        select s.day
        from stock_movement m
        cross join lateral (select f.day, f.number, f.sold_by from sale f where f.id = m.sale_id offset 0) s
        where \#(soldOfProduct(since: "coalesce(($1::date - 1)::timestamp at time zone 'UTC', '-infinity')"))
          and m.take = 1 and m.line = (select min(l.line) from sale_line l where l.sale_id = m.sale_id and l.product_id = m.product_id)
          and \#(placed) and \#(ofSeller)
        order by m.at desc limit $7::int + 1) f),
    start as (select case when found > $7::int then day end as day from reached)
    \#(columns)
    from start t
    cross join lateral (
      select distinct m.sale_id from stock_movement m
      where \#(soldOfProduct(since: "coalesce((coalesce(t.day, $1::date) - 1)::timestamp at time zone 'UTC', '-infinity')"))
        and m.day >= coalesce(t.day, '-infinity') offset 0) m
    cross join lateral (select f.* from sale f where f.id = m.sale_id offset 0) s
    where \#(placed) and \#(ofSeller)
    """# + newestFirst
  ) { filter, p in
    bind(filter, &p)
    p.add(filter.soldByUserID)
  } decode: { row in
    try Sale(row: &row)
  }

  struct SellerSpan {
    /// Whether there are so many sales that it is better not to look through them all.
    let isOften: Bool
    let first: Day
    let last: Day
  }

  /// The seller is a range and stands in the order, which only the index on sellers has.
  private static func sold(_ column: String, _ direction: String, _ count: Int) -> String {
    #"""
    (select \#(column) from sale s where s.sold_by between $1::uuid and $1::uuid
     order by s.sold_by \#(direction), s.day \#(direction), s.number \#(direction) limit \#(count))
    """#
  }

  /// How much and when somebody sold; no row for who never did.
  static let sellerSpan = Statement<Identifier, SellerSpan>(
    "seller_span",
    #"""
    select (select count(*) from \#(sold("", "asc", 1_000)) f) = 1000, d.first, d.last
    from (select \#(sold("s.day", "asc", 1)) as first, \#(sold("s.day", "desc", 1)) as last) d
    where d.last is not null
    """#
  ) { id, p in
    p.add(id)
  } decode: { row in
    SellerSpan(isOften: try row.bool(), first: try row.day(), last: try row.day())
  }

  struct OfLots {
    let filter: SaleFilter
    let lotIDs: [Identifier]
  }

  /// Every lot that a product ever had.
  static let lotsOfProduct = Statement<Identifier, Identifier>(
    "lots_of_product", "select l.id from lot l where l.product_id = $1::uuid"
  ) { id, p in
    p.add(id)
  } decode: { row in
    try row.identifier()
  }

  struct Copy {
    let id: Identifier
    let saleID: Identifier
    let printedAt: Instant
    let printedBy: Identifier
  }

  /// The next copy of a receipt, which is locked; answers its number.
  static let insertCopy = Statement<Copy, Int>(
    "insert_receipt_copy",
    #"""
    insert into receipt_copy (id, sale_id, copy_no, printed_at, printed_by)
    select $1::uuid, $2::uuid, coalesce(max(c.copy_no), 0) + 1, $3::timestamptz, $4::uuid
    from receipt_copy c where c.sale_id = $2::uuid
    returning copy_no
    """#
  ) { copy, p in
    p.add(copy.id)
    p.add(copy.saleID)
    p.add(copy.printedAt)
    p.add(copy.printedBy)
  } decode: { row in
    try row.int()
  }

  struct LineRow {
    let saleID: Identifier
    let item: SaleItem
  }

  static let lines = Statement<[Identifier], LineRow>(
    "sale_lines",
    #"""
    select l.sale_id, l.id, l.line, l.product_id, l.product_name, l.qty, l.unit_price, l.line_total
    from sale_line l where l.sale_id = any($1::uuid[]) order by l.sale_id, l.line
    """#
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    LineRow(
      saleID: try row.identifier(),
      item: SaleItem(
        id: try row.identifier(), line: try row.smallInt(), productID: try row.identifier(), productName: try row.text(),
        qty: try row.int(), unitPrice: try row.money(), lineTotal: try row.money(), allocations: []))
  }

  struct TakeInput {
    let saleIDs: [Identifier]
    let seesCosts: Bool
  }

  struct TakeRow {
    let saleID: Identifier
    let line: Int
    let allocation: SaleAllocation
  }

  /// What each line took, with the expiry and cost that the lot had then.
  static let takes = Statement<TakeInput, TakeRow>(
    "sale_takes",
    #"""
    select m.sale_id, m.line, m.lot_id, l.ref_no, m.expiry, -m.qty, case when $2::bool then m.unit_cost end
    from stock_movement m join lot l on l.id = m.lot_id
    where m.sale_id = any($1::uuid[]) order by m.sale_id, m.line, m.take
    """#
  ) { input, p in
    p.add(input.saleIDs)
    p.add(input.seesCosts)
  } decode: { row in
    TakeRow(
      saleID: try row.identifier(), line: try row.smallInt(),
      allocation: SaleAllocation(
        lotID: try row.identifier(), lotRefNo: try row.text(), expiryDate: try row.optionalDay(), qtyTaken: try row.int(),
        unitCost: try row.optionalUnitCost()))
  }
}

extension Sale {
  fileprivate init(row: inout RowReader) throws {
    id = try row.identifier()
    number = try row.documentNumber(.receipt)
    soldBy = Actor(id: try row.identifier(), name: try row.text())
    soldAt = try row.instant()
    totalAmount = try row.money()
    paymentMethod = try row.text()
    note = try row.optionalText()
    till = try row.optionalText()
    items = []
  }
}
