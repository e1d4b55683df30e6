// What a superuser with every trigger off can bend, the check of the books names.
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Shelflife

/// One row bent, and what the check must say of it.
struct Tampering: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let sql: String
  /// `check: words`, of which at least one violation must begin with the check and hold the words.
  let named: String

  init(_ title: String, _ sql: String, _ named: String) {
    testDescription = title
    self.sql = sql
    self.named = named
  }

  /// In the shop of `TamperTests` the receipt 2 of 2026-03-10 has two lines, the first from two lots.
  static let all = [
    Tampering(
      "a line's quantity", "update sale_line set qty = 2, line_total = 800 where sale_id = :sale and line = 2",
      "line-allocations: line 2 of sale :sale"),
    Tampering(
      "a line's price", "update sale_line set unit_price = 1, line_total = qty where sale_id = :sale and line = 2",
      "sale-totals: receipt 2 of 2026-03-10"),
    Tampering("a sale's total", "update sale set total = total + 1 where id = :sale", "sale-totals: receipt 2 of 2026-03-10"),
    Tampering(
      "a price and all the sums that hang on it",
      """
      update sale_line set unit_price = 200, line_total = 600, running_total = 600 where sale_id = :sale and line = 1;
      update sale_line set running_total = 1000 where sale_id = :sale and line = 2; update sale set total = 1000 where id = :sale
      """, "audit-records: sale :sale"),
    Tampering(
      "a name on a receipt", "update sale_line set product_name = 'Gold' where sale_id = :sale and line = 2",
      "audit-records: sale :sale"),
    Tampering(
      "what a line sold", "update sale_line set product_id = :other where sale_id = :sale and line = 1",
      "line-allocations: line 1 of sale :sale: allocated from another product"),
    Tampering(
      "a line's second allocation moved to another line",
      "update stock_movement set line = 2, take = 2 where sale_id = :sale and line = 1 and take = 2",
      "line-allocations: line 2 of sale :sale: allocated from another product"),
    Tampering(
      "allocations of a line that is not there", "update stock_movement set line = 7 where sale_id = :sale and line = 2",
      "line-allocations: line 7 of sale :sale: allocated, but there is no such line"),
    Tampering("who sold", "update sale set seller_name = 'Eve' where id = :sale", "audit-records: sale :sale"),
    Tampering(
      "when it was sold", "update sale set sold_at = sold_at + interval '1 hour' where id = :sale", "audit-records: sale :sale"),
    Tampering("where it was sold", "update sale set till = 'Other' where id = :sale", "audit-records: sale :sale"),
    Tampering("that it was sold at a till", "update sale set till = null where id = :sale", "audit-records: sale :sale"),
    Tampering("how it was paid", "update sale set payment_method = 'CARD' where id = :sale", "audit-records: sale :sale"),
    Tampering(
      "a deleted line", "delete from sale_line where sale_id = :sale and line = 2", "sale-totals: receipt 2 of 2026-03-10"),
    Tampering("a deleted sale", "delete from sale where id = :sale", "document-numbers: receipt numbers of 2026-03-10"),
    Tampering("a deleted sale leaves its lines", "delete from sale where id = :sale", "sale-totals: lines of sale :sale"),
    Tampering(
      "the last sale with all that hangs on it",
      """
      delete from stock_movement where sale_id = :last; delete from sale_line where sale_id = :last; delete from sale where id = :last;
      update day_counter set receipts = receipts - 1; update lot set seq = seq - 1, qty_remaining = qty_remaining + 1 where id = :lot
      """, "audit-records: audit link"),
    Tampering(
      "a movement's quantity", "update stock_movement set qty = qty - 1 where lot_id = :lot and seq = 2",
      "movement-chains: movement 2 of lot :lot"),
    Tampering(
      "a movement's balance", "update stock_movement set balance = balance + 1 where lot_id = :lot and seq = 2",
      "movement-chains: movement 2 of lot :lot"),
    Tampering("a frozen cost", "update stock_movement set unit_cost = 0 where sale_id = :sale", "audit-records: sale :sale"),
    Tampering(
      "what a delivery cost", "update stock_movement set unit_cost = 0 where lot_id = :lot and seq = 1",
      "audit-records: stock-in :delivery"),
    Tampering(
      "a deleted movement", "delete from stock_movement where lot_id = :lot and seq = 2",
      "movement-chains: movement 3 of lot :lot"),
    Tampering(
      "the deleted last movement", "delete from stock_movement where lot_id = :lot and seq = 3",
      "lot-balances: lot STK-20260310-0002-1"),
    Tampering(
      "a lot's balance", "update lot set qty_remaining = qty_remaining + 1 where id = :lot",
      "lot-balances: lot STK-20260310-0002-1"),
    Tampering("a lot's step", "update lot set seq = seq + 1 where id = :lot", "lot-balances: lot STK-20260310-0002-1"),
    Tampering(
      "what a lot received", "update lot set qty_received = qty_received - 1 where id = :lot",
      "lot-balances: lot STK-20260310-0002-1"),
    Tampering("a lot's cost", "update lot set unit_cost = 0 where id = :lot", "audit-records: lot :lot"),
    Tampering("a lot's expiry", "update lot set expiry = '2030-01-01' where id = :lot", "audit-records: lot :lot"),
    Tampering("a lot's status", "update lot set status = 'recalled' where id = :lot", "audit-records: lot :lot"),
    Tampering("a lot's product", "update lot set product_id = :other where id = :lot", "references: movement 1 of lot :lot"),
    Tampering("a deleted lot", "delete from lot where id = :lot", "references: movement 1 of lot :lot"),
    Tampering(
      "a lot added to a delivery",
      """
      insert into lot (id, product_id, stock_in_id, line, lines_left, ref_no, unit_cost, received_at, qty_received, seq, qty_remaining)
      values (:new, :product, :delivery, 3, 0, 'forged', 0, now(), 50, 1, 50);
      insert into stock_movement (lot_id, seq, product_id, kind, qty, balance, at, day, unit_cost)
      values (:new, 1, :product, 'received', 50, 50, now(), '2026-03-10', 0)
      """, "references: delivery 2 of 2026-03-10"),
    Tampering(
      "a deleted delivery", "delete from stock_in where id = :delivery", "document-numbers: delivery numbers of 2026-03-10"),
    Tampering(
      "a delivery's supplier", "update stock_in set supplier_name = 'Eve' where id = :delivery",
      "audit-records: stock-in :delivery"),
    Tampering(
      "a deleted product", "delete from product where id = :product", "references: line 1 of sale :sale: its product is gone"),
    Tampering("a product's price", "update product set price = 1 where id = :product", "audit-records: product :product"),
    Tampering(
      "receipts uncounted", "update day_counter set receipts = receipts - 1", "document-numbers: receipt numbers of 2026-03-10"),
    Tampering(
      "receipts overcounted", "update day_counter set receipts = receipts + 1", "document-numbers: receipt numbers of 2026-03-10"),
    Tampering(
      "deliveries uncounted", "update day_counter set restocks = null", "document-numbers: delivery numbers of 2026-03-10"),
    Tampering("a lost counter", "delete from day_counter", "document-numbers: receipt numbers of 2026-03-10"),
    Tampering(
      "a receipt renumbered", "update sale set number = 9 where id = :last", "document-numbers: receipt numbers of 2026-03-10"),
    Tampering("an audit entry's action", "update audit_entry set action = 'x' where link = 2", "audit-chain: audit link 2"),
    Tampering("an audit entry's user", "update audit_entry set user_id = null where link = 2", "audit-chain: audit link 2"),
    Tampering(
      "what an audit entry says changed", "update audit_entry set after = '{}' where record_id = :product",
      "audit-chain: audit link"),
    Tampering("a deleted audit entry", "delete from audit_entry where link = 2", "audit-chain: audit link 2"),
    Tampering(
      "a deleted audit link", "delete from audit_entry where link = 2; delete from audit_link where seq = 2",
      "audit-chain: audit link 3"),
    Tampering(
      "the end of the audit cut off",
      "delete from audit_entry where link = (select seq from audit_head); delete from audit_link where seq = (select seq from audit_head)",
      "audit-chain: audit head"),
    Tampering("an audit link's hash", "update audit_link set hash = sha256('x') where seq = 2", "audit-chain: audit link 2"),
    Tampering(
      "an entry added to an audit link",
      """
      insert into audit_entry (link, entry, at, action, record_kind, record_id, record_digest)
      select link, 99, at, action, record_kind, record_id, record_digest from audit_entry where link = 1
      """, "audit-chain: audit link 1"),
    Tampering("the audit's head", "update audit_head set hash = sha256('x')", "audit-chain: audit head"),
    Tampering(
      "an emptied audit", "delete from audit_entry; delete from audit_link", "audit-records: sale :sale: was never audited"),
    Tampering("a lost audit head", "delete from audit_head", "audit-chain:"),
    Tampering(
      "somebody's password", "update app_user set password_hash = '$2b$10$' || repeat('a', 53) where username = 'sam'",
      "audit-records: user"),
    Tampering(
      "somebody's rights",
      "drop index app_user_single_owner; update app_user set role = 'OWNER', recovery_hash = sha256('x') where username = 'sam'",
      "single-owner: there are 2 owners"),
    Tampering(
      "no owner", "update app_user set role = 'STAFF', recovery_hash = null where role = 'OWNER'",
      "single-owner: there are users but no owner"),
    Tampering("a deleted seller", "delete from app_user where username = 'sam'", "references: receipt 1 of 2026-03-10"),
    Tampering(
      "a key whose sale is gone", "update idempotency_key set sale_id = :new where sale_id is not null",
      "references: an idempotency key"),
    Tampering(
      "a key that leads to another sale", "update idempotency_key set sale_id = :last where sale_id is not null",
      "references: receipt 3 of 2026-03-10: 2 idempotency keys"),
    Tampering(
      "a key of another time", "update idempotency_key set at = at - interval '1 day' where sale_id = :last",
      "references: receipt 3 of 2026-03-10: the idempotency key"),
    Tampering(
      "a copy that follows none",
      """
      insert into receipt_copy (id, sale_id, copy_no, printed_at, printed_by)
      select :new, :sale, 2, now(), id from app_user where username = 'sam'
      """, "receipt-copies: receipt 2 of 2026-03-10: 1 copies, numbered from 2 to 2"),
    Tampering(
      "a copy of no sale",
      """
      insert into receipt_copy (id, sale_id, copy_no, printed_at, printed_by)
      select :new, :new, 1, now(), id from app_user where username = 'sam'
      """, "receipt-copies: copies of sale :new"),
    Tampering(
      "a copy that nobody printed",
      "insert into receipt_copy (id, sale_id, copy_no, printed_at, printed_by) values (:new, :sale, 1, now(), :new)",
      "receipt-copies: receipt 2 of 2026-03-10: who printed"),
    Tampering(
      "a copy that was never audited",
      """
      insert into receipt_copy (id, sale_id, copy_no, printed_at, printed_by)
      select :new, :sale, 1, now(), id from app_user where username = 'sam'
      """, "audit-records: copy :new"),
    Tampering("a trigger switched off", "alter table lot disable trigger lot_moves_forward", "guards: trigger lot_moves_forward"),
    Tampering(
      "every trigger switched off", "alter table stock_movement disable trigger all", "guards: trigger movement_not_beyond_lot"),
    Tampering("a trigger dropped", "drop trigger lot_moves_forward on lot", "guards:"),
    Tampering("a constraint dropped", "alter table lot drop constraint lot_qty_remaining_check", "guards:"),
    Tampering("the one-owner rule dropped", "drop index app_user_single_owner", "guards:"),
  ]

  /// The totals of the first two receipts, worked out by hand: 4 Aspirin in two sales and 1 Zinc in one, all sold by Sam.
  static let totals = """
    delete from product_day_total; delete from seller_day_total; delete from totalled_day;
    insert into totalled_day values ('2026-03-10', 2);
    insert into product_day_total values ('2026-03-10', :product, 2, 4, 400, 40000), ('2026-03-10', :other, 1, 1, 400, 10000);
    insert into seller_day_total select '2026-03-10', id, 2, 5, 800, 50000, 'Counter' from app_user where username = 'sam'
    """

  /// What may be wrong with `totals`.
  static let ofTotals = [
    Tampering(
      "a total's sales", "update product_day_total set sales = 3 where product_id = :product",
      "report-totals: product :product of 2026-03-10: 3 sales, of which 2"),
    Tampering(
      "a total's quantity", "update product_day_total set qty = 2 where product_id = :other",
      "report-totals: product :other of 2026-03-10: quantity 2, its lines make 1"),
    Tampering(
      "a total's revenue", "update product_day_total set revenue = 399 where product_id = :other",
      "report-totals: product :other of 2026-03-10: revenue 399, its lines make 400"),
    Tampering(
      "a total's cost", "update product_day_total set cost = 0.5 where product_id = :other",
      "report-totals: product :other of 2026-03-10: cost 0.5, its movements make 10000"),
    Tampering(
      "a lost total", "delete from product_day_total where product_id = :product",
      "report-totals: product :product of 2026-03-10: not totalled"),
    Tampering(
      "a total of what was not sold", "insert into product_day_total values ('2026-03-10', :new, 1, 1, 1, 1)",
      "report-totals: product :new of 2026-03-10: totalled, but nothing was sold"),
    Tampering(
      "a total of a day that is not totalled", "update product_day_total set day = '2026-03-09' where product_id = :other",
      "report-totals: product :other of 2026-03-09: totalled, but nothing was sold"),
    Tampering("a seller's sales", "update seller_day_total set sales = 1", "report-totals: seller"),
    Tampering("a seller's revenue", "update seller_day_total set revenue = 801", "report-totals: seller"),
    Tampering("a seller's till", "update seller_day_total set till = 'Other'", "report-totals: seller"),
    Tampering("a lost seller", "delete from seller_day_total", "report-totals: seller"),
    Tampering(
      "totals of too many receipts", "update totalled_day set number = 3",
      "report-totals: product :product of 2026-03-10: 2 sales, of which 3 are there"),
    Tampering(
      "totals of receipts to come", "update totalled_day set number = 9",
      "report-totals: totals of 2026-03-10: made up to receipt 9"),
    Tampering("a forgotten day", "delete from totalled_day", "report-totals: product :product of 2026-03-10: totalled, but"),
    Tampering(
      "the total of a line that was changed", "update sale_line set qty = 2, line_total = 800 where sale_id = :sale and line = 2",
      "report-totals: product :other of 2026-03-10: quantity 1, its lines make 2"),
  ]
}

@Suite struct TamperTests {
  @Test func everyTamperingIsNamed() throws {
    let shop = try BentShop()
    #expect(Tampering.all.count >= 15)
    for tampering in Tampering.all { try shop.expectNamed(tampering) }
    #expect(try shop.till.violations() == [])
  }

  @Test func everyWrongTotalIsNamed() throws {
    let shop = try BentShop()
    #expect(try shop.found(after: Tampering.totals) == [])
    for tampering in Tampering.ofTotals { try shop.expectNamed(tampering, after: Tampering.totals) }
    #expect(try shop.till.violations() == [])
  }

  /// The check makes the digests of all sales at once; they are those of the view, also where rows are missing.
  @Test func digestsMadeTogetherAreThoseOfTheView() throws {
    let shop = try BentShop()
    let compared = """
      select count(*), count(a.digest), count(*) filter (where a.digest is distinct from b.digest)
      from (\(CheckStatements.saleDigests)) a full join sale_digest b on b.id = a.id
      """
    let bent = [
      ("", "3 3 0"), ("delete from sale_line where sale_id = :sale", "3 2 0"),
      ("delete from sale_line where sale_id = :sale and line = 1", "3 3 0"),
      ("delete from stock_movement where sale_id = :last", "3 2 0"),
      ("update sale set note = 'Grüße', payment_method = 'кард' where id = :sale", "3 3 0"),
    ]
    for (sql, expected) in bent {
      let counts = try shop.bending(sql) { try $0.script(compared) }
      #expect(counts.map { $0.compactMap(\.self).joined(separator: " ") } == [expected], "\(sql)")
    }
  }

  /// As a restored database is checked, which serves nobody yet.
  @Test func theBooksAreProvedOnAPlainConnectionToo() throws {
    let shop = try BentShop()
    for configuration in [shop.till.database.superuser, shop.till.database.prepared.serving] {
      let connection = try Connection(configuration.with(setting: "search_path", "shelf"))
      defer { connection.close() }
      let seen = Seen()
      let results = try Check.run(on: connection) { seen.add("\($0) \($1)") }
      #expect(results == (try shop.till.read { try Check.run(in: $0) { _, _ in } }))
      #expect(results.allSatisfy(\.isOK) && !connection.inTransaction)
      #expect(seen.lines == results.enumerated().map { "\($0 * 100 / results.count) \($1.name)" })

      // The same with half of the checks on a second session.
      let together = Seen()
      let companion = CheckCompanion { try Connection(configuration.with(setting: "search_path", "shelf")) }
      #expect(try Check.run(on: connection, with: companion) { together.add("\($0) \($1)") } == results)
      #expect(together.lines.count == results.count && !connection.inTransaction)
    }
    try shop.till.sql("begin; set local session_replication_role = replica; update sale set total = total + 1; commit")
    let connection = try Connection(shop.till.database.superuser.with(setting: "search_path", "shelf"))
    defer { connection.close() }
    let companion = CheckCompanion(shop.till.database.prepared, interrupt: SessionInterrupt())
    for second in [nil, companion] {
      let bad = try Check.run(on: connection, with: second) { _, _ in }.filter { !$0.isOK }
      #expect(bad.map(\.name) == ["sale-totals", "audit-records"])
    }
  }
}

/// What was told, from whatever thread.
private final class Seen: Sendable {
  private let state = Mutex<[String]>([])

  var lines: [String] { state.withLock { $0 } }

  func add(_ line: String) { state.withLock { $0.append(line) } }
}

/// A shop with two deliveries and three sales, and a superuser who bends it.
private struct BentShop {
  let till: Till
  private let connection: Connection
  private let names: [(String, Identifier)]

  init() throws {
    till = try Till()
    let aspirin = try till.product("Aspirin", price: 100, id: identifier(1), tracksExpiry: false).id
    let zinc = try till.product("Zinc", price: 400, id: identifier(2), tracksExpiry: false).id
    try till.deliver(aspirin, 3, nil)
    till.pass(seconds: 1)
    let delivery = try till.deliver([till.item(aspirin, 9, nil), till.item(zinc, 9, nil)])
    try till.sell([(aspirin, 1)], key: key("the first"))
    let sale = try till.sell([(aspirin, 3), (zinc, 1)])
    let last = try till.sell([(aspirin, 1)], key: key("the last"))
    #expect(try till.violations() == [])
    names = [
      (":product", aspirin), (":other", zinc), (":sale", sale.id), (":last", last.id), (":lot", delivery.items[0].lotID),
      (":delivery", delivery.id), (":new", identifier(99)),
    ]
    connection = try Connection(till.database.superuser.with(setting: "search_path", "shelf"))
  }

  /// What `body` sees while the shop is bent; nothing of it stays.
  func bending<Value>(_ sql: String, _ body: (Connection) throws -> Value) throws -> Value {
    defer { connection.rollback() }
    let quoted = names.reduce(sql) { $0.replacing($1.0, with: "'\($1.1)'") }
    try connection.script("begin; set local session_replication_role = replica; \(quoted)")
    return try body(connection)
  }

  /// What the checks say of the bent shop.
  func found(after sql: String) throws -> [String] {
    try bending(sql) { connection in
      try CheckStatements.all.flatMap { check in
        try connection.run(check.statement).flatMap { $0.violations.map { "\(check.name): \($0)" } }
      }
    }
  }

  func expectNamed(_ tampering: Tampering, after preparation: String = "") throws {
    let found: [String]
    do {
      found = try self.found(after: "\(preparation);\(tampering.sql)")
    } catch let error as PostgresError {
      Issue.record("\(tampering.testDescription) could not be done: \(error.logText)")
      return
    }
    let named = names.reduce(tampering.named) { $0.replacing($1.0, with: $1.1.text) }
    let parts = named.split(separator: ": ", maxSplits: 1).map(String.init)
    let isNamed = found.contains { $0.hasPrefix(parts[0]) && (parts.count == 1 || $0.contains(parts[1])) }
    #expect(isNamed, "\(tampering.testDescription): \(found)")
  }
}
