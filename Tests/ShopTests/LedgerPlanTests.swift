// Reading the ledger costs what it shows, by plans that know no values, in a shop with thousands of movements.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct LedgerPlanTests {
  /// The large shop, and in it a product with one lot and 5 000 movements a minute apart, a tenth of them written off; and before them a
  /// write-off of three lots for each of 400 days.
  private static let shop = Result {
    let shop = try LargeShop.make()
    let connection = try Connection(shop.superuser.with(setting: "search_path", "shelf"))
    defer { connection.close() }
    try connection.script(busy)
    try connection.script("vacuum analyze")
    return shop
  }

  private static let product = identifier(1)
  private static let lot = identifier(2)

  private static var busy: String {
    #"""
    set session_replication_role = replica;
    insert into product (id, name, name_key, search_key, price, reorder_level, is_active, tracks_expiry, created_at, updated_at)
    values ('\#(product)', 'Busy', 'busy', ' busy', 100, 0, true, false, '2026-01-01', '2026-01-01');
    insert into lot (id, product_id, stock_in_id, line, lines_left, ref_no, unit_cost, received_at, qty_received, seq, qty_remaining)
    select '\#(lot)', '\#(product)', id, 2, 0, 'STK-busy', 100, '2026-01-01', 9000, 5000, 4001 from stock_in limit 1;
    insert into stock_movement (lot_id, seq, product_id, kind, qty, balance, at, day, unit_cost)
    select '\#(lot)', n, '\#(product)', case when n = 1 then 'received' when n % 10 = 0 then 'written-off' else 'counted' end,
      case when n = 1 then 8999 else -1 end, 9000 - n,
      timestamptz '2026-01-01' + n * interval '1 minute', date '2026-01-01' + n / 1440, 100
    from generate_series(1, 5000) n;
    insert into stock_document (id, kind, day, number, at, made_by, maker_name, loss, last_line)
    select overlay('\#(identifier(0))' placing lpad(to_hex(n), 12, '0') from 25)::uuid, 'write-off', date '2026-01-01' + n / 1440, n,
      timestamptz '2026-01-01' + n * interval '1 minute', '\#(Person.olga.caller.userID)', 'Olga', 'expired', 1
    from generate_series(10, 5000, 10) n;
    insert into stock_document_line (document_id, document_kind, line, lines_left, kind, lot_id, seq, product_id, qty, balance, unit_cost,
      running_refund)
    select overlay('\#(identifier(0))' placing lpad(to_hex(n), 12, '0') from 25)::uuid, 'write-off', 1, 0, 'written-off', '\#(lot)', n,
      '\#(product)', -1, 9000 - n, 100, 0
    from generate_series(10, 5000, 10) n;
    insert into stock_document (id, kind, day, number, at, made_by, maker_name, loss, last_line)
    select overlay('\#(identifier(0))' placing lpad(to_hex(n + 10000), 12, '0') from 25)::uuid, 'write-off', date '2024-01-01' + n, 1,
      timestamptz '2024-01-01' + n * interval '1 day', '\#(Person.olga.caller.userID)', 'Olga', 'expired', 3
    from generate_series(1, 400) n;
    insert into stock_document_line (document_id, document_kind, line, lines_left, kind, lot_id, seq, product_id, qty, balance, unit_cost,
      running_refund)
    select overlay('\#(identifier(0))' placing lpad(to_hex(n + 10000), 12, '0') from 25)::uuid, 'write-off', k, 3 - k, 'written-off', l.id,
      10000 + n, l.product_id, -1, 1, 100, 0
    from generate_series(1, 400) n, generate_series(1, 3) k
    join lateral (select * from lot l where l.lot_no % 997 = (n * 3 + k) % 997 limit 1) l on true;
    set session_replication_role = origin
    """#
  }

  private func ran<Input, Row>(_ statement: Statement<Input, Row>, _ values: String...) throws -> String {
    try Explained(statement, values, in: Self.shop.get()).plan
  }

  /// The most rows that any scan of a plan read of a table, its filtered ones included, over all loops.
  private func read(_ plan: String, _ table: String) -> Int { Explained(plan: plan).scans(table).max() ?? 0 }

  private func expectNoWholeTables(_ plan: String) {
    for table in ["sale", "stock_movement", "stock_in", "stock_document_line", "stock_document"] {
      #expect(!plan.contains("Seq Scan on \(table) "), "\(plan)")
    }
  }

  @Test func aCardReadsWhatItShows() throws {
    let product = "'\(Self.product)'"
    for plan in [
      try ran(CardStatements.ofProduct, "20", product, "null", "null", "null"),
      try ran(CardStatements.ofProduct, "20", product, "'2026-01-02 03:00+00'", "'\(Self.lot)'", "1620"),
      try ran(CardStatements.ofLot, "20", "'\(Self.lot)'", "null"),
      try ran(CardStatements.ofLot, "20", "'\(Self.lot)'", "1620"),
    ] {
      expectNoWholeTables(plan)
      #expect((21...25).contains(read(plan, "stock_movement m")), "\(plan)")
    }
    let plan = try ran(CardStatements.ofProduct, "20", product, "null", "null", "null")
    #expect(plan.contains("Index Scan Backward using stock_movement_by_product"), "\(plan)")
  }

  /// The movement is looked up lot by lot, backwards, and lots that came later are not looked at.
  @Test func theStockOfADayReadsNoWholeLedger() throws {
    let late = try ran(AsOfStatements.all, "'2026-06-01'", "null", "50")
    expectNoWholeTables(late)
    #expect(late.contains("Index Only Scan Backward using stock_movement_pkey"), "\(late)")
    #expect((LargeShop.lots + 1...LargeShop.lots + 5).contains(read(late, "stock_movement w")), "\(late)")
    let early = try ran(AsOfStatements.all, "'2025-12-01'", "null", "50")
    #expect(read(early, "stock_movement w") == 0, "\(early)")
    let one = try ran(AsOfStatements.ofProduct, "'2026-06-01'", "null", "50", "'\(Self.product)'")
    #expect(read(one, "stock_movement w") == 1 && !one.contains("Seq Scan on lot "), "\(one)")
  }

  @Test func documentsAreFoundThroughTheirIndexes() throws {
    let newest = try ran(DocumentListStatements.list, "null", "null", "null", "null", "null", "20")
    let later = try ran(
      DocumentListStatements.list, "null", "null", "'2026-01-02 03:00+00'", "'\(Self.product)'", "null", "20")
    let ofDay = try ran(DocumentListStatements.list, "'2026-01-02'", "'2026-01-02'", "null", "null", "null", "20")
    for plan in [newest, later, ofDay] {
      expectNoWholeTables(plan)
      #expect(plan.contains("Index Scan Backward using stock_document_by_time") && !plan.contains("Sort"), "\(plan)")
      #expect(read(plan, "stock_document d") <= 180, "a day beyond the asked one at most: \(plan)")
    }
    #expect(read(newest, "stock_document d") == 21)
    let ofLots = try ran(
      DocumentListStatements.listOfLots, "null", "null", "null", "null", "null", "20", "null",
      "array['\(LargeShop.lot(3))']::uuid[]")
    let ofReceipt = try ran(
      DocumentListStatements.listOfReceipt, "null", "null", "null", "null", "null", "20", "null", "null", "'2026-02-01'", "1")
    let lines = try ran(DocumentListStatements.lines, "array['\(Self.product)']::uuid[]")
    for plan in [ofLots, ofReceipt, lines] { expectNoWholeTables(plan) }
  }

  @Test func writeOffsReadTheirSpan() throws {
    let day = ["'2026-01-01'", "'2026-01-01'"]
    let sums = try ran(DocumentListStatements.writeOffSums, day[0], day[1], "null", "null")
    let page = try ran(DocumentListStatements.writeOffs, day[0], day[1], "null", "null", "null", "20")
    for plan in [sums, page] {
      expectNoWholeTables(plan)
      #expect(plan.contains("stock_document_by_time"), "\(plan)")
      #expect(read(plan, "stock_document d") <= 290, "two days of 144 each: \(plan)")
    }
  }
}
