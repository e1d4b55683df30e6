// SQL that makes sales: what is locked before planning, and the sets that write a planned group.
import Postgres

extension SaleStatements {
  package struct LotNeeds {
    let productIDs: [Identifier]
    let needs: [Int64]
    let now: Instant
  }

  static let lotColumns =
    "l.id, l.product_id, l.lot_no, l.expiry, l.received_at, l.status, l.qty_remaining, l.ref_no, l.seq, l.unit_cost"

  /// Locks, in FEFO order, as few sellable lots of each product as hold the quantity needed.
  package static let lockLots = Statement<LotNeeds, StockedLot>(
    "lock_lots",
    #"""
    select \#(lotColumns)
    from lot l
    where l.id = any (array(
      select f.id
      from unnest($1::uuid[], $2::bigint[]) w (product_id, need)
      cross join lateral (
        select c.id, coalesce(sum(c.qty_remaining) over (order by c.expiry, c.received_at, c.lot_no
          rows between unbounded preceding and 1 preceding), 0) as before
        from lot c
        where c.product_id = w.product_id and c.is_open and c.status = 'ok'
          and (c.expiry is null or c.expiry >= (select ($3::timestamptz at time zone s.time_zone)::date from store s))) f
      where f.before < w.need))
    and l.qty_remaining > 0 and l.status = 'ok'
    order by l.expiry nulls last, l.received_at, l.lot_no
    for update of l
    """#
  ) { input, p in
    p.add(input.productIDs)
    p.add(input.needs)
    p.add(input.now)
  } decode: { row in
    try StockedLot(row: &row)
  }

  /// Every lot with stock of some products, sellable or not; locks nothing.
  static let allLots = Statement<[Identifier], StockedLot>(
    "all_lots", "select \(lotColumns) from lot l where l.product_id = any($1::uuid[]) and l.is_open"
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    try StockedLot(row: &row)
  }

  /// Which of some ids a sale has already.
  static let existing = Statement<[Identifier], Identifier>(
    "existing_sales", "select id from sale where id = any($1::uuid[])"
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    try row.identifier()
  }

  package struct Group {
    let till: TillName
    let sales: [PlannedSale]
    let lots: [StockedLot]
    let day: Day
    let movements: [SoldMovement]

    package init(till: TillName, sales: [PlannedSale], lots: [StockedLot], day: Day) {
      self.till = till
      self.sales = sales
      self.lots = lots
      self.day = day
      movements = SoldMovement.all(of: sales, lots: lots)
    }
  }

  /// A set of rows from parameters that are arrays, one a column, in a row from the first of them by its number.
  ///
  /// The server steps through them side by side; as functions in `from` it would first copy each array to a set of its own.
  static func rows(from first: Int, _ columns: KeyValuePairs<String, String>) -> String {
    "select "
      + columns.enumerated().map { "unnest($\(first + $0.offset)::\($0.element.value)[]) as \($0.element.key)" }
      .joined(separator: ", ")
  }

  /// The lines of the sales, from the ten parameters that `bindLines` adds.
  static func insertLines(from first: Int) -> String {
    let rows = rows(
      from: first,
      [
        "sale_id": "uuid", "line": "smallint", "lines_left": "smallint", "id": "uuid", "product_id": "uuid",
        "product_name": "text",
        "qty": "int", "unit_price": "bigint", "running_total": "bigint", "last_take": "smallint",
      ])
    return #"""
      lines as (
        insert into sale_line (sale_id, line, lines_left, id, product_id, product_name, qty, unit_price, line_total,
          running_total, last_take)
        select u.sale_id, u.line, u.lines_left, u.id, u.product_id, u.product_name, u.qty, u.unit_price, u.unit_price * u.qty,
          u.running_total, u.last_take
        from (\#(rows)) u)
      """#
  }

  /// What they take, of the day `$1`, from the thirteen parameters that `bindMovements` adds; behind a CTE of one row, if one is named.
  static func insertMovements(from first: Int, behind locks: String? = nil) -> String {
    let rows = rows(
      from: first,
      [
        "lot_id": "uuid", "seq": "int", "product_id": "uuid", "qty": "int", "balance": "int", "at": "timestamptz",
        "expiry": "date",
        "unit_cost": "bigint", "sale_id": "uuid", "line": "smallint", "take": "smallint", "takes_left": "smallint",
        "taken": "int",
      ])
    return #"""
      movements as (
        insert into stock_movement (lot_id, seq, product_id, kind, qty, balance, at, day, expiry, unit_cost,
          sale_id, line, take, takes_left, taken)
        select u.lot_id, u.seq, u.product_id, 'sold', -u.qty, u.balance, u.at, $1::date, u.expiry, u.unit_cost,
          u.sale_id, u.line, u.take, u.takes_left, u.taken
        from \#(locks.map { "\($0) cross join " } ?? "")(\#(rows)) u)
      """#
  }

  /// Writes a group as one statement, by sets: numbers, sales, lines, movements, keys and lots; answers the last number.
  ///
  /// The lots are locked already; the counter's row is locked here. A lot gets one row, however many sales take from it.
  package static let write = Statement<Group, Int32>(
    "write_sales",
    #"""
    with counted as (
      insert into day_counter (day, receipts) values ($1::date, cardinality($2::uuid[]))
      on conflict (day) do update set receipts = coalesce(day_counter.receipts, 0) + cardinality($2::uuid[])
      returning receipts),
    marked as (update clock_mark set day = $1::date where day is null or day < $1::date),
    sold as materialized (
      select u.*, c.receipts - cardinality($2::uuid[]) + u.ord::int as number
      from unnest($2::uuid[], $3::timestamptz[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::smallint[], $9::bigint[],
          $10::text[], $11::bytea[])
        with ordinality u (id, sold_at, sold_by, seller_name, payment_method, note, last_line, total, key, key_digest, ord)
      cross join counted c),
    sales as (
      insert into sale (id, day, number, sold_at, sold_by, seller_name, payment_method, note, last_line, total, till)
      select id, $1::date, number, sold_at, sold_by, seller_name, payment_method, note, last_line, total, $38::text from sold),
    \#(insertLines(from: 12)),
    \#(insertMovements(from: 22)),
    lots as (
      update lot l set seq = u.seq, qty_remaining = u.balance
      from (\#(rows(from: 35, ["id": "uuid", "seq": "int", "balance": "int"]))) u where l.id = u.id),
    keys as (
      insert into idempotency_key (key, digest, at, sale_id) select key, key_digest, sold_at, id from sold where key is not null)
    select receipts from counted
    """#
  ) { group, p in
    p.add(group.day)
    p.add(group.sales.map { $0.id })
    bindHeaders(group.sales, &p)
    bindLines(SoldLine.all(of: group.sales), &p)
    bindMovements(group.movements, &p)
    let updates = LotUpdates(group.sales, lots: group.lots)
    p.add(updates.ids)
    p.add(updates.seqs)
    p.add(updates.balances)
    p.add(group.till.text)
  } decode: { row in
    try row.int4()
  }

  /// The group's audit link, under the head's lock: the last statement before the commit, since every till waits for it. What an
  /// entry digests is `SaleDigest` and the number, as the view `sale_digest` has it.
  package static let audit = Statement<Group, AuditHead>(
    "audit_sales",
    #"""
    with entry as materialized (
      select e.ord::int as entry, s.sold_at as at, s.sold_by as user_id, e.session_id, e.action, 'sale'::text as kind,
        s.id as record_id, null::text as before, null::text as after, sha256(e.content || int4send(s.number)) as record_digest
      from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[]) with ordinality e (id, session_id, action, content, ord)
      join sale s on s.id = e.id),
    \#(AuditStatements.linkEntries)
    """#
  ) { group, p in
    p.add(group.sales.map { $0.id })
    p.add(group.sales.map { $0.info.caller?.sessionID })
    p.add(group.sales.map { $0.info.method })
    p.add(SaleDigest.contents(of: group))
  } decode: { row in
    AuditHead(seq: try row.int8(), hash: try row.bytea())
  }

  /// Nine parameters: what the header of each sale holds beside its id and number, and its key.
  static func bindHeaders(_ sales: [PlannedSale], _ p: inout Parameters) {
    p.timestamptzs(sales.count) { sales[$0].info.now.microsecondsSince2000 }
    p.uuids(sales.count) { sales[$0].seller.id.bits }
    p.texts(sales.count) { sales[$0].seller.name }
    p.texts(sales.count) { sales[$0].paymentMethod }
    p.texts(sales.count) { sales[$0].note }
    p.int2s(sales.count) { Int16(clamping: sales[$0].lines.count) }
    p.int8s(sales.count) { sales[$0].total.minor }
    p.texts(sales.count) { sales[$0].info.key?.text }
    p.byteas(sales.count) { sales[$0].info.key?.digest }
  }

  /// Ten parameters.
  static func bindLines(_ rows: [SoldLine], _ p: inout Parameters) {
    p.uuids(rows.count) { rows[$0].saleID.bits }
    p.int2s(rows.count) { Int16(clamping: rows[$0].line) }
    p.int2s(rows.count) { Int16(clamping: rows[$0].linesLeft) }
    p.uuids(rows.count) { rows[$0].id.bits }
    p.uuids(rows.count) { rows[$0].productID.bits }
    p.texts(rows.count) { rows[$0].productName }
    p.int4s(rows.count) { rows[$0].qty }
    p.int8s(rows.count) { rows[$0].unitPrice }
    p.int8s(rows.count) { rows[$0].runningTotal }
    p.int2s(rows.count) { Int16(clamping: rows[$0].takes) }
  }

  /// Thirteen parameters.
  static func bindMovements(_ rows: [SoldMovement], _ p: inout Parameters) {
    p.uuids(rows.count) { rows[$0].lot.shelf.id.bits }
    p.int4s(rows.count) { rows[$0].seq }
    p.uuids(rows.count) { rows[$0].lot.shelf.productID.bits }
    p.int4s(rows.count) { rows[$0].qty }
    p.int4s(rows.count) { rows[$0].balance }
    p.timestamptzs(rows.count) { rows[$0].at.microsecondsSince2000 }
    p.dates(rows.count) { rows[$0].lot.shelf.expiry?.daysSince2000 }
    p.int8s(rows.count) { rows[$0].lot.unitCost.tenThousandths }
    p.uuids(rows.count) { rows[$0].saleID.bits }
    p.int2s(rows.count) { Int16(clamping: rows[$0].line) }
    p.int2s(rows.count) { Int16(clamping: rows[$0].take) }
    p.int2s(rows.count) { Int16(clamping: rows[$0].takesLeft) }
    p.int4s(rows.count) { rows[$0].taken }
  }
}

/// A line that a group of sales is about to write.
struct SoldLine {
  let saleID: Identifier
  let line: Int
  let linesLeft: Int
  let id: Identifier
  let productID: Identifier
  let productName: String
  let qty: Int32
  let unitPrice: Int64
  let runningTotal: Int64
  let takes: Int

  static func all(of sales: [PlannedSale]) -> [SoldLine] {
    var rows: [SoldLine] = []
    for sale in sales {
      var running: Int64 = 0
      for (index, line) in sale.lines.enumerated() {
        running += line.lineTotal.minor
        rows.append(
          SoldLine(
            saleID: sale.id, line: index + 1, linesLeft: sale.lines.count - 1 - index, id: line.id, productID: line.product.id,
            productName: line.product.name, qty: line.qty.count, unitPrice: line.product.sellingPrice.minor,
            runningTotal: running,
            takes: line.allocations.count))
      }
    }
    return rows
  }
}

/// A row of the ledger that a group of sales is about to write. Movements of one lot follow each other in the order of the sales.
struct SoldMovement {
  let lot: StockedLot
  let seq: Int32
  let qty: Int32
  let balance: Int32
  let at: Instant
  let saleID: Identifier
  let line: Int
  let take: Int
  let takesLeft: Int
  let taken: Int32

  static func all(of sales: [PlannedSale], lots: [StockedLot]) -> [SoldMovement] {
    var seqs = lots.map { $0.seq }
    var movements: [SoldMovement] = []
    for sale in sales {
      for (lineIndex, line) in sale.lines.enumerated() {
        var taken: Int32 = 0
        for (takeIndex, allocation) in line.allocations.enumerated() {
          seqs[allocation.lotIndex] += 1
          taken += allocation.taken
          movements.append(
            SoldMovement(
              lot: lots[allocation.lotIndex], seq: seqs[allocation.lotIndex], qty: allocation.taken, balance: allocation.balance,
              at: sale.info.now, saleID: sale.id, line: lineIndex + 1, take: takeIndex + 1,
              takesLeft: line.allocations.count - 1 - takeIndex, taken: taken))
        }
      }
    }
    return movements
  }
}

/// Where each lot stands after a group: the sequence and the balance of its last movement.
struct LotUpdates {
  private(set) var ids: [Identifier] = []
  private(set) var seqs: [Int32] = []
  private(set) var balances: [Int32] = []

  init(_ sales: [PlannedSale], lots: [StockedLot]) {
    var seqs = lots.map { $0.seq }
    var balances = [Int32?](repeating: nil, count: lots.count)
    for sale in sales {
      for line in sale.lines {
        for allocation in line.allocations {
          seqs[allocation.lotIndex] += 1
          balances[allocation.lotIndex] = allocation.balance
        }
      }
    }
    for (index, balance) in balances.enumerated() {
      guard let balance else { continue }
      ids.append(lots[index].shelf.id)
      self.seqs.append(seqs[index])
      self.balances.append(balance)
    }
  }
}

extension StockedLot {
  init(row: inout RowReader) throws {
    shelf = ShelfLot(
      id: try row.identifier(), productID: try row.identifier(), lotNumber: try row.int8(), expiry: try row.optionalDay(),
      receivedAt: try row.instant(), status: try row.lotStatus(), remaining: try row.int4())
    refNo = try row.text()
    seq = try row.int4()
    unitCost = try row.unitCost()
  }
}
