// What a superuser with every trigger off can bend, the check of the books names.
import Postgres
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
    Tampering("who sold", "update sale set seller_name = 'Eve' where id = :sale", "audit-records: sale :sale"),
    Tampering(
      "when it was sold", "update sale set sold_at = sold_at + interval '1 hour' where id = :sale", "audit-records: sale :sale"),
    Tampering("how it was paid", "update sale set payment_method = 'CARD' where id = :sale", "audit-records: sale :sale"),
    Tampering(
      "a deleted line", "delete from sale_line where sale_id = :sale and line = 2", "sale-totals: receipt 2 of 2026-03-10"),
    Tampering("a deleted sale", "delete from sale where id = :sale", "document-numbers: receipt numbers of 2026-03-10"),
    Tampering("a deleted sale leaves its lines", "delete from sale where id = :sale", "references: line 1 of sale :sale"),
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
    Tampering("a trigger switched off", "alter table lot disable trigger lot_moves_forward", "guards: trigger lot_moves_forward"),
    Tampering(
      "every trigger switched off", "alter table stock_movement disable trigger all", "guards: trigger movement_not_beyond_lot"),
    Tampering("a trigger dropped", "drop trigger lot_moves_forward on lot", "guards:"),
    Tampering("a constraint dropped", "alter table lot drop constraint lot_qty_remaining_check", "guards:"),
    Tampering("the one-owner rule dropped", "drop index app_user_single_owner", "guards:"),
  ]
}

@Suite struct TamperTests {
  @Test func everyTamperingIsNamed() throws {
    let till = try Till()
    let aspirin = try till.product("Aspirin", price: 100, id: identifier(1), tracksExpiry: false).id
    let zinc = try till.product("Zinc", price: 400, id: identifier(2), tracksExpiry: false).id
    try till.deliver(aspirin, 3, nil)
    till.pass(seconds: 1)
    let delivery = try till.deliver([till.item(aspirin, 9, nil), till.item(zinc, 9, nil)])
    try till.sell([(aspirin, 1)], key: key("the first"))
    let sale = try till.sell([(aspirin, 3), (zinc, 1)])
    let last = try till.sell([(aspirin, 1)])
    #expect(try till.violations() == [])
    let names = [
      (":product", aspirin), (":other", zinc), (":sale", sale.id), (":last", last.id), (":lot", delivery.items[0].lotID),
      (":delivery", delivery.id), (":new", identifier(99)),
    ]
    func quoted(_ text: String) -> String { names.reduce(text) { $0.replacing($1.0, with: "'\($1.1)'") } }
    func plain(_ text: String) -> String { names.reduce(text) { $0.replacing($1.0, with: $1.1.text) } }

    let connection = try Connection(till.database.superuser.with(setting: "search_path", "shelf"))
    defer { connection.close() }
    #expect(Tampering.all.count >= 15)
    for tampering in Tampering.all {
      do throws(PostgresError) {
        try connection.script("begin; set local session_replication_role = replica; \(quoted(tampering.sql))")
      } catch {
        Issue.record("\(tampering.testDescription) could not be done: \(error.logText)")
        connection.rollback()
        continue
      }
      let found = try CheckStatements.all.flatMap { check in
        try connection.run(check.statement).flatMap { $0.violations.map { "\(check.name): \($0)" } }
      }
      connection.rollback()
      let parts = plain(tampering.named).split(separator: ": ", maxSplits: 1).map(String.init)
      let isNamed = found.contains { $0.hasPrefix(parts[0]) && (parts.count == 1 || $0.contains(parts[1])) }
      #expect(isNamed, "\(tampering.testDescription): \(found)")
    }
    #expect(try till.violations() == [])
  }
}
