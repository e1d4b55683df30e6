// A stock take costs what was counted in it and what stands on the shelf, not what was ever counted, sold or delivered.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct StockTakePlanTests {
  /// The plans that serving sessions use, made once without looking at any value, on a shop with a history of stock takes.
  private func plans<each Input, each Row>(
    of statement: repeat Statement<each Input, each Row>, on connection: Connection
  ) throws -> [String] {
    var plans: [String] = []
    for statement in repeat each statement {
      let count = (1...40).last { statement.sql.contains("$\($0):") } ?? 0
      let nulls = Array(repeating: "null", count: count).joined(separator: ", ")
      try connection.script("prepare \(statement.name) as \(statement.sql)")
      plans.append(
        try connection.script("explain (costs off) execute \(statement.name)(\(nulls))").compactMap { $0[0] }.joined(
          separator: "\n"))
    }
    return plans
  }

  @Test func nothingReadsTheWholeHistory() throws {
    let shop = try LargeShop.make()
    let connection = try Connection(
      shop.superuser.with(setting: "search_path", "shelf").with(setting: "plan_cache_mode", "force_generic_plan"))
    defer { connection.close() }
    try connection.script(
      """
      insert into stock_take (id, day, started_at, started_by, starter_name, is_blind, tolerance, covers_all)
      select md5('take ' || t)::uuid, '2026-03-01', '2026-03-01', u.id, u.name, false, 0, true
      from generate_series(1, 40) t, app_user u where u.role = 'OWNER';
      insert into stock_take_entry (id, stock_take_id, entry_no, counted_at, counted_by, counter_name)
      select md5('entry ' || t.id || n)::uuid, t.id, n, t.started_at, t.started_by, t.starter_name from stock_take t, generate_series(1, 10) n;
      insert into stock_take_count (entry_id, line, product_id, lot_id, seq, expected, counted)
      select e.id, l.place, l.product_id, l.id, l.seq, l.qty_remaining, 1
      from stock_take_entry e, (select row_number() over (order by lot_no) as place, * from lot limit 100) l;
      analyze
      """)
    let plans = try plans(
      of: StockTakeReviewStatements.totals, StockTakeReviewStatements.lots, StockTakeReviewStatements.standing,
      StockTakeReviewStatements.missing, StockTakeReviewStatements.overtaken, StockTakeStatements.found, StockTakeStatements.see,
      on: connection)
    #expect(plans.count == 7)
    for plan in plans {
      for table in ["stock_take_entry", "stock_take_count", "stock_movement", "lot"] {
        #expect(!plan.split(separator: "\n").contains { $0.contains("Seq Scan on \(table) ") }, "\(plan)")
      }
      // The lots that were counted are looked up by hash, not one against all.
      #expect(!plan.contains("NOT (SubPlan"), "\(plan)")
    }
    #expect(plans[3].contains("NOT (hashed SubPlan"), "\(plans[3])")
  }
}
