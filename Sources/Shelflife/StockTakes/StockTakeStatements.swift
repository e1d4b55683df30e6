// SQL of stock takes: started, counted in, ended and listed.
import Postgres

enum StockTakeStatements {
  struct Started {
    let id: Identifier
    let new: NewStockTake
    let by: Actor
    let at: Instant
    let day: Day
  }

  static let insert = Statement<Started, Void>(
    "insert_stock_take",
    #"""
    insert into stock_take (id, day, started_at, started_by, starter_name, note, is_blind, tolerance, covers_all)
    values ($1::uuid, $2::date, $3::timestamptz, $4::uuid, $5::text, $6::text, $7::bool, $8::int, $9::bool)
    """#
  ) { started, p in
    p.add(started.id)
    p.add(started.day)
    p.add(started.at)
    p.add(started.by.id)
    p.add(started.by.name)
    p.add(started.new.note)
    p.add(started.new.isBlind)
    p.add(int32: started.new.tolerance)
    p.add(started.new.productIDs == nil)
  }

  static let insertProducts = Statement<Started, Void>(
    "insert_stock_take_products",
    #"""
    insert into stock_take_product (stock_take_id, product_id) select $1::uuid, u.id from unnest($2::uuid[]) u (id) order by u.id
    """#
  ) { started, p in
    p.add(started.id)
    p.add(started.new.productIDs ?? [])
  }

  private static let columns = #"""
    t.id, t.started_at, t.started_by, t.starter_name, t.note, t.is_blind, t.tolerance,
    case when not t.covers_all then
      array(select p.product_id from stock_take_product p where p.stock_take_id = t.id order by p.product_id) end,
    t.state, t.ended_at, t.ended_by, (select u.name from app_user u where u.id = t.ended_by), t.end_reason, t.last_entry
    """#

  static let get = Statement<Identifier, StockTake>(
    "get_stock_take", "select \(columns) from stock_take t where t.id = $1::uuid"
  ) { id, p in
    p.add(id)
  } decode: { row in
    try StockTake(row: &row)
  }

  static let lock = Statement<Identifier, StockTake>(
    "lock_stock_take", "select \(columns) from stock_take t where t.id = $1::uuid for update of t"
  ) { id, p in
    p.add(id)
  } decode: { row in
    try StockTake(row: &row)
  }

  /// In the order of the index on the start.
  static let list = Statement<StockTakeFilter, StockTake>(
    "list_stock_takes",
    #"""
    select \#(columns) from stock_take t
    where ($1::text is null or t.state = $1::text)
      and (t.started_at, t.id) < (coalesce($2::timestamptz, 'infinity'), coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    order by t.started_at desc, t.id desc limit $4::int + 1
    """#
  ) { filter, p in
    p.add(filter.state?.rawValue)
    p.add(filter.after?.at)
    p.add(filter.after?.id)
    p.add(int32: filter.limit)
  } decode: { row in
    try StockTake(row: &row)
  }

  struct Ended {
    let id: Identifier
    let state: StockTake.State
    let ending: Ending
  }

  static let end = Statement<Ended, Void>(
    "end_stock_take",
    #"""
    update stock_take set state = $2::text, ended_at = $3::timestamptz, ended_by = $4::uuid, end_reason = $5::text where id = $1::uuid
    """#
  ) { ended, p in
    p.add(ended.id)
    p.add(ended.state.rawValue)
    p.add(ended.ending.at)
    p.add(ended.ending.by.id)
    p.add(ended.ending.reason)
  }

  /// A lot as the books have it at one instant, for a count.
  struct SeenLot {
    let lot: CountedLot
    let seq: Int32
    let remaining: Int32
  }

  /// Reads without a lock what the books say of some lots, all at one instant. In the order in which lots are locked, since the
  /// counts' foreign keys lock them for a moment when they are written.
  static let see = Statement<[Identifier], SeenLot>(
    "see_lots",
    #"""
    select l.id, l.ref_no, l.product_id, p.name, l.batch_no, l.expiry, l.seq, l.qty_remaining
    from lot l join product p on p.id = l.product_id
    where l.id = any($1::uuid[]) order by l.expiry nulls last, l.received_at, l.lot_no
    """#
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    let id = try row.identifier()
    return SeenLot(
      lot: CountedLot(
        id: id, isFound: false, lotRefNo: try row.text(), productID: try row.identifier(), productName: try row.text(),
        batchNo: try row.optionalText(), expiryDate: try row.optionalDay()),
      seq: try row.int4(), remaining: try row.int4())
  }

  struct FoundBefore {
    let stockTakeID: Identifier
    let ids: [Identifier]
  }

  /// Lots that nobody knew, as they were first counted in a stock take.
  static let found = Statement<FoundBefore, CountedLot>(
    "found_lots",
    #"""
    select distinct on (c.found_id) c.found_id, c.product_id, p.name, c.batch_no, c.expiry
    from (select f.* from stock_take_entry f where f.stock_take_id = $1::uuid offset 0) e
    cross join lateral (select f.* from stock_take_count f where f.entry_id = e.id and f.found_id = any($2::uuid[]) offset 0) c
    join product p on p.id = c.product_id
    order by c.found_id, e.entry_no
    """#
  ) { wanted, p in
    p.add(wanted.stockTakeID)
    p.add(wanted.ids)
  } decode: { row in
    CountedLot(
      id: try row.identifier(), isFound: true, lotRefNo: nil, productID: try row.identifier(), productName: try row.text(),
      batchNo: try row.optionalText(), expiryDate: try row.optionalDay())
  }

  struct Entry {
    let id: Identifier
    let stockTakeID: Identifier
    let number: Int
    let at: Instant
    let by: Actor
    let lines: [Line]
  }

  /// One lot of an entry; `line` is its place in what was told, from 1.
  struct Line {
    let line: Int
    let lot: CountedLot
    let counted: Int32
    /// Where the lot's ledger stood; nil for a lot that nobody knew.
    let seen: SeenLot?
  }

  static let insertEntry = Statement<Entry, Void>(
    "insert_stock_take_entry",
    #"""
    with counted as (update stock_take set last_entry = $3::int where id = $2::uuid)
    insert into stock_take_entry (id, stock_take_id, entry_no, counted_at, counted_by, counter_name)
    values ($1::uuid, $2::uuid, $3::int, $4::timestamptz, $5::uuid, $6::text)
    """#
  ) { entry, p in
    p.add(entry.id)
    p.add(entry.stockTakeID)
    p.add(int32: entry.number)
    p.add(entry.at)
    p.add(entry.by.id)
    p.add(entry.by.name)
  }

  /// Row by row in the order of `lines`: so are the lots locked by the foreign keys.
  static let insertCounts = Statement<Entry, Void>(
    "insert_stock_take_counts",
    #"""
    insert into stock_take_count (entry_id, line, product_id, lot_id, seq, expected, found_id, batch_no, expiry, counted)
    select $1::uuid, u.line, u.product_id, u.lot_id, u.seq, u.expected, u.found_id, u.batch_no, u.expiry, u.counted
    from unnest($2::int[], $3::uuid[], $4::uuid[], $5::int[], $6::int[], $7::uuid[], $8::text[], $9::date[], $10::int[])
      with ordinality u (line, product_id, lot_id, seq, expected, found_id, batch_no, expiry, counted, ord)
    order by u.ord
    """#
  ) { entry, p in
    let lines = entry.lines
    p.add(entry.id)
    p.add(int32s: lines.map(\.line))
    p.add(lines.map(\.lot.productID))
    p.add(lines.map(\.lot.lotID))
    p.int4s(lines.map { $0.seen?.seq })
    p.int4s(lines.map { $0.seen?.remaining })
    p.add(lines.map(\.lot.foundID))
    p.add(lines.map { $0.lot.isFound ? $0.lot.batchNo : nil })
    p.add(lines.map { $0.lot.isFound ? $0.lot.expiryDate : nil })
    p.add(lines.map(\.counted))
  }
}

extension StockTake {
  fileprivate init(row: inout RowReader) throws {
    id = try row.identifier()
    startedAt = try row.instant()
    startedBy = Actor(id: try row.identifier(), name: try row.text())
    note = try row.optionalText()
    isBlind = try row.bool()
    tolerance = try row.int()
    productIDs = try row.optionalIdentifiers()
    state = try State(parsing: try row.text())
    ending = try row.ending()
    entries = try row.int()
  }
}
