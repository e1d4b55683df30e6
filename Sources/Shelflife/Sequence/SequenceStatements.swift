// The day's counters: one row a day, locked after everything else a document needs and before the audit head.
import Postgres

enum SequenceStatements {
  /// Takes the day's next delivery number and moves the clock mark to that day.
  static let nextStockIn = Statement<Day, Int32>(
    "next_stock_in",
    #"""
    with marked as (update clock_mark set day = $1::date where day is null or day < $1::date)
    insert into day_counter (day, restocks) values ($1::date, 1)
    on conflict (day) do update set restocks = coalesce(day_counter.restocks, 0) + 1
    returning restocks
    """#
  ) { day, p in
    p.add(day)
  } decode: { row in
    try row.int4()
  }
}
