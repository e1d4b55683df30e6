// A server that somebody else runs: found, lost, found again, and refused where a sale could get lost on it.
import Glibc
import Testing

@Suite(.serialized) struct DatabaseURLTests {
  /// One server for the suite; each test has its own database, and leaves the server running.
  private static nonisolated(unsafe) let server = Result<PlainServer, any Error> {  // Allowed: the suite is serialized.
    let server = try PlainServer("plain")
    try server.start()
    return server
  }

  private func start(_ url: String, _ flags: [String] = []) throws -> Sidecar {
    try Sidecar(
      Sidecar.Options(
        flags: ["--bcrypt-cost", "10", "--data-dir", Shop.folder + "/unused"] + flags, environment: ["DATABASE_URL": url]))
  }

  private func makeOwner(_ sidecar: Sidecar) throws {
    try sidecar.result(
      "setup.createOwner", #"{"name":"Asta Lind","username":"\#(Shop.username)","password":"\#(Shop.password)"}"#)
    try sidecar.login()
  }

  private func isReady(_ sidecar: Sidecar, within limit: Duration) throws -> Bool {
    try Spawning.eventually(within: limit) { try sidecar.result("system.status")["database"]?.text == "ready" }
  }

  @Test func servesAndShowsNobodyThePassword() throws {
    let server = try Self.server.get()
    try server.sql("create database plain")
    let sidecar = try start(server.url("plain"), ["--log-level", "debug"])
    try makeOwner(sidecar)
    try sidecar.stock(1, qty: 10)
    #expect(try sidecar.result("sales.create", Params.sale(1))["receiptNo"]?.text?.hasSuffix("-0001") == true)
    #expect(try sidecar.faultsInBooks() == [])
    for pid in Processes.all {
      #expect(!Processes.arguments(pid).joined(separator: " ").contains(PlainServer.password))
    }
    #expect(try sidecar.finish() == .exited(0))
    #expect(!sidecar.errorText.contains(PlainServer.password))
    #expect(access(Shop.folder + "/unused", F_OK) != 0, "no embedded cluster was made")
  }

  @Test func theFirstHostMayBeDead() throws {
    let server = try Self.server.get()
    try server.sql("create database hosts")
    let sidecar = try start(server.url("hosts", before: ["127.0.0.1:\(try PlainServer.freePort())"]))
    try makeOwner(sidecar)
    try sidecar.stock(1, qty: 10)
    try sidecar.result("sales.create", Params.sale(1))
    #expect(try sidecar.finish() == .exited(0))
  }

  @Test func aServerThatGoesAndComesBackInTheMiddle() throws {
    let server = try Self.server.get()
    try server.sql("create database restart")
    let sidecar = try start(server.url("restart"))
    try makeOwner(sidecar)
    try sidecar.stock(1, qty: 1_000)
    let before = try (0..<40).map { try sidecar.post("sales.create", Params.sale(1, key: "r\($0)")) }
    _ = try sidecar.reply(before[10])
    try server.stop()
    defer { do { try server.start() } catch { _ = error } }

    for id in before {
      let reply = try sidecar.reply(id)
      #expect(reply.result != nil || ["database-unavailable", "outcome-unknown"].contains(reply.errorName), "\(reply.line)")
    }
    let refused = try sidecar.call("sales.create", Params.sale(1))
    #expect(refused.errorName == "database-unavailable" && refused.errorCode == 503, "\(refused.line)")
    #expect(refused.value["error"]?["data"]?["retryable"]?.bool == true)
    #expect(try sidecar.call("products.list").errorName == "database-unavailable")
    #expect(try sidecar.result("system.ping")["now"] != nil)
    let status = try sidecar.result("system.status")
    #expect(status["database"]?.text == "unavailable" && status["reason"]?.text?.isEmpty == false, "\(status)")

    try server.start()
    #expect(try isReady(sidecar, within: .seconds(20)))
    let receipts = try (0..<40).map { number in
      try #require(try sidecar.result("sales.create", Params.sale(1, key: "r\(number)"))["receiptNo"]?.text)
    }
    let known = before.map { sidecar.received.replies[$0]?.result?["receiptNo"]?.text }
    #expect(zip(known, receipts).allSatisfy { $0 == nil || $0 == $1 })
    #expect(Set(receipts).count == 40)
    #expect(try sidecar.sales().count == 40)
    #expect(try sidecar.faultsInBooks() == [])
    #expect(try sidecar.finish() == .exited(0))
    try server.stop()
  }

  @Test func aServerThatIsNotThereYetIsWaitedFor() throws {
    let server = try Self.server.get()
    try server.sql("create database late")
    try server.stop()
    defer { do { try server.start() } catch { _ = error } }
    let sidecar = try start(server.url("late"))
    #expect(
      try Spawning.eventually(within: .seconds(10)) { try sidecar.result("system.status")["database"]?.text == "unavailable" })
    #expect(try sidecar.call("products.list").errorName == "authorization-required", "the door needs no database")
    let login = #"{"username":"nobody","password":"nothing at all"}"#
    #expect(try sidecar.call("auth.login", login).errorName == "database-unavailable")
    try server.start()
    #expect(try isReady(sidecar, within: .seconds(20)))
    try makeOwner(sidecar)
    #expect(try sidecar.finish() == .exited(0))
    try server.stop()
  }

  @Test(arguments: ["fsync", "full_page_writes", "synchronous_commit"])
  func unsafeSettingsAreRefusedInWords(setting: String) throws {
    let server = try Self.server.get()
    try server.stop()
    try server.start(["\(setting)=off"])
    defer {
      do {
        try server.stop()
        try server.start()
      } catch { _ = error }
    }
    // What a session can set for itself is no reason to refuse.
    let sessionMaySet = setting == "synchronous_commit"
    let sidecar = try start(server.url("postgres"))
    #expect(try Spawning.eventually(within: .seconds(20)) { try sidecar.result("system.status")["database"]?.text != "starting" })
    let status = try sidecar.result("system.status")
    if sessionMaySet {
      #expect(status["database"]?.text == "ready", "\(status)")
    } else {
      #expect(status["database"]?.text == "unavailable" && status["reason"]?.text?.contains(setting) == true, "\(status)")
      let refused = try sidecar.call("auth.login", #"{"username":"owner","password":"whatever-it-is"}"#)
      #expect(refused.errorName == "database-unavailable", "\(refused.line)")
    }
    #expect(try sidecar.finish() == .exited(0))
  }

  @Test func aNewerDatabaseIsRefusedInWordsAndLeftAlone() throws {
    let server = try Self.server.get()
    try server.sql("create database newer")
    let first = try start(server.url("newer"))
    try makeOwner(first)
    let version = try #require(try first.result("system.status")["schemaVersion"]?.int)
    #expect(try first.finish() == .exited(0))
    for number in (version + 1)...(version + 2) {
      try server.sql(
        "insert into shelf.schema_migration (number, name, checksum, applied_at) values (\(number), 'future', 'x', now())",
        database: "newer")
    }
    let second = try start(server.url("newer"))
    #expect(
      try Spawning.eventually(within: .seconds(20)) { try second.result("system.status")["database"]?.text == "unavailable" })
    let reason = try second.result("system.status")["reason"]?.text ?? ""
    #expect(reason.contains("newer") && reason.contains(String(version + 2)) && reason.contains(String(version)), "\(reason)")
    let login = #"{"username":"nobody","password":"nothing at all"}"#
    #expect(try second.call("auth.login", login).errorName == "database-unavailable")
    #expect(try second.finish() == .exited(0))
    #expect(try server.sql("select count(*) from shelf.app_user", database: "newer").contains("1"))
  }

  @Test func aWrongPasswordIsToldAndNotRepeated() throws {
    let server = try Self.server.get()
    let url = server.url("postgres").split(separator: PlainServer.password).joined(separator: "Wrong-Secret-6617")
    let sidecar = try start(url)
    #expect(
      try Spawning.eventually(within: .seconds(20)) { try sidecar.result("system.status")["database"]?.text == "unavailable" })
    #expect(try sidecar.result("system.status")["reason"]?.text?.isEmpty == false)
    #expect(try sidecar.finish() == .exited(0))
    #expect(!sidecar.errorText.contains("Wrong-Secret") && !sidecar.received.lines.joined().contains("Wrong-Secret"))
  }
}
