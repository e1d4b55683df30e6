// The audit read back: who did what to which record, what each write changed, and where the chain is broken.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct AuditTests {
  private func list(
    _ till: Till, from: String? = nil, to: String? = nil, by person: Person? = nil, action: String? = nil,
    kind: AuditedRecord? = nil, record: Identifier? = nil, limit: Int = 500, after: AuditKey? = nil
  ) throws -> KeyedPage<AuditRecord, AuditKey> {
    let filter = AuditFilter(
      from: try from.map { try Day(parsing: $0) }, to: try to.map { try Day(parsing: $0) }, userID: person?.caller.userID,
      action: action, kind: kind, recordID: record, limit: limit, after: after)
    return try till.read { try Audit.list(filter, in: $0) }
  }

  /// `products.update product Soap {…} {…}`
  private func told(_ records: [AuditRecord]) -> [String] {
    records.map { record in
      ([record.action, record.kind.rawValue, record.label ?? "-"] + [record.before, record.after].compactMap(\.self))
        .joined(separator: " ")
    }
  }

  @Test func everyKindOfWriteTellsWhatItChanged() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false)
    try till.change(soap.id, name: "Soap bar", price: 300)
    let new = NewStockIn(
      id: nil, items: [try till.item(soap.id, 5, nil), try till.item(soap.id, 7, nil)], supplierName: "Medi AG", note: nil,
      allowExpired: false)
    let delivery = try till.done("stockIn.create") { try StockIns.create(new, in: $0) }
    let sale = try till.sell([(soap.id, 1)])
    _ = try till.done("sales.reprint", by: Person.sam.caller) { try Sales.reprint(.id(sale.id), in: $0) }
    let hash = try #require(PasswordHash(stored: "$2b$10$" + String(repeating: "a", count: 53)))
    let newUser = NewUser(
      id: nil, name: try Name(parsing: "Una"), username: try Username(parsing: "una"), passwordHash: hash)
    let una = try till.done("users.create") { try Users.create(newUser, in: $0) }
    _ = try till.done("users.update") { try Users.update(una.id, name: nil, username: Username(parsing: "una2"), in: $0) }
    _ = try till.done("users.setActive") { try Users.setActive(una.id, false, in: $0) }
    _ = try till.done("users.resetPassword") { try Users.resetPassword(una.id, to: hash, in: $0) }
    _ = try till.done("system.acknowledgeClock") { try Stores.acknowledgeClock(in: $0) }
    _ = try till.done("auth.logout", by: Person.sam.caller) { try Auth.logout(in: $0) }
    _ = try till.done("auth.changePassword", by: Person.sam.caller) { try Auth.changePassword(to: hash, in: $0) }
    #expect(
      told(try list(till, from: "2026-03-10").items.reversed()) == [
        #"products.create product Soap bar {"name": "Soap", "isActive": "true", "reorderLevel": "0", "sellingPrice": "2.50", "tracksExpiry": "false"}"#,
        #"products.update product Soap bar {"name": "Soap", "sellingPrice": "2.50"} {"name": "Soap bar", "sellingPrice": "3.00"}"#,
        #"stockIn.create stock-in STK-20260310-0001 {"lots": "2", "refNo": "STK-20260310-0001", "supplierName": "Medi AG"}"#,
        "stockIn.create lot STK-20260310-0001-1", "stockIn.create lot STK-20260310-0001-2",
        "sales.create sale RCPT-20260310-0001",
        #"sales.reprint sale RCPT-20260310-0001 {"copyNo": "1"}"#, "sales.reprint copy RCPT-20260310-0001",
        #"users.create user una2 {"name": "Una", "role": "STAFF", "username": "una"}"#,
        #"users.update user una2 {"username": "una"} {"username": "una2"}"#,
        #"users.setActive user una2 {"isActive": "true"} {"isActive": "false"}"#,
        #"users.resetPassword user una2 {"password": "changed"}"#,
        #"system.acknowledgeClock clock - {"clockMark": "2026-03-10"} {"clockMark": "2026-03-10"}"#,
        "auth.logout user sam", #"auth.changePassword user sam {"password": "changed"}"#,
      ])
    #expect(try list(till, record: delivery.items[0].lotID).items.map(\.label) == ["STK-20260310-0001-1"])
    #expect(try till.violations() == [])
  }

  @Test func filtersNarrowAndPagesStayPut() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    try till.deliver(soap, 50, nil)
    try till.at("2026-03-11T12:00:00Z")
    for number in 1...6 { try till.sell([(soap, 1)], by: number % 2 == 0 ? .sam : .tess) }
    try till.change(soap, price: 300)
    try till.at("2026-03-12T12:00:00Z")
    try till.change(soap, price: 400)

    let all = try list(till).items
    #expect(zip(all, all.dropFirst()).allSatisfy { ($0.key.link, $0.key.entry) > ($1.key.link, $1.key.entry) })
    #expect(all.count == 14 && all.first?.action == "products.update" && all.last?.action == "setup.createOwner")
    #expect(all.first?.user == Actor(id: Person.olga.caller.userID, name: "Olga Owner"))
    #expect(all.first?.sessionID == Person.olga.caller.sessionID && all.last?.sessionID == nil)
    for (found, count) in [
      (try list(till, by: .sam), 3), (try list(till, action: "sales.create"), 6), (try list(till, kind: .product), 3),
      (try list(till, record: soap), 3), (try list(till, record: soap, limit: 1), 1), (try list(till, record: identifier(9)), 0),
      (try list(till, to: "2026-03-09"), 3), (try list(till, from: "2026-03-11", to: "2026-03-11"), 7),
      (try list(till, from: "2026-03-11", to: "2026-03-11", by: .tess), 3), (try list(till, from: "2026-03-12"), 1),
      (try list(till, from: "2026-03-11", record: soap), 2), (try list(till, from: "2026-03-13"), 0),
      (try list(till, action: "sales.creat"), 0), (try list(till, by: .sam, kind: .product), 0),
    ] { #expect(found.items.count == count && (found.next == nil || found.items.count == 1)) }

    for dated in [false, true] {
      let before = try list(till).items.map(\.key)
      var (seen, next): ([AuditKey], AuditKey?) = ([], nil)
      repeat {
        let page = try list(till, from: dated ? "2026-01-01" : nil, limit: 4, after: next)
        seen += page.items.map(\.key)
        next = page.next
        try till.change(soap, price: 500 + Int64(seen.count))
      } while next != nil
      #expect(seen == before, "nothing twice, nothing left out, nothing that came later")
    }
  }

  /// A business day whose midnight comes twice, or never, has its own entries and no others.
  @Test(arguments: [
    ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59.999Z"),
    ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z", "2026-09-07T02:59:59.999Z"),
    ("Pacific/Kiritimati", "2026-03-10", "2026-03-09T10:00:00Z", "2026-03-10T09:59:59.999Z"),
    ("Pacific/Pago_Pago", "2026-03-10", "2026-03-10T11:00:00Z", "2026-03-11T10:59:59.999Z"),
  ])
  func daysAreThoseOfTheStore(zone: String, day: String, first: String, last: String) throws {
    let till = try Till(at: "2026-03-01T00:00:00Z")
    try till.settle(in: zone)
    for (name, time, step) in [("before", first, -1), ("first", first, 0), ("last", last, 0), ("after", last, 1)]
      as [(String, String, Int64)]
    {
      try till.at(time)
      till.now = till.now.adding(milliseconds: step)
      try till.product(name)
    }
    #expect(try list(till, from: day, to: day, kind: .product).items.map(\.label) == ["last", "first"])
    #expect(try list(till, from: day, kind: .product).items.map(\.label) == ["after", "last", "first"])
    #expect(try list(till, to: day, kind: .product).items.map(\.label) == ["last", "first", "before"])
  }

  @Test func theFirstViolationIsTheFirstBrokenLink() throws {
    let till = try Till()
    for number in 1...9 { try till.product("Product \(number)") }
    try till.sql(
      """
      set session_replication_role = replica;
      update audit_entry set action = 'x' where link in (11, 5, 8);
      update product set price = 1 where id in (select record_id from audit_entry where link in (9, 6, 12));
      set session_replication_role = origin
      """)
    let checks = try till.read { try Check.runAudit(in: $0) { _, _ in } }
    #expect(checks.map(\.name) == ["audit-chain", "audit-records"] && checks.map(\.checked) == [13, 12])
    #expect(checks[0].violations.map { $0.prefix { $0 != ":" } } == ["audit link 5", "audit link 8", "audit link 11"])
    #expect(checks[1].violations.compactMap { $0.split(separator: " ").dropLast(2).last } == ["6", "9", "12"])
  }
}

@Suite struct ReprintTests {
  private func reprint(_ till: Till, _ reference: DocumentReference, by person: Person = .olga) throws -> Reprint {
    try till.done("sales.reprint", by: person.caller) { try Sales.reprint(reference, in: $0) }
  }

  @Test func copiesAreCountedForEachReceipt() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    try till.deliver(soap, 9, nil)
    let (first, second) = (try till.sell([(soap, 1)], by: .sam), try till.sell([(soap, 2)], by: .tess))
    #expect(try reprint(till, .id(first.id)).copyNo == 1 && reprint(till, .number(first.number), by: .sam).copyNo == 2)
    #expect(try reprint(till, .number(second.number)).copyNo == 1)
    #expect(try reprint(till, .id(first.id)).sale.items[0].allocations[0].unitCost != nil)
    let mine = try reprint(till, .id(first.id), by: .sam)
    #expect(mine.copyNo == 4 && mine.sale.items[0].allocations[0].unitCost == nil && mine.sale.number == first.number)
    for missing in [DocumentReference.id(second.id), .number(second.number), .id(identifier(9))] {
      #expect(try refusal { _ = try reprint(till, missing, by: .sam) } == "sale-not-found")
    }
    #expect(try till.violations() == [])
    #expect(try till.sql("select copy_no from receipt_copy where sale_id = '\(first.id)' order by 1") == ["1", "2", "3", "4"])
  }

  @Test func ofManyReprintsAtOnceEachHasItsNumber() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    try till.deliver(soap, 9, nil)
    let sale = try till.sell([(soap, 1)])
    let database = till.database
    let threads = (0..<4).map { number in
      TestThread { () throws -> [Int] in
        let till = try Till(database)
        return try (0..<10).map { _ in try self.reprint(till, .id(sale.id), by: number % 2 == 0 ? .olga : .sam).copyNo }
      }
    }
    #expect(try threads.flatMap { try $0.value() }.sorted() == Array(1...40))
    #expect(try till.violations() == [])
  }

  /// The second waits for the first by the receipt's own lock, and sells go on meanwhile.
  @Test func aReprintWaitsForOneOfTheSameReceiptOnly() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    try till.deliver(soap, 9, nil)
    let (one, other) = (try till.sell([(soap, 1)]), try till.sell([(soap, 1)]))
    let holder = try Blocker(
      till.database, "select pg_advisory_xact_lock(\(WriteKey.lock(of: "receipt:" + one.id.text)))")
    let database = till.database
    let waiting = TestThread { try self.reprint(Till(database), .id(one.id)).copyNo }
    try holder.waitUntilSomebodyWaits()
    #expect(try reprint(till, .id(other.id)).copyNo == 1 && till.sell([(soap, 1)]).number.number == 3)
    try holder.release()
    #expect(try waiting.value() == 1)
  }
}
