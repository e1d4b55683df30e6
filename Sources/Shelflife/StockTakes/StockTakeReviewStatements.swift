// SQL that holds what was counted against the books.
import Postgres

enum StockTakeReviewStatements {
  /// CTEs over the stock take that is the first parameter. `latest` has one row a lot that was counted: the count that stands, and
  /// whether it is to be repeated. A difference is settled by a second count that has the same; two people who differ settle
  /// nothing. A lot that nobody knew has no books to differ from, so that only the second rule holds for it. A count is overtaken
  /// where the books themselves were put right since, by another stock take or a correction: its difference would be booked twice.
  private static let latest = #"""
    take as materialized (select t.id, t.tolerance, t.covers_all, t.started_at, t.state from stock_take t where t.id = $1::uuid),
    counted as (
      select coalesce(c.lot_id, c.found_id) as id, c.lot_id, c.seq, c.found_id, c.entry_id, c.line, c.product_id, c.batch_no, c.expiry,
        c.counted, coalesce(c.expected, 0) as expected, c.counted - coalesce(c.expected, 0) as variance,
        e.entry_no, e.counted_at, e.counted_by, e.counter_name
      from (select f.* from stock_take_entry f where f.stock_take_id = $1::uuid offset 0) e
      cross join lateral (select f.* from stock_take_count f where f.entry_id = e.id offset 0) c),
    ranked as (
      select c.*, row_number() over w as rank, count(*) over (partition by c.id)::int as counts,
        lead(c.variance) over w as variance_before, lead(c.counted_by) over w as counted_by_before
      from counted c window w as (partition by c.id order by c.entry_no desc)),
    latest as materialized (
      select r.*, o.is_overtaken, o.is_overtaken or coalesce(
        (r.lot_id is not null and abs(r.variance) > t.tolerance and r.variance_before is distinct from r.variance)
        or (r.counted_by_before <> r.counted_by and r.variance_before <> r.variance), false) as needs_recount
      from ranked r cross join take t
      cross join lateral (
        select t.state = 'open' and exists (
          select from stock_movement m
          where m.lot_id = r.lot_id and m.seq > r.seq and m.kind in ('counted', 'corrected') and m.qty <> 0) as is_overtaken) o
      where r.rank = 1)
    """#

  /// Lots of the products covered that held stock when the stock take began and hold some now, and that nobody counted.
  private static let uncounted = #"""
    uncounted as (
      select l.id, l.lot_no, l.ref_no, l.product_id, l.batch_no, l.expiry, l.unit_cost, l.qty_remaining
      from take t
      cross join lateral (
        select p.id from product p where t.covers_all
        union all
        select s.product_id from stock_take_product s where s.stock_take_id = t.id offset 0) p
      cross join lateral (select f.* from lot f where f.product_id = p.id and f.is_open offset 0) l
      cross join lateral (
        select m.balance from stock_movement m where m.lot_id = l.id and m.at <= t.started_at order by m.seq desc limit 1) b
      where b.balance > 0 and l.id not in (select x.lot_id from latest x where x.lot_id is not null))
    """#

  /// What a lot of a product that nobody knew is taken to cost: as much as the one delivered last.
  private static let newestCost = #"""
    select n.unit_cost from lot n where x.found_id is not null and n.product_id = x.product_id and n.line is not null
    order by n.received_at desc, n.lot_no desc limit 1
    """#

  private static let reviewed = #"""
    with \#(latest), \#(uncounted),
    reviewed as (
      select case when x.lot_id is null then 9223372036854775807 else l.lot_no end as place, x.id, x.found_id is not null as is_found,
        l.ref_no, x.product_id, case when x.lot_id is null then x.batch_no else l.batch_no end as batch_no,
        case when x.lot_id is null then x.expiry else l.expiry end as expiry, coalesce(l.unit_cost, n.unit_cost, 0) as unit_cost,
        coalesce(l.qty_remaining, 0) as on_hand, x.counts, x.needs_recount, x.counted, x.counted_at, x.counted_by, x.counter_name,
        x.expected, x.variance
      from latest x
      left join lateral (select f.* from lot f where f.id = x.id offset 0) l on true
      left join lateral (\#(newestCost)) n on true
      union all
      select u.lot_no, u.id, false, u.ref_no, u.product_id, u.batch_no, u.expiry, u.unit_cost, u.qty_remaining, 0, false, null, null, null,
        null, null, null
      from uncounted u)
    """#

  static let totals = Statement<Identifier, ReviewTotals>(
    "stock_take_totals",
    #"""
    \#(reviewed)
    select count(*) filter (where r.counted is not null and not r.is_found), count(*) filter (where r.variance <> 0),
      coalesce(sum(r.variance) filter (where r.variance > 0), 0)::bigint, coalesce(-sum(r.variance) filter (where r.variance < 0), 0)::bigint,
      coalesce(sum(r.variance * r.unit_cost::numeric), 0)::text, count(*) filter (where r.needs_recount),
      count(*) filter (where r.counted is null), count(*) filter (where r.is_found)
    from reviewed r
    """#
  ) { id, p in
    p.add(id)
  } decode: { row in
    ReviewTotals(
      countedLots: Int(try row.int8()), variances: Int(try row.int8()), surplusQty: Int(try row.int8()),
      missingQty: Int(try row.int8()), varianceValue: Amount(tenThousandths: try row.wholeNumber()),
      recountLots: Int(try row.int8()), notCountedLots: Int(try row.int8()), foundLots: Int(try row.int8()))
  }

  static let lots = Statement<ReviewFilter, ReviewedLot>(
    "reviewed_lots",
    #"""
    \#(reviewed)
    select r.place, r.id, r.is_found, r.ref_no, r.product_id, p.name, r.batch_no, r.expiry, r.unit_cost, r.on_hand, r.counts,
      r.needs_recount, r.counted, r.counted_at, r.counted_by, r.counter_name, r.expected
    from reviewed r join product p on p.id = r.product_id
    where case $2::text when 'variances' then r.variance <> 0 when 'recount' then r.needs_recount when 'notCounted' then r.counted is null
        when 'found' then r.is_found else true end
      and (r.place, r.id) > (coalesce($3::bigint, 0), coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))
    order by r.place, r.id limit $5::int + 1
    """#
  ) { filter, p in
    p.add(filter.stockTakeID)
    p.add(filter.show.rawValue)
    p.add(filter.after?.number)
    p.add(filter.after?.id)
    p.add(int32: filter.limit)
  } decode: { row in
    try ReviewedLot(row: &row)
  }

  /// The count of a lot that stands, as applying needs it.
  struct Standing {
    let lot: CountedLot
    let count: CountReference
    let counted: Int32
    let expected: Int32
    let needsRecount: Bool
    /// Of a lot that nobody knew, what it will cost.
    let unitCost: UnitCost

    var variance: Int32 { counted - expected }
  }

  /// Lots of the books by their numbers, then those that nobody knew.
  static let standing = Statement<Identifier, Standing>(
    "standing_counts",
    #"""
    with \#(latest)
    select x.id, x.found_id is not null, l.ref_no, x.product_id, p.name, x.batch_no, x.expiry, x.entry_id, x.line, x.counted, x.expected,
      x.needs_recount, coalesce(n.unit_cost, 0)
    from latest x join product p on p.id = x.product_id
    left join lateral (select f.ref_no, f.lot_no from lot f where f.id = x.lot_id offset 0) l on true
    left join lateral (\#(newestCost)) n on true
    order by l.lot_no nulls last, x.id
    """#
  ) { id, p in
    p.add(id)
  } decode: { row in
    let id = try row.identifier()
    let lot = CountedLot(
      id: id, isFound: try row.bool(), lotRefNo: try row.optionalText(), productID: try row.identifier(),
      productName: try row.text(), batchNo: try row.optionalText(), expiryDate: try row.optionalDay())
    return Standing(
      lot: lot, count: CountReference(entryID: try row.identifier(), line: try row.int4()), counted: try row.int4(),
      expected: try row.int4(), needsRecount: try row.bool(), unitCost: try row.unitCost())
  }

  /// Lots that nobody counted, by their numbers.
  static let missing = Statement<Identifier, Identifier>(
    "uncounted_lots", "with \(latest), \(uncounted) select u.id from uncounted u order by u.lot_no"
  ) { id, p in
    p.add(id)
  } decode: { row in
    try row.identifier()
  }

  /// Counts that were overtaken. To be asked once the lots that are to move are locked.
  static let overtaken = Statement<Identifier, Identifier>(
    "overtaken_counts", "with \(latest) select x.id from latest x where x.is_overtaken"
  ) { id, p in
    p.add(id)
  } decode: { row in
    try row.identifier()
  }
}

extension ReviewedLot {
  fileprivate init(row: inout RowReader) throws {
    number = try row.int8()
    lot = CountedLot(
      id: try row.identifier(), isFound: try row.bool(), lotRefNo: try row.optionalText(), productID: try row.identifier(),
      productName: try row.text(), batchNo: try row.optionalText(), expiryDate: try row.optionalDay())
    unitCost = try row.unitCost()
    onHandQty = try row.int()
    counts = try row.int()
    needsRecount = try row.bool()
    let counted = try row.optionalInt4()
    let countedAt = try row.optionalInstant()
    let countedBy = try row.optionalIdentifier()
    let counterName = try row.optionalText()
    let expected = try row.optionalInt4()
    if let counted, let countedAt, let countedBy, let counterName, let expected {
      standing = Standing(
        countedQty: Int(counted), countedAt: countedAt, countedBy: Actor(id: countedBy, name: counterName),
        expectedQty: Int(expected))
    } else {
      standing = nil
    }
  }
}
