// Order and its limits: a whole file piped in, calls given up while they wait, deadlines, notifications, and the end.
import Glibc
import JSONRPC
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Shelflife
@testable import ShelflifeAPI

@Suite struct OrderTests {
  @Test func aWholeFilePipedInAtOnce() throws {
    let wire = try Wire(.empty())
    var lines: [String] = []
    func add(_ id: String, _ method: String, _ params: String = "{}") {
      lines.append(#"{"jsonrpc":"2.0","id":"\#(id)","method":"\#(method)","params":\#(params)}"#)
    }
    let soap = Wire.id(1)
    add("early", "auth.me")
    add("owner", "setup.createOwner", #"{"name":"Olga","username":"olga","password":"kingfisher!"}"#)
    add("login", "auth.login", #"{"username":"olga","password":"kingfisher!","bind":true}"#)
    add("me", "auth.me")
    add("hire", "users.create", #"{"name":"Sam","username":"sam","password":"wagtail-2026"}"#)
    add("people", "users.list")
    add("soap", "products.create", #"{"id":"\#(soap)","name":"Soap","sellingPrice":"1.25","tracksExpiry":false}"#)
    add("stock", "stockIn.create", #"{"items":[{"productId":"\#(soap)","qtyAdded":100,"unitCost":"0.5"}]}"#)
    for number in 1...40 {
      add("sale \(number)", "sales.create", Wire.sale(soap, 2))
      add("left \(number)", "inventory.get", #"{"productId":"\#(soap)"}"#)
    }
    add("login sam", "auth.login", #"{"username":"sam","password":"wagtail-2026","bind":true}"#)
    add("sam", "auth.me")
    add("forbidden", "users.list")
    add("sams", "sales.create", Wire.sale(soap, 20))
    add("none left", "sales.create", Wire.sale(soap))
    add("logout", "auth.logout")
    add("late", "auth.me")
    // The last line has no newline.
    try wire.write(lines.joined(separator: "\n"))
    let replies = Dictionary(uniqueKeysWithValues: try wire.end().map { ($0["id"] ?? "", $0) })
    #expect(replies.count == lines.count)
    func reply(_ id: String) -> JSON { replies[id] ?? .null }
    #expect(reply("early").outcome == "authorization-required" && reply("late").outcome == "authorization-required")
    #expect(reply("me")["result.username"] == "olga" && reply("sam")["result.username"] == "sam")
    #expect(reply("people")["result.items.1.username"] == "sam")
    for number in 1...40 {
      #expect(
        reply("sale \(number)")["result.receiptNo"].map { $0.hasSuffix(number < 10 ? "-000\(number)" : "-00\(number)") } == true)
      let left = reply("left \(number)")["result.totalQty"].flatMap(Int.init) ?? -1
      #expect(left >= 0 && left <= 100 - 2 * number, "a read sees every write before it: \(left) after \(number)")
    }
    #expect(reply("forbidden").outcome == "forbidden")
    #expect(reply("sams")["result.receiptNo"] == "RCPT-20260310-0041" && reply("sams")["result.soldBy.name"] == "Sam")
    #expect(reply("none left").outcome == "stock-too-low")
  }

  @Test func aNotificationThatWouldWriteIsNotRun() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let soap = try wire.stock("Soap", 9, id: 1)
    try wire.write(
      """
      {"jsonrpc":"2.0","method":"sales.create","params":\(Wire.sale(soap))}
      {"jsonrpc":"2.0","method":"products.update","params":{"id":"\(soap)","sellingPrice":"0"}}
      {"jsonrpc":"2.0","method":"auth.login","params":{"username":"sam","password":"\(Person.sam.password)","bind":true}}
      {"jsonrpc":"2.0","method":"inventory.get","params":{"productId":"\(soap)"}}

      """)
    let after = try wire.call("inventory.get", #"{"productId":"\#(soap)"}"#)
    #expect(after["result.totalQty"] == "9" && after["result.sellingPrice"] == "2.50", "\(after.text)")
    #expect(try wire.call("auth.me")["result.username"] == "olga")
    #expect(wire.logged.filter { $0.contains("notification") }.count == 3, "\(wire.logged)")
    #expect(try wire.end().isEmpty, "and nothing of it is answered")
  }

  @Test func aQueuedSaleIsCancelledAtOnce() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let soap = try wire.stock("Soap", 9, id: 1)
    let holder = try Holder(wire.database, soap)
    let running = try wire.send("sales.create", Wire.sale(soap, 1))
    try holder.waitUntilSomebodyWaits()
    let queued = try wire.send("sales.create", Wire.sale(soap, 2, #","idempotencyKey":"k""#))
    let behind = try wire.send("sales.create", Wire.sale(soap, 4))
    try wire.write(#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(queued)}}"# + "\n")
    let cancelled = try wire.reply(queued)
    #expect(cancelled.outcome == "request-cancelled" && cancelled["error.code"] == "-32800", "while the lane is still busy")
    #expect(try !wire.hasReply(running))
    try holder.release()
    #expect(try wire.reply(running)["result.receiptNo"] == "RCPT-20260310-0001")
    #expect(try wire.reply(behind)["result.receiptNo"] == "RCPT-20260310-0002")
    #expect(try wire.call("inventory.get", #"{"productId":"\#(soap)"}"#)["result.totalQty"] == "4")
    #expect(try wire.call("sales.create", Wire.sale(soap, 2, #","idempotencyKey":"k""#)).outcome == "ok", "its key is unused")
  }

  @Test func aSaleThatWaitsForALockIsCancelled() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let soap = try wire.stock("Soap", 9, id: 1)
    let holder = try Holder(wire.database, soap)
    let blocked = try wire.send("sales.create", Wire.sale(soap, 1))
    try holder.waitUntilSomebodyWaits()
    try wire.write(#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(blocked)}}"# + "\n")
    #expect(try wire.reply(blocked).outcome == "request-cancelled", "while the lock is still held")
    try holder.release()
    #expect(try wire.call("sales.create", Wire.sale(soap, 2))["result.receiptNo"] == "RCPT-20260310-0001")
    #expect(try wire.call("inventory.get", #"{"productId":"\#(soap)"}"#)["result.totalQty"] == "7")
    #expect(try wire.call("system.check")["result.ok"] == "true")
  }

  /// However many calls hang in the database, whoever reads the pipe is there for the next.
  @Test func hangingCallsAreReadPast() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let soap = try wire.stock("Soap", 9, id: 1)
    _ = try wire.call("products.get", #"{"id":"\#(soap)"}"#)
    let holder = try Holder(wire.database, soap)
    try holder.lockTables("product", "lot")
    var hanging: [String] = []
    for (method, params) in [
      ("products.get", #"{"id":"\#(soap)"}"#), ("sales.quote", Wire.sale(soap, 1)), ("sales.create", Wire.sale(soap, 1)),
      ("products.get", #"{"id":"\#(soap)"}"#),
    ] {
      hanging.append(try wire.send(method, params))
      // The last finds no worker, and waits in its lane.
      try holder.waitUntilSomebodyWaits(min(hanging.count, 3))
      #expect(try wire.call("system.ping").outcome == "ok", "behind \(hanging.count)")
    }
    for call in hanging {
      try wire.write(#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(call)}}"# + "\n")
      #expect(try wire.reply(call).outcome == "request-cancelled")
    }
    try holder.release()
    #expect(try wire.call("sales.create", Wire.sale(soap, 2))["result.receiptNo"] == "RCPT-20260310-0001")
  }

  @Test func aWriteThatWaitsForALockIsCancelled() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let soap = try wire.stock("Soap", 9, id: 1)
    let holder = try Holder(wire.database, soap, table: "product", column: "id")
    let blocked = try wire.send("products.update", #"{"id":"\#(soap)","sellingPrice":"9"}"#)
    try holder.waitUntilSomebodyWaits()
    try wire.write(#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(blocked)}}"# + "\n")
    #expect(try wire.reply(blocked).outcome == "request-cancelled")
    try holder.release()
    #expect(try wire.call("products.get", #"{"id":"\#(soap)"}"#)["result.sellingPrice"] == "2.50")
  }

  @Test func aDeadlineEndsAWaitForALock() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let soap = try wire.stock("Soap", 9, id: 1)
    let holder = try Holder(wire.database, soap)
    let start = ContinuousClock.now
    let late = try wire.call("sales.create", Wire.sale(soap, 1, #","timeoutMs":300,"idempotencyKey":"k""#))
    let took = start.duration(to: .now)
    #expect(late.outcome == "deadline-exceeded" && late["error.data.retryable"] == "true")
    #expect(took >= .milliseconds(290) && took < .seconds(5), "\(took)")
    try holder.release()
    #expect(try wire.call("inventory.get", #"{"productId":"\#(soap)"}"#)["result.totalQty"] == "9")
    #expect(
      try wire.call("sales.create", Wire.sale(soap, 1, #","idempotencyKey":"k""#))["result.receiptNo"] == "RCPT-20260310-0001")
  }

  /// One sale of a group waits for a lock until its time is over: it alone fails, though the lock is still held.
  @Test func aDeadlineInAGroupCostsTheOthersNothing() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let soap = try wire.stock("Soap", 9, id: 1)
    let tea = try wire.stock("Tea", 9, id: 2)
    let zinc = try wire.stock("Zinc", 9, id: 3)
    let first = try Holder(wire.database, soap)
    let second = try Holder(wire.database, zinc)
    let head = try wire.send("sales.create", Wire.sale(soap))
    try first.waitUntilSomebodyWaits()
    let before = try wire.send("sales.create", Wire.sale(tea))
    let late = try wire.send("sales.create", Wire.sale(zinc, 1, #","timeoutMs":1200"#))
    let after = try wire.send("sales.create", Wire.sale(tea, 2))
    try first.release()
    #expect(try wire.reply(head)["result.receiptNo"] == "RCPT-20260310-0001")
    #expect(try wire.reply(late).outcome == "deadline-exceeded")
    #expect(try wire.reply(before)["result.receiptNo"] == "RCPT-20260310-0002")
    #expect(try wire.reply(after)["result.receiptNo"] == "RCPT-20260310-0003")
    try second.release()
    #expect(try wire.call("inventory.get", #"{"productId":"\#(zinc)"}"#)["result.totalQty"] == "9")
    #expect(try wire.call("system.check")["result.ok"] == "true")
  }

  /// Two sales were answered together: the next of those two are made together, too, though one comes a moment later.
  @Test func whoWasAnsweredTogetherIsWaitedFor() throws {
    let wire = try Wire(.staffed(), longestGathering: .seconds(5))
    _ = try wire.token(.olga, bind: true)
    let soap = try wire.stock("Soap", 9, id: 1)
    let tea = try wire.stock("Tea", 9, id: 2)
    let (first, second) = (try Holder(wire.database, soap), try Holder(wire.database, tea))
    let head = try wire.send("sales.create", Wire.sale(soap))
    try first.waitUntilSomebodyWaits()
    let pair = try [wire.send("sales.create", Wire.sale(tea)), wire.send("sales.create", Wire.sale(tea))]
    try first.release()
    _ = try wire.reply(head)
    try second.waitUntilSomebodyWaits()
    // An eighth of it is how long the two are waited for: half a second, also on a machine that is busy.
    usleep(4_000_000)
    try second.release()
    for id in pair { #expect(try wire.reply(id).outcome == "ok") }
    let next = try wire.send("sales.create", Wire.sale(soap))
    usleep(20_000)
    let last = try wire.send("sales.create", Wire.sale(soap))
    #expect(try wire.reply(next)["result.receiptNo"] == "RCPT-20260310-0004")
    #expect(try wire.reply(last)["result.receiptNo"] == "RCPT-20260310-0005")
    let links = try Connection(wire.database.superuser).script("select entries from shelf.audit_link order by seq desc limit 2")
    #expect(links == [["2"], ["2"]], "two groups of two")
    // Whoever comes alone is not kept waiting for ever.
    #expect(try wire.call("sales.create", Wire.sale(soap))["result.receiptNo"] == "RCPT-20260310-0006")
  }

  @Test func aCancelledSaleInAGroupCostsTheOthersNothing() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let soap = try wire.stock("Soap", 9, id: 1)
    let tea = try wire.stock("Tea", 9, id: 2)
    let zinc = try wire.stock("Zinc", 9, id: 3)
    let first = try Holder(wire.database, soap)
    let second = try Holder(wire.database, zinc)
    let head = try wire.send("sales.create", Wire.sale(soap))
    try first.waitUntilSomebodyWaits()
    let before = try wire.send("sales.create", Wire.sale(tea))
    let doomed = try wire.send("sales.create", Wire.sale(zinc))
    let after = try wire.send("sales.create", Wire.sale(tea, 2))
    try first.release()
    #expect(try wire.reply(head).outcome == "ok")
    try second.waitUntilSomebodyWaits()
    try wire.write(#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(doomed)}}"# + "\n")
    #expect(try wire.reply(doomed).outcome == "request-cancelled")
    #expect(try [wire.reply(before), wire.reply(after)].map(\.outcome) == ["ok", "ok"])
    try second.release()
    #expect(try wire.call("inventory.get", #"{"productId":"\#(zinc)"}"#)["result.totalQty"] == "9")
  }

  @Test func aQueuedCallsDeadlineNeedsNoWorker() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let soap = try wire.stock("Soap", 9, id: 1)
    let holder = try Holder(wire.database, soap)
    let head = try wire.send("sales.create", Wire.sale(soap))
    try holder.waitUntilSomebodyWaits()
    for (method, params) in [
      ("products.create", #"{"name":"x","sellingPrice":1,"timeoutMs":50}"#), ("products.list", #"{"timeoutMs":50}"#),
      ("users.create", #"{"name":"x","username":"xyz","password":"wagtail-2027","timeoutMs":50}"#),
      ("system.check", #"{"timeoutMs":50}"#),
    ] {
      #expect(try wire.call(method, params).outcome == "deadline-exceeded", "\(method) behind a busy lane")
    }
    #expect(try wire.call("system.ping").outcome == "ok")
    try holder.release()
    #expect(try wire.reply(head).outcome == "ok")
    #expect(
      try wire.call("users.list")["result.items.3.username"] == nil && wire.call("products.list")["result.items.1.name"] == nil)
  }

  @Test func shutdownAnswersWhatCameBefore() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let soap = try wire.stock("Soap", 90, id: 1)
    let sales = try (0..<30).map { _ in try wire.send("sales.create", Wire.sale(soap)) }
    let hire = try wire.send("users.create", #"{"name":"Zoe","username":"zoe","password":"wagtail-2027"}"#)
    let shutdown = try wire.send("system.shutdown")
    let late = try wire.send("sales.create", Wire.sale(soap))
    for sale in sales { #expect(try wire.reply(sale).outcome == "ok") }
    #expect(try wire.reply(hire).outcome == "ok")
    #expect(try wire.reply(shutdown)["result"] == "{}")
    let rest = try wire.end()
    #expect(rest.allSatisfy { $0["id"] == late && $0.outcome == "shutting-down" }, "\(rest.map(\.text))")
    let till = try Connection(wire.database.superuser)
    defer { till.close() }
    #expect(try till.script("select count(*) from shelf.sale")[0][0] == "30")
  }

  @Test func withoutADatabase() throws {
    let database = try ShopDatabase.staffed()
    let isThere = Mutex(false)
    let source = DatabaseSource(
      prepare: { _ throws(ProvisionFailure) in
        guard isThere.withLock({ $0 }) else {
          throw ProvisionFailure(reason: "the disk is unplugged", logText: "secret path", isTransient: false)
        }
        return try Provision.shared(database.superuser)
      }, release: {})
    let wire = try Wire(database, source: source)
    let login = #"{"username":"olga","password":"\#(Person.olga.password)","bind":true}"#
    let refused = try wire.call("auth.login", login)
    #expect(refused.outcome == "database-unavailable" && refused["error.data.retryable"] == "true")
    #expect(refused["error.data.details.reason"] == "the disk is unplugged")
    #expect(try wire.call("system.status")["result.database"] == "unavailable")
    #expect(try wire.call("system.ping").outcome == "ok")
    isThere.withLock { $0 = true }
    for _ in 0..<100 where try wire.call("system.status")["result.database"] != "ready" { usleep(20_000) }
    #expect(try wire.call("auth.login", login).outcome == "ok")
    #expect(try wire.call("auth.me")["result.role"] == "OWNER")
  }

  /// A backend that is killed between two calls costs nothing; one killed under a sale is made up for.
  @Test func aLostConnectionIsMadeUpFor() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let soap = try wire.stock("Soap", 9, id: 1)
    let kill = try Connection(wire.database.superuser)
    defer { kill.close() }
    let others =
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    try kill.script(others)
    #expect(try wire.call("sales.create", Wire.sale(soap))["result.receiptNo"] == "RCPT-20260310-0001")
    let holder = try Holder(wire.database, soap)
    let blocked = try wire.send("sales.create", Wire.sale(soap))
    try holder.waitUntilSomebodyWaits()
    try kill.script(others + " and wait_event_type = 'Lock'")
    try holder.release()
    #expect(try wire.reply(blocked)["result.receiptNo"] == "RCPT-20260310-0002")
    #expect(try wire.call("inventory.get", #"{"productId":"\#(soap)"}"#)["result.totalQty"] == "7")
  }
}

/// Holds the lock of a product's lots, or of the product. Belongs to one thread.
final class Holder {
  private let connection: Connection
  private let database: ShopDatabase
  private let pid: Int32

  init(_ database: ShopDatabase, _ product: String, table: String = "lot", column: String = "product_id") throws {
    self.database = database
    connection = try Connection(database.superuser.with(setting: "search_path", "shelf"))
    pid = connection.processID
    try connection.script("begin")
    try connection.script("select from \(table) where \(column) = '\(product)' for update")
  }

  deinit { connection.close() }

  /// Nobody reads them until the release.
  func lockTables(_ names: String...) throws {
    try connection.script("lock table \(names.joined(separator: ", ")) in access exclusive mode")
  }

  /// Returns once somebody waits for this lock, or as many as are named.
  func waitUntilSomebodyWaits(_ count: Int = 1) throws {
    let watch = try Connection(database.superuser)
    defer { watch.close() }
    for _ in 0..<2_000 {
      if try watch.script("select from pg_stat_activity where \(pid) = any(pg_blocking_pids(pid))").count >= count { return }
      usleep(2_000)
    }
    throw Unexpected("nobody waits for the lock")
  }

  func release() throws { try connection.script("rollback") }
}
