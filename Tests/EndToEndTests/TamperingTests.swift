// Rows changed by hand behind the program's back: the check names each of them, and nothing else once it is put back.
import Testing

/// One change by a superuser whose session minds neither triggers nor foreign keys.
private struct Tampering {
  let title: String
  /// The tables it touches.
  let tables: [String]
  let sql: String
  /// What at least one violation must say.
  let words: String
  /// Whether it touches a record that the audit digests, or the audit itself.
  var isAudited = true
}

@Suite struct TamperingTests {
  private static let sale = Params.id(102)
  private static let otherSale = Params.id(106)

  private static let all = [
    Tampering(
      title: "a lot's quantity", tables: ["lot"],
      sql: "update lot set qty_remaining = qty_remaining + 1 where ref_no = 'STK-20260312-0001-1'",
      words: "lot STK-20260312-0001-1: holds", isAudited: false),
    Tampering(
      title: "a movement's quantity", tables: ["stock_movement"],
      sql: "update stock_movement set qty = qty - 1, taken = taken + 1 where sale_id = '\(sale)' and line = 2",
      words: "line 2 of sale \(sale): quantity 1, allocated 2"),
    Tampering(
      title: "a line's price", tables: ["sale_line"],
      sql: "update sale_line set unit_price = 1, line_total = qty where sale_id = '\(sale)' and line = 2",
      words: "receipt 2 of 2026-03-12: total"),
    Tampering(
      title: "a sale's total", tables: ["sale"], sql: "update sale set total = total - 100 where id = '\(sale)'",
      words: "receipt 2 of 2026-03-12: total"),
    Tampering(
      title: "an audit entry's text", tables: ["audit_entry"],
      sql: "update audit_entry set after = replace(after, '5', '4') where action = 'products.update'",
      words: ": its hash does not fit its entries"),
    Tampering(
      title: "an audit link's hash", tables: ["audit_link"], sql: "update audit_link set hash = sha256('x') where seq = 3",
      words: "audit link 3: its hash"),
    Tampering(
      title: "a deleted sale line", tables: ["sale_line"], sql: "delete from sale_line where sale_id = '\(sale)' and line = 2",
      words: "receipt 2 of 2026-03-12: "),
    Tampering(
      title: "a deleted movement", tables: ["stock_movement"],
      sql: "delete from stock_movement where sale_id = '\(sale)' and line = 2", words: "line 2 of sale \(sale): no allocation"),
    Tampering(
      title: "a deleted audit entry", tables: ["audit_entry"], sql: "delete from audit_entry where link = 2 and entry = 1",
      words: "audit link 2: "),
    Tampering(
      title: "a deleted last link", tables: ["audit_entry", "audit_link", "audit_head"],
      sql: """
        delete from audit_entry where link = (select seq from audit_head);
        delete from audit_link where seq = (select seq from audit_head);
        update audit_head set (seq, hash) = (select seq, hash from audit_link order by seq desc limit 1)
        """, words: "sale \(otherSale): was never audited"),
    Tampering(
      title: "a product's price", tables: ["product"], sql: "update product set price = 1 where id = '\(Params.id(2))'",
      words: "product \(Params.id(2)): is not as audit link"),
    Tampering(
      title: "a user's role", tables: ["app_user"],
      sql: """
        drop index app_user_single_owner;
        update app_user set role = 'OWNER', recovery_hash = sha256('x') where username = 'sam'
        """, words: "there are 2 owners"),
    Tampering(
      title: "a user's password", tables: ["app_user"],
      sql: "update app_user set password_hash = '$2b$10$' || repeat('a', 53) where username = 'sam'", words: "user "),
    Tampering(
      title: "an idempotency key's sale", tables: ["idempotency_key"],
      sql: "update idempotency_key set sale_id = '\(sale)' where sale_id = '\(otherSale)'",
      words: "receipt 2 of 2026-03-12: 2 idempotency keys", isAudited: false),
    Tampering(
      title: "a counter", tables: ["day_counter"], sql: "update day_counter set receipts = receipts + 1",
      words: "receipt numbers of 2026-03-12: the last is 6, the counter says 7", isAudited: false),
    Tampering(
      title: "a product's total of a day", tables: ["product_day_total"],
      sql: "update product_day_total set revenue = revenue + 1 where product_id = '\(Params.id(2))'",
      words: "product \(Params.id(2)) of 2026-03-12: revenue", isAudited: false),
    Tampering(
      title: "a seller's total of a day", tables: ["seller_day_total"], sql: "delete from seller_day_total",
      words: "of 2026-03-12: not totalled", isAudited: false),
  ]

  /// Sam sells; a line of the second sale comes from two lots. The last write is a sale.
  private static func playADay(_ sidecar: Sidecar) throws {
    try sidecar.result("users.create", #"{"name":"Sam","username":"sam","password":"Plover-Meadow-17"}"#)
    try sidecar.result("products.create", Params.product(1, name: "Aspirin", price: "1.00"))
    try sidecar.result("products.create", Params.product(2, name: "Zinc", price: "4.00"))
    for qty in [3, 40] {
      let items = [1, 2].map { #"{"productId":"\#(Params.id($0))","qtyAdded":\#(qty),"unitCost":"0.55"}"# }
      try sidecar.result("stockIn.create", "{\"items\":[\(items.joined(separator: ","))]}")
    }
    try sidecar.result("products.update", #"{"id":"\#(Params.id(1))","sellingPrice":"1.50"}"#)
    let sam = try sidecar.result("auth.login", #"{"username":"sam","password":"Plover-Meadow-17"}"#)["token"]?.text ?? ""
    for number in 101...106 {
      let items = [(1, 2), (2, 1)].map { #"{"productId":"\#(Params.id($0.0))","qty":\#($0.1)}"# }
      try sidecar.result(
        "sales.create", #"{"token":"\#(sam)","id":"\#(Params.id(number))","items":[\#(items.joined(separator: ","))]}"#)
    }
  }

  /// Totals of the day, however many the program has made by itself.
  private static let totals = """
    delete from product_day_total; delete from seller_day_total; delete from totalled_day;
    insert into totalled_day select day, max(number) from sale group by day;
    insert into product_day_total select '2026-03-12', product_id, 6, sum(qty), sum(line_total), sum(qty) * 5500
    from sale_line group by product_id;
    insert into seller_day_total select '2026-03-12', u.id, 6, 18, 4200, 99000, (select min(till) from sale) from app_user u
    where u.username = 'sam'
    """

  @Test func everyRowChangedByHandIsNamed() throws {
    let shop = try Shop.fresh("tampering")
    let sidecar = try shop.open(["--fixed-now", "2026-03-12T09:00:00Z"])
    try Self.playADay(sidecar)
    let sockets = try #require(shop.socketDirectory)
    func change(_ sql: String) throws {
      try Psql.run(
        "begin; set local search_path = shelf; set local session_replication_role = replica; \(sql); commit",
        socketDirectory: sockets)
    }
    try change(Self.totals)
    let methods = try sidecar.result("system.hello")["methods"]?.items.compactMap(\.text) ?? []
    let proofs = ["system.check", "audit.verify"].filter(methods.contains)
    func expectWhole(_ when: String) throws {
      for proof in proofs { #expect(try sidecar.result(proof)["ok"]?.bool == true, "\(proof) \(when)") }
    }
    try expectWhole("before")
    for tampering in Self.all {
      for table in tampering.tables { try change("create table public.kept_\(table) as table \(table)") }
      try change(tampering.sql)
      for proof in proofs where proof == "system.check" || tampering.isAudited {
        let report = try sidecar.result(proof)
        let violations = (report["checks"]?.items ?? []).flatMap { check -> [String] in
          let found = check["violations"]?.items.compactMap(\.text) ?? []
          #expect(check["ok"]?.bool == found.isEmpty)
          return found
        }
        #expect(report["ok"]?.bool == false, "\(proof): \(tampering.title)")
        if proof == "system.check" {
          #expect(violations.contains { $0.contains(tampering.words) }, "\(tampering.title): \(violations)")
        }
      }
      for table in tampering.tables { try change(Self.putBack(table)) }
      try change("create unique index if not exists app_user_single_owner on app_user (role) where role = 'OWNER'")
      try expectWhole("after \(tampering.title) was put back")
    }
    try sidecar.result("sales.create", Params.sale(2))
    #expect(try sidecar.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  /// Every row as it was kept, in all columns that are not generated.
  private static func putBack(_ table: String) -> String {
    """
    do $$ declare names text; begin
      select string_agg(column_name, ', ') into names from information_schema.columns
      where table_schema = 'shelf' and table_name = '\(table)' and is_generated = 'NEVER';
      delete from \(table);
      execute 'insert into \(table) (' || names || ') overriding system value select ' || names || ' from public.kept_\(table)';
    end $$;
    drop table public.kept_\(table)
    """
  }

  @Test func theCheckTellsHowFarItIsAndStopsWhenTold() throws {
    let shop = try Shop.fresh("check-progress")
    let sidecar = try shop.open()
    let report = try sidecar.result("system.check", #"{"progressToken":"p"}"#)
    let names = report["checks"]?.items.compactMap { $0["name"]?.text } ?? []
    let told = sidecar.received.notifications.compactMap { $0["params"] }.filter { $0["token"]?.text == "p" }
    #expect(names.count >= 10 && Set(told.compactMap { $0["message"]?.text }) == Set(names))
    let shares = told.compactMap { $0["percentage"]?.int }
    #expect(shares.first == 0 && shares == shares.sorted() && shares.allSatisfy { $0 < 100 } && shares.count == names.count)

    let holder = try Holder("lock table shelf.audit_link in access exclusive mode", shop)
    let cancelled = try sidecar.post("system.check")
    let late = try sidecar.call("system.check", #"{"timeoutMs":300}"#, within: .seconds(5))
    #expect(late.errorName == "deadline-exceeded")
    try sidecar.send(#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(cancelled)}}"#)
    #expect(try sidecar.reply(cancelled, within: .seconds(3)).errorName == "request-cancelled")
    holder.release()
    #expect(try sidecar.result("system.check")["ok"]?.bool == true)
    #expect(try sidecar.finish() == .exited(0))
  }
}
