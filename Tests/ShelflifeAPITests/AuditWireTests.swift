// The audit, reprints, settings and the clock as a client sees them.
import JSONRPC
import Postgres
import TestSupport
import Testing

@testable import Shelflife
@testable import ShelflifeAPI

@Suite struct AuditWireTests {
  @Test func whoDidWhatIsTold() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let tea = try wire.stock("Tea", 5, id: 1)
    #expect(try wire.call("products.update", #"{"id":"\#(tea)","name":"Green tea","sellingPrice":"3"}"#).outcome == "ok")
    _ = try wire.call("auth.login", #"{"username":"nobody","password":"wrong-password"}"#)
    let reply = try wire.call("audit.list", #"{"limit":2}"#)
    #expect(
      reply["result.items.0"]?.contains(
        #""user":null,"sessionId":null,"action":"auth.login-failed","record":{"kind":"login","id":"\#(Identifier.none)","label":null},"before":null,"after":null"#
      )
        == true, "\(reply.text)")
    let update = #"{"name":"Tea","sellingPrice":"2.50"},"after":{"name":"Green tea","sellingPrice":"3.00"}"#
    #expect(reply["result.items.1"]?.contains(update) == true, "\(reply.text)")
    #expect(reply["result.items.1.record"] == #"{"kind":"product","id":"\#(tea)","label":"Green tea"}"#)
    #expect(
      reply["result.items.1.user.name"] == "Olga Owner" && reply["result.items.1.at"]?.hasPrefix("2026-03-10T12:00:0") == true)

    let cursor = try #require(reply["result.nextCursor"])
    let next = try wire.call("audit.list", #"{"limit":500,"cursor":"\#(cursor)"}"#)
    #expect(next["result.items.0.action"] == "stockIn.create" && next["result.nextCursor"] == "null")
    #expect(try wire.call("audit.list", #"{"cursor":"\#(cursor)","recordKind":"sale"}"#).issues == ["cursor"])
    #expect(try wire.call("audit.list", #"{"cursor":"x\#(cursor)"}"#).issues == ["cursor"])
    #expect(try wire.call("audit.list", #"{"from":"2026-03-10","to":"2026-03-09"}"#).issues == ["to"])
    #expect(
      try wire.call("audit.list", #"{"recordKind":"sales","action":"","recordId":"x","limit":501}"#).issues.sorted() == [
        "action", "limit", "recordId", "recordKind",
      ])
    let one = try wire.call(
      "audit.list", #"{"recordKind":"product","recordId":"\#(tea)","action":"products.create","from":"2026-03-10"}"#)
    #expect(one["result.items.0.before"] == "null" && one["result.items.0.after"]?.contains(#""sellingPrice":"2.50""#) == true)
    #expect(one["result.items.1"] == nil && one["result.nextCursor"] == "null")
  }

  /// What somebody wrote over an entry by hand is shown as it is, and verified to be wrong.
  @Test func aBentEntryIsShownAndNamed() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    _ = try wire.stock("Tea", 5, id: 1)
    let good = try wire.call("audit.verify")
    #expect(
      good["result.ok"] == "true" && good["result.checks.0.name"] == "audit-chain"
        && good["result.checks.1.name"] == "audit-records")
    #expect(good["result.checks.2"] == nil && good["result.checks.0.violations"] == "[]")
    let connection = try Connection(wire.database.superuser.with(setting: "search_path", "shelf"))
    defer { connection.close() }
    try connection.script("update audit_entry set after = 'not json' where action = 'products.create'")
    let listed = try wire.call("audit.list", #"{"action":"products.create"}"#)
    #expect(listed["result.items.0.after"] == #"{"unreadable":"not json"}"#)
    let bad = try wire.call("audit.verify")
    #expect(bad["result.ok"] == "false" && bad["result.checks.0.ok"] == "false")
    #expect(bad["result.checks.0.violations.0"]?.hasPrefix("audit link 5:") == true, "\(bad.text)")
  }

  @Test func aReprintUnderItsKeyIsTheSameCopy() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let tea = try wire.stock("Tea", 5, id: 1)
    let sam = try wire.token(.sam)
    let sale = try wire.call("sales.create", Wire.sale(tea, 1, #","token":"\#(sam)""#))
    let number = try #require(sale["result.receiptNo"])
    func reprint(_ key: String, _ token: String = "") throws -> JSON {
      try wire.call("sales.reprint", #"{"receiptNo":"\#(number)","idempotencyKey":"\#(key)"\#(token)}"#)
    }
    let mine = #","token":"\#(sam)""#
    let first = try reprint("a", mine)
    #expect(first["result.copyNo"] == "1" && first["result.items"] == sale["result.items"])
    #expect(try reprint("a", mine)["result"] == first["result"] && reprint("b", mine)["result.copyNo"] == "2")
    #expect(try reprint("a").outcome == "idempotency-key-reused", "another user's key")
    #expect(try reprint("c")["result.items.0.allocations.0.unitCost"] == "1.0000" && reprint("d")["result.copyNo"] == "4")
    #expect(try reprint("e", #","token":"\#(try wire.token(.tess))""#).outcome == "sale-not-found")
    #expect(try wire.call("sales.reprint", #"{"receiptNo":"\#(number)","id":"\#(Wire.id(1))"}"#).outcome == "validation-error")
    #expect(try wire.call("system.check")["result.ok"] == "true")
  }

  @Test func backupSettingsAreChecked() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    func update(_ params: String) throws -> JSON { try wire.call("store.update", params) }
    let first = try wire.call("store.get")
    #expect(
      first["result.backupFolder"] == "null" && first["result.backupKeepDaily"] == "30"
        && first["result.staffReturnLimit"] == "0.00")
    let longest = "/" + String(repeating: "ä", count: 449)
    for folder in ["/b", "/a b/ü", longest] {
      #expect(try update(#"{"backupFolder":"\#(folder)"}"#)["result.backupFolder"] == folder)
    }
    for folder in ["", "b", "./b", "~/b", " /b", "/a\\u0000b", "/a\\nb", "/a\\u0085b", longest + "xx"] {
      #expect(try update(#"{"backupFolder":"\#(folder)"}"#).issues == ["backupFolder"], "\(folder)")
    }
    for (member, value) in [
      ("backupFolder", "5"), ("backupKeepDaily", "0"), ("backupKeepDaily", "3661"), ("backupKeepMonthly", "-1"),
      ("backupKeepMonthly", "1201"), ("staffReturnLimit", "-1"), ("staffReturnLimit", "0.001"),
    ] { #expect(try update(#"{"\#(member)":\#(value)}"#).issues == [member], "\(member) \(value)") }
    #expect(
      try update(#"{"backupKeepDaily":3660,"backupKeepMonthly":0,"staffReturnLimit":19.5}"#)["result.staffReturnLimit"] == "19.50"
    )
    #expect(try update("{}")["result.backupFolder"] == longest, "what is absent stays")
    let cleared = try update(#"{"backupFolder":null,"idempotencyKey":"k"}"#)
    #expect(cleared["result.backupFolder"] == "null" && cleared["result.backupKeepMonthly"] == "0")
    #expect(try update(#"{"idempotencyKey":"k"}"#).outcome == "idempotency-key-reused", "null is another call than nothing")
    #expect(try wire.call("system.check")["result.ok"] == "true")
  }
}

@Suite struct ClockCareTests {
  /// One process after the other on one shop, each with a clock of its own.
  @Test func aWrongClockWaitsForTheOwner() throws {
    let database = try ShopDatabase.staffed()
    func day(_ time: String, _ body: (Wire, _ staff: String) throws -> Void) throws {
      let wire = try Wire(database, at: time)
      _ = try wire.token(.olga, bind: true)
      try body(wire, #","token":"\#(try wire.token(.sam))""#)
      try wire.end()
    }
    let tea = Wire.id(1)
    try day("2026-03-10T12:00:00Z") { wire, staff in
      _ = try wire.stock("Tea", 50, id: 1)
      #expect(try wire.call("sales.create", Wire.sale(tea, 1, staff))["result.receiptNo"] == "RCPT-20260310-0001")
    }
    for (time, refusal, number) in [
      ("2026-03-08T12:00:00Z", "clock-moved-backwards", "RCPT-20260308-0001"),
      ("2026-03-20T12:00:00Z", "clock-jumped-ahead", "RCPT-20260320-0001"),
      ("2026-03-10T18:00:00Z", "clock-moved-backwards", "RCPT-20260310-0002"),
    ] {
      try day(time) { wire, staff in
        let refused = try wire.call("sales.create", Wire.sale(tea, 1, staff))
        #expect(refused.outcome == refusal && refused["error.data.details.today"] == String(time.prefix(10)))
        let delivery = #"{"items":[{"productId":"\#(tea)","qtyAdded":1,"unitCost":"1"}]}"#
        #expect(try wire.call("stockIn.create", delivery).outcome == refusal)
        #expect(try wire.call("system.acknowledgeClock", "{" + staff.dropFirst() + "}").outcome == "forbidden")
        #expect(try wire.call("sales.create", Wire.sale(tea, 1, staff)).outcome == refusal, "staff changed nothing")
        #expect(try wire.call("system.acknowledgeClock").outcome == "ok")
        #expect(try wire.call("sales.create", Wire.sale(tea, 1, staff))["result.receiptNo"] == number, "its numbers go on")
        let told = try wire.call("audit.list", #"{"recordKind":"clock","limit":1}"#)
        #expect(
          told["result.items.0.after.clockMark"] == String(time.prefix(10)) && told["result.items.0.user.name"] == "Olga Owner")
        #expect(try wire.call("system.check")["result.ok"] == "true")
      }
    }
  }

  /// A name that is closed stays closed in a new process, whether there is such a user or not.
  @Test func theThrottleOutlivesTheProcess() throws {
    let database = try ShopDatabase.staffed()
    func attempt(_ wire: Wire, _ username: String, _ password: String = "wrong-password") throws -> JSON {
      try wire.call("auth.login", #"{"username":"\#(username)","password":"\#(password)"}"#)
    }
    let first = try Wire(database)
    for username in ["sam", "nobody"] {
      for _ in 0..<5 { #expect(try attempt(first, username).outcome == "invalid-credentials") }
    }
    try first.end()
    let second = try Wire(database, at: "2026-03-10T12:00:10Z")
    var waits: [Int] = []
    for (username, password) in [("SAM", "wagtail-2026"), ("nobody", "x"), ("NOBODY", "wrong-password")] {
      let refused = try attempt(second, username, password)
      #expect(refused.outcome == "too-many-attempts", "\(refused.text)")
      waits.append(try #require(refused["error.data.details.retryAfterSeconds"].flatMap(Int.init)))
    }
    #expect(waits.allSatisfy { (1...25).contains($0) } && (waits.max() ?? 0) - (waits.min() ?? 0) <= 3, "\(waits)")
    #expect(try attempt(second, "tess", "woodpecker-7").outcome == "ok")
    try second.end()
    let later = try Wire(database, at: "2026-03-10T12:01:00Z")
    #expect(
      try attempt(later, "sam", "wagtail-2026").outcome == "ok" && attempt(later, "nobody").outcome == "invalid-credentials")
  }
}
