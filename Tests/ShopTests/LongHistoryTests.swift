// The first page of a list costs what it shows, however much lies behind it, before it or beside it.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct LongHistoryTests {
  private static let links = 40_000

  /// The large shop with an audit of 400 days of a hundred sales each, and with 3 000 lots that were sold out a month before the rest. Tess
  /// made every other sale of the audit's first hundred days and none since; nobody else but Sam sold.
  private static let shop = Result {
    let shop = try LargeShop.make()
    let connection = try Connection(shop.superuser.with(setting: "search_path", "shelf"))
    defer { connection.close() }
    try connection.script(history)
    try connection.script("vacuum analyze")
    return shop
  }

  private static func text(_ prefix: String, _ number: String) -> String {
    "overlay('\(prefix)' placing lpad(to_hex(\(number)), 12, '0') from 25)::uuid"
  }

  private static var history: String {
    let sale = text("01950009-0000-7000-8000-000000000000", "n")
    let lot = text("01950008-0000-7000-8000-000000000000", "n")
    let seller =
      "case when n <= 10000 and n % 2 = 0 then '\(Person.tess.caller.userID)' else '\(Person.sam.caller.userID)' end::uuid"
    return #"""
      set session_replication_role = replica;
      delete from audit_entry; delete from audit_link;
      insert into audit_link (seq, hash, entries) select n, sha256('x'), 1 from generate_series(1, \#(links)) n;
      update audit_head set seq = \#(links);
      insert into audit_entry (link, entry, at, user_id, action, record_kind, record_id, record_digest)
      select n, 1, timestamptz '2024-12-01 08:00+00' + n / 100 * interval '1 day' + n % 100 * interval '5 minutes', \#(seller),
        case when n % 20 = 0 then 'stockIn.create' else 'sales.create' end, case when n % 20 = 0 then 'stock-in' else 'sale' end, \#(sale),
        sha256('x')
      from generate_series(1, \#(links)) n;
      insert into sale (id, day, number, sold_at, sold_by, seller_name, payment_method, last_line, total)
      select \#(sale), date '2024-12-01' + n / 100, 1000 + n % 100,
        timestamptz '2024-12-01 08:00+00' + n / 100 * interval '1 day' + n % 100 * interval '5 minutes', \#(seller), 'Seller', 'CASH', 1, 100
      from generate_series(1, \#(links)) n where n % 20 <> 0;
      insert into lot (id, product_id, stock_in_id, line, lines_left, ref_no, unit_cost, received_at, qty_received, seq, qty_remaining)
      select \#(lot), '\#(LargeShop.product(1))', i.id, 100 + n, 0, 'STK-old-' || n, 100, '2025-12-01', 10, 2, 0
      from generate_series(1, 3000) n, (select id from stock_in order by id limit 1) i;
      insert into stock_movement (lot_id, seq, product_id, kind, qty, balance, at, day, unit_cost)
      select \#(lot), k, '\#(LargeShop.product(1))', case k when 1 then 'received' else 'written-off' end, case k when 1 then 10 else -10 end,
        case k when 1 then 10 else 0 end, timestamptz '2025-12-01' + k * interval '1 day', date '2025-12-01' + k, 100
      from generate_series(1, 3000) n, generate_series(1, 2) k;
      insert into stock_document (id, kind, day, number, at, made_by, maker_name, loss, last_line)
      select \#(text("01950007-0000-7000-8000-000000000000", "n")), 'write-off', date '2025-12-01', n,
        timestamptz '2025-12-01' + n * interval '1 second', '\#(Person.olga.caller.userID)', 'Olga', 'expired', 1
      from generate_series(1, 3000) n;
      set session_replication_role = origin
      """#
  }

  private func ran<Input, Row>(_ statement: Statement<Input, Row>, _ values: String...) throws -> Explained {
    try Explained(statement, values, in: Self.shop.get())
  }

  /// Place, user, action, kind, limit, days and zone.
  private func audit(
    _ statement: Statement<AuditListStatements.Input, AuditRecord>, from: String? = nil, to: String? = nil,
    by user: Identifier? = nil,
    action: String? = nil, kind: String? = nil, after link: Int? = nil
  ) throws -> Explained {
    func quoted(_ text: String?) -> String { text.map { "'\($0)'" } ?? "null" }
    return try ran(
      statement, link.map(String.init) ?? "null", link == nil ? "null" : "1", quoted(user?.text), quoted(action), quoted(kind),
      "50",
      quoted(from), quoted(to), "'UTC'")
  }

  /// Some 100 entries a day and 1 400 a line of the index: a few days and a few lines.
  private func expectFew(_ run: Explained) {
    let read = run.scans("audit_entry").reduce(0, +)
    #expect((51...6_000).contains(read) && run.pages < 800, "\(read) of \(Self.links): \(run.plan)")
  }

  @Test func theAuditOfManyDaysReadsAFew() throws {
    let inMidst = try audit(AuditListStatements.ofDays, from: "2025-01-01", to: "2025-10-31")
    expectFew(inMidst)
    #expect(inMidst.plan.contains("audit_entry_by_page"))
    expectFew(try audit(AuditListStatements.ofDays, to: "2025-10-31"))
    expectFew(try audit(AuditListStatements.ofDays, from: "2025-01-01"))
    expectFew(try audit(AuditListStatements.ofDays, from: "2025-01-01", to: "2025-10-31", after: 20_000))
    expectFew(try audit(AuditListStatements.ofActionAndDays, from: "2025-01-01", to: "2025-10-31", action: "stockIn.create"))
    expectFew(try audit(AuditListStatements.ofKindAndDays, to: "2025-10-31", kind: "stock-in"))
  }

  @Test func theAuditOfAUserReadsNobodyElses() throws {
    let (sam, tess) = (Person.sam.caller.userID, Person.tess.caller.userID)
    for user in [sam, tess] { expectFew(try audit(AuditListStatements.ofUser, by: user)) }
    expectFew(try audit(AuditListStatements.ofUser, by: tess, after: 5_000))
    expectFew(try audit(AuditListStatements.ofUser, from: "2024-12-20", to: "2025-01-31", by: tess))
    let stranger = try audit(AuditListStatements.ofUser, by: identifier(1))
    #expect(stranger.scans("audit_entry").reduce(0, +) < 6_000 && stranger.pages < 800, "\(stranger.plan)")
  }

  /// The index is entered where the days end, not at its own end.
  @Test func listsOfDaysLongAgoBeginThere() throws {
    let nothing = ["null", "null", "null", "null"]
    func pages<Input, Row>(_ statement: Statement<Input, Row>, _ day: String, _ rest: [String]) throws -> Int {
      try Explained(statement, ["'\(day)'", "'\(day)'"] + rest, in: Self.shop.get()).pages
    }
    let sam = "'\(Person.sam.caller.userID)'"
    for (statement, rest) in [(SaleStatements.list, nothing + ["50"]), (SaleStatements.listOfSeller, nothing + ["50", sam])] {
      let (newest, oldest) = (try pages(statement, "2026-01-04", rest), try pages(statement, "2024-12-02", rest))
      #expect(oldest <= newest + 10, "\(statement.name) \(oldest) \(newest)")
    }
    let (newest, oldest) = (
      try pages(StockInStatements.list, "2026-01-10", ["null", "null", "50"]),
      try pages(StockInStatements.list, "2026-01-01", ["null", "null", "50"])
    )
    #expect(oldest <= newest + 1, "\(oldest) \(newest)")
  }

  /// Who sold nothing is found to have sold nothing at once, whatever the product; who sold long ago is looked for there.
  @Test func whatSomebodySoldOfAProductIsLookedForWhereTheySold() throws {
    for user in [identifier(1), Person.tess.caller.userID] {
      let span = try ran(SaleStatements.sellerSpan, "'\(user)'")
      #expect(span.pages <= 30 && span.scans("sale").allSatisfy { $0 <= 1_000 }, "\(span.plan)")
    }
    let till = try Till(Self.shop.get())
    func span(_ user: Identifier) throws -> SaleStatements.SellerSpan? {
      try till.read { try $0.run(SaleStatements.sellerSpan, user) }.first
    }
    #expect(try span(identifier(1)) == nil)
    let tess = try #require(try span(Person.tess.caller.userID))
    let days = [try Day(parsing: "2024-12-01"), try Day(parsing: "2026-03-02")]
    #expect(tess.isOften && [tess.first, tess.last] == days)
  }

  /// Lots that were sold out before the day are not looked up; those that were sold out later are.
  @Test func theStockOfADayLooksUpNoLotThatWasEmptyBefore() throws {
    let later = try ran(AsOfStatements.all, "'2026-06-01'", "null", "50")
    #expect((LargeShop.lots...LargeShop.lots + 10).contains(later.scans("stock_movement w").reduce(0, +)), "\(later.plan)")
    let then = try ran(AsOfStatements.all, "'2025-12-02'", "null", "50")
    #expect(then.scans("stock_movement w").reduce(0, +) >= 3_000, "\(then.plan)")
  }

  @Test func documentsOfAKindAreFoundAmongThoseOfOthers() throws {
    let none = try ran(DocumentListStatements.listOfKind, "null", "null", "null", "null", "'void'", "20")
    #expect(none.pages <= 4 && none.plan.contains("Index Scan Backward using stock_document_by_kind"), "\(none.plan)")
    let some = try ran(DocumentListStatements.listOfKind, "null", "null", "null", "null", "'write-off'", "20")
    #expect(some.scans("stock_document") == [21] && !some.plan.contains("Sort"), "\(some.plan)")
  }
}
