// SQL of the totals: which sales no total holds yet, and the one statement that takes a batch of them in.
import Postgres

enum TotalsStatements {
  /// For a `span (day, low)`: what each sale of the day beyond number `low` brought and cost. Looked up sale by sale, so that
  /// it costs what is beyond and nothing else, whatever the planner believes of the tables.
  static let freshSales = #"""
    fresh as materialized (
      select s.day, s.sold_by, s.till, s.total as revenue, m.qty, m.cost
      from span t
      cross join lateral (
        select s.id, s.day, s.sold_by, s.till, s.total from sale s where s.day = t.day and s.number > t.low offset 0) s
      cross join lateral (
        select -sum(m.qty) as qty, sum(-m.qty::bigint * m.unit_cost) as cost
        from stock_movement m where m.sale_id = s.id and m.kind = 'sold') m)
    """#

  /// For a `span (day, low, high)`: the lines of the day's sales beyond number `low` up to `high`, in the same manner.
  static let freshLines = #"""
    fresh as materialized (
      select s.day, s.id as sale_id, s.sold_by, s.till, l.product_id, l.qty, l.line_total as revenue, l.cost
      from span t
      cross join lateral (
        select s.id, s.day, s.sold_by, s.till from sale s where s.day = t.day and s.number > t.low and s.number <= t.high offset 0) s
      cross join lateral (
        select l.product_id, l.qty, l.line_total,
          (select sum(-m.qty::bigint * m.unit_cost) from stock_movement m
           where m.sale_id = l.sale_id and m.line = l.line and m.kind = 'sold') as cost
        from sale_line l where l.sale_id = s.id offset 0) l)
    """#

  /// One at a time in the whole shop: a lock of its own space, which no key of a call can meet.
  ///
  /// The commit does not wait for the disk: what a crash takes away is made again, and no sale waits behind it.
  static let lock = Statement<Void, Void>(
    "lock_totals", "select pg_advisory_xact_lock(1936222316, 1953460332), set_config('synchronous_commit', 'off', true)")

  struct Batch {
    let now: Instant
    /// Whether the day that is not over yet is taken in too.
    let includesToday: Bool
    /// How many sales at most.
    let most: Int
  }

  /// Takes the next sales into their days' totals and moves the days' marks; answers how many sales those were.
  ///
  /// To be run under the lock: it must see every total written before.
  static let advance = Statement<Batch, Int>(
    "advance_totals",
    #"""
    with behind as materialized (
      select c.day, coalesce(t.number, 0) as low, c.receipts as high,
        sum(c.receipts - coalesce(t.number, 0)) over (order by c.day) as waiting
      from store s cross join day_counter c left join totalled_day t on t.day = c.day
      where c.receipts > coalesce(t.number, 0) and ($2::bool or c.day <> ($1::timestamptz at time zone s.time_zone)::date)),
    span as materialized (
      select day, low, least(high, low + $3::int - (waiting - (high - low)))::int as high from behind
      where waiting - (high - low) < $3::int),
    \#(freshLines),
    marked as (
      insert into totalled_day (day, number) select day, high from span
      on conflict (day) do update set number = excluded.number),
    products as (
      insert into product_day_total as t (day, product_id, sales, qty, revenue, cost)
      select day, product_id, count(distinct sale_id), sum(qty), sum(revenue), sum(cost) from fresh group by day, product_id
      on conflict (day, product_id) do update set sales = t.sales + excluded.sales, qty = t.qty + excluded.qty,
        revenue = t.revenue + excluded.revenue, cost = t.cost + excluded.cost),
    sellers as (
      insert into seller_day_total as t (day, user_id, till, sales, qty, revenue, cost)
      select day, sold_by, coalesce(till, ''), count(distinct sale_id), sum(qty), sum(revenue), sum(cost) from fresh
      group by day, sold_by, till
      on conflict (day, user_id, till) do update set sales = t.sales + excluded.sales, qty = t.qty + excluded.qty,
        revenue = t.revenue + excluded.revenue, cost = t.cost + excluded.cost)
    select coalesce(sum(high - low), 0)::bigint from span
    """#
  ) { batch, p in
    p.add(batch.now)
    p.add(batch.includesToday)
    p.add(int32: batch.most)
  } decode: { row in
    Int(try row.int8())
  }
}
