// SQL of deliveries and of the lots they make.
import Postgres

enum StockInStatements {
  static let insert = Statement<StockIn, Void>(
    "insert_stock_in",
    #"""
    insert into stock_in (id, day, number, created_by, created_at, supplier_name, note, last_line)
    values ($1::uuid, $2::date, $3::int, $4::uuid, $5::timestamptz, $6::text, $7::text, $8::smallint)
    """#
  ) { stockIn, p in
    p.add(stockIn.id)
    p.add(stockIn.number.day)
    p.add(stockIn.number.number)
    p.add(stockIn.createdBy.id)
    p.add(stockIn.createdAt)
    p.add(stockIn.supplierName)
    p.add(stockIn.note)
    p.add(int16: stockIn.items.count)
  }

  /// A lot before its first movement: the movement's deferred key closes the pair at commit.
  static let insertLots = Statement<StockIn, Void>(
    "insert_lots",
    #"""
    insert into lot (id, product_id, stock_in_id, line, lines_left, ref_no, batch_no, expiry, unit_cost, received_at, qty_received, seq, qty_remaining)
    select u.id, u.product_id, $1::uuid, u.line, cardinality($4::uuid[]) - u.line, $2::text || '-' || u.line, u.batch_no, u.expiry, u.unit_cost, $3::timestamptz,
      u.qty, 1, u.qty
    from unnest($4::uuid[], $5::uuid[], $6::text[], $7::date[], $8::bigint[], $9::int[])
      with ordinality u (id, product_id, batch_no, expiry, unit_cost, qty, line)
    order by u.line
    """#
  ) { stockIn, p in
    p.add(stockIn.id)
    p.add(stockIn.number.text)
    p.add(stockIn.createdAt)
    p.add(stockIn.items.map(\.lotID))
    p.add(stockIn.items.map(\.productID))
    p.add(stockIn.items.map(\.batchNo))
    p.add(stockIn.items.map(\.expiryDate))
    p.add(stockIn.items.map(\.unitCost))
    p.add(int32s: stockIn.items.map(\.qtyAdded))
  }

  static let insertMovements = Statement<StockIn, Void>(
    "insert_received_movements",
    #"""
    insert into stock_movement (lot_id, seq, product_id, kind, qty, balance, at, day, expiry, unit_cost)
    select u.id, 1, u.product_id, 'received', u.qty, u.qty, $1::timestamptz, $2::date, u.expiry, u.unit_cost
    from unnest($3::uuid[], $4::uuid[], $5::date[], $6::bigint[], $7::int[]) u (id, product_id, expiry, unit_cost, qty)
    """#
  ) { stockIn, p in
    p.add(stockIn.createdAt)
    p.add(stockIn.number.day)
    p.add(stockIn.items.map(\.lotID))
    p.add(stockIn.items.map(\.productID))
    p.add(stockIn.items.map(\.expiryDate))
    p.add(stockIn.items.map(\.unitCost))
    p.add(int32s: stockIn.items.map(\.qtyAdded))
  }

  private static let head = #"""
    select s.id, s.day, s.number, u.id, u.name, s.created_at, s.supplier_name, s.note
    from stock_in s join app_user u on u.id = s.created_by
    """#

  static let get = Statement<DocumentReference, StockIn>(
    "get_stock_in",
    head + " where s.id = $1::uuid or (s.day = $2::date and s.number = $3::int)"
  ) { reference, p in
    p.add(reference)
  } decode: { row in
    try StockIn(row: &row)
  }

  /// The maker is looked up for each delivery shown, so that the index alone gives the order.
  private static let shown = #"""
    select s.id, s.day, s.number, s.created_by, (select u.name from app_user u where u.id = s.created_by), s.created_at,
      s.supplier_name, s.note
    """#

  /// One upper bound only, as of sales.
  private static let bounds = #"""
     where s.day >= coalesce($1::date, '-infinity') and (s.day <= $2::date) is not false
      and (s.day, s.number) < (coalesce($3::date, $2::date + 1, 'infinity'), coalesce($4::int, 0))
    """#

  private static let newestFirst = " order by s.day desc, s.number desc limit $5::int + 1"

  static let list = Statement<DocumentFilter, StockIn>("list_stock_ins", shown + " from stock_in s" + bounds + newestFirst) {
    filter, p in
    bind(filter, &p)
  } decode: { row in
    try StockIn(row: &row)
  }

  /// Through the product's lots, however many deliveries there are of others. The inner select is fenced, since a plan that knows
  /// no values would rather walk along the days.
  static let listOfProduct = Statement<DocumentFilter, StockIn>(
    "list_stock_ins_of_product",
    shown + #"""
       from (
        select f.* from stock_in f where f.id = any (array(select l.stock_in_id from lot l where l.product_id = $6::uuid)) offset 0) s
      """# + bounds + newestFirst
  ) { filter, p in
    bind(filter, &p)
    p.add(filter.productID)
  } decode: { row in
    try StockIn(row: &row)
  }

  private static func bind(_ filter: DocumentFilter, _ p: inout Parameters) {
    p.add(filter.from)
    p.add(filter.to)
    p.add(filter.after)
    p.add(int32: filter.limit)
  }

  struct ItemRow {
    let stockInID: Identifier
    let item: StockInItem
  }

  /// Lines as they were received: from the lots' first movements, which no later correction changes.
  static let items = Statement<[Identifier], ItemRow>(
    "stock_in_items",
    #"""
    select l.stock_in_id, l.id, l.product_id, p.name, m.qty, m.unit_cost, m.expiry, l.batch_no
    from lot l join stock_movement m on m.lot_id = l.id and m.seq = 1 join product p on p.id = l.product_id
    where l.stock_in_id = any($1::uuid[]) and l.line is not null
    order by l.stock_in_id, l.line
    """#
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    let stockInID = try row.identifier()
    let lotID = try row.identifier()
    return ItemRow(
      stockInID: stockInID,
      item: StockInItem(
        id: lotID, productID: try row.identifier(), productName: try row.text(), qtyAdded: try row.int(),
        unitCost: try row.unitCost(), expiryDate: try row.optionalDay(), batchNo: try row.optionalText(), lotID: lotID))
  }
}

extension StockIn {
  fileprivate init(row: inout RowReader) throws {
    id = try row.identifier()
    number = try row.documentNumber(.delivery)
    createdBy = Actor(id: try row.identifier(), name: try row.text())
    createdAt = try row.instant()
    supplierName = try row.optionalText()
    note = try row.optionalText()
    items = []
  }
}
