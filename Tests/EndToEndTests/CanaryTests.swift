// Secrets planted wherever a client can put them, and searched for wherever somebody could find them.
import Glibc
import Testing

@Suite(.serialized) struct CanaryTests {
  /// Texts that stand for secrets. None is ever an argument of a program that the tests start.
  private struct Canaries {
    private(set) var all: [String] = []
    /// Those that one reply shows to whoever asked for them.
    private(set) var shown: Set<String> = []

    /// A password that nobody else uses.
    mutating func password(_ name: String) -> String {
      let text = "Canary-\(name)-\(all.count)-Zaunkönig"
      all.append(text)
      return text
    }

    /// A text in the place of a secret.
    mutating func planted(_ text: String) -> String {
      all.append(text)
      return text
    }

    /// A token or a code that the process has made.
    mutating func answered(_ text: String?) throws -> String {
      let text = try #require(text)
      all.append(text)
      shown.insert(text)
      return text
    }
  }

  /// Everything that stood in any command line of the machine.
  private final class CommandLines {
    private(set) var seen: Set<String> = []

    func look() {
      for pid in Processes.all { seen.insert(Processes.arguments(pid).joined(separator: " ")) }
    }
  }

  /// The files below a folder that hold one of the texts.
  private func files(below folder: String, holding texts: [String]) throws -> [String] {
    try Spawning.run(["/bin/sh", "-c", "grep -rlaF -f - '\(folder)' || true"], input: texts.joined(separator: "\n") + "\n")
      .split(separator: "\n").map(String.init)
  }

  /// Which of the texts a text holds, as it is or as a JSON string has it.
  private func found(_ texts: [String], in text: String) -> [String] { texts.filter { text.contains($0) } }

  @Test func noSecretIsFoundAnywhere() throws {
    var canaries = Canaries()
    let lines = CommandLines()
    let shop = Shop.empty("canary")
    let sidecar = try shop.start(["--log-level", "debug"])
    _ = try Spawning.eventually(within: .seconds(60)) {
      lines.look()
      return try sidecar.result("system.status")["database"]?.text == "ready"
    }
    func call(_ method: String, _ params: String) throws -> Reply {
      let id = try sidecar.post(method, params)
      lines.look()
      return try sidecar.reply(id)
    }
    func outcome(_ method: String, _ params: String) throws -> String { try call(method, params).errorName ?? "ok" }

    // The owner, whose code is shown once.
    let first = canaries.password("owner")
    let owner = #"{"name":"Asta Lind","username":"asta","password":"\#(first)","idempotencyKey":"owner"}"#
    let code = try canaries.answered(call("setup.createOwner", owner).result?["recoveryCode"]?.text)
    #expect(try call("setup.createOwner", owner).result?["recoveryCode"]?.isNull == true)
    #expect(try outcome("setup.createOwner", owner.split(separator: #","idempotencyKey"#)[0] + "}") == "owner-already-exists")
    func login(_ password: String) throws -> Reply {
      try call("auth.login", #"{"username":"asta","password":"\#(password)"}"#)
    }
    var token = try canaries.answered(login(first).result?["token"]?.text)

    // Wrong ones, in odd places and shapes.
    #expect(try login(canaries.password("wrong")).errorName == "invalid-credentials")
    for (method, params, expected) in [
      ("auth.login", #"{"username":"asta","password":["\#(canaries.password("array"))"]}"#, "validation-error"),
      ("auth.login", #"{"username":"asta","password":{"\#("is")":"\#(canaries.password("object"))"}}"#, "validation-error"),
      ("auth.login", #"{"username":{"x":"\#(canaries.password("username"))"},"password":1}"#, "validation-error"),
      ("auth.login", #"{"username":"asta","pasword":"\#(canaries.password("misspelt"))"}"#, "validation-error"),
      ("auth.login", #"["asta","\#(canaries.password("positional"))"]"#, "validation-error"),
      ("auth.login", #""\#(canaries.password("scalar"))""#, "invalid-request"),
      ("no.method", #"{"password":"\#(canaries.password("method"))"}"#, "method-not-found"),
      ("products.list", #"{"token":"\#(canaries.password("token"))"}"#, "invalid-token"),
      ("products.list", #"{"token":["\#(canaries.password("tokens"))"]}"#, "invalid-token"),
      ("products.list", #"{"token":"\#(token)x"}"#, "invalid-token"),
      ("products.list", #"{"token":"\#(token)","cursor":"\#(canaries.password("cursor"))"}"#, "validation-error"),
      (
        "users.create",
        #"{"token":"\#(token)","name":"A","username":"ab","password":"\#(canaries.password("long") + String(repeating: "x", count: 72))"}"#,
        "validation-error"
      ),
      (
        "products.create",
        #"{"token":"\#(token)","name":7,"sellingPrice":"\#(canaries.password("price"))","idempotencyKey":"\#(canaries.password("key"))"}"#,
        "validation-error"
      ),
      ("store.update", #"{"token":"\#(token)","timeZone":"\#(canaries.password("zone"))"}"#, "validation-error"),
      (
        "auth.changePassword",
        #"{"token":"\#(token)","currentPassword":"\#(canaries.password("current"))","newPassword":"\#(canaries.password("next"))"}"#,
        "invalid-credentials"
      ),
      (
        "auth.resetOwnerPassword",
        #"{"username":"asta","recoveryCode":"\#(canaries.planted("C0DE5-C0DE5-C0DE5-C0DE5-C0DE5"))","newPassword":"\#(canaries.password("reset"))"}"#,
        "invalid-recovery-code"
      ),
    ] { #expect(try outcome(method, params) == expected, "\(method) \(expected)") }
    // Lines without an id, and one that is not JSON.
    let count = sidecar.received.lines.count
    try sidecar.send(#"{"jsonrpc":"2.0","method":"users.create","params":{"password":"\#(canaries.password("notified"))"}}"#)
    try sidecar.send(#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"\#(canaries.password("cancelled"))"}}"#)
    try sidecar.send(#"{"jsonrpc":"2.0","id":1,"method":"auth.login","params":{"password":"\#(canaries.password("broken"))"#)
    #expect(sidecar.wait { $0.lines.count > count ? true : nil } == true)

    // Staff, changes and resets that succeed.
    let (hired, changed, given) = (canaries.password("hired"), canaries.password("changed"), canaries.password("given"))
    let berta =
      #"{"token":"\#(token)","id":"\#(Params.id(5))","name":"Berta","username":"berta","password":"\#(hired)","idempotencyKey":"hire"}"#
    #expect(try outcome("users.create", berta) == "ok" && outcome("users.create", berta) == "ok")
    let bertas = try canaries.answered(
      call("auth.login", #"{"username":"berta","password":"\#(hired)"}"#).result?["token"]?.text)
    let change = #"{"token":"\#(bertas)","currentPassword":"\#(hired)","newPassword":"\#(changed)","idempotencyKey":"change"}"#
    #expect(try outcome("auth.changePassword", change) == "ok")
    #expect(try outcome("auth.me", #"{"token":"\#(bertas)"}"#) == "invalid-token")
    #expect(try outcome("users.resetPassword", #"{"token":"\#(token)","id":"\#(Params.id(5))","password":"\#(given)"}"#) == "ok")
    let last = canaries.password("last")
    let reset = #"{"username":"asta","recoveryCode":"\#(code)","newPassword":"\#(last)","idempotencyKey":"reset"}"#
    _ = try canaries.answered(call("auth.resetOwnerPassword", reset).result?["recoveryCode"]?.text)
    #expect(try call("auth.resetOwnerPassword", reset).result?["recoveryCode"]?.isNull == true)
    token = try canaries.answered(login(last).result?["token"]?.text)

    // A row that the database refuses for a reason nobody foresaw, and connections that are cut in the middle.
    let sockets = try #require(shop.socketDirectory)
    try Psql.run("alter table shelf.app_user add constraint unforeseen check (name <> 'Cleo')", socketDirectory: sockets)
    let cleo = #"{"token":"\#(token)","name":"Cleo","username":"cleo","password":"\#(canaries.password("refused"))"}"#
    #expect(try outcome("users.create", cleo) == "internal-error")
    try Psql.run("alter table shelf.app_user drop constraint unforeseen", socketDirectory: sockets)
    let holder = try Holder("select from shelf.app_user for update", shop)
    let cut = try sidecar.post(
      "users.resetPassword", #"{"token":"\#(token)","id":"\#(Params.id(5))","password":"\#(canaries.password("cut"))"}"#)
    _ = Spawning.eventually(within: .milliseconds(500)) {
      lines.look()
      return sidecar.received.replies[cut] != nil
    }
    try Psql.run(
      "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'shelflife_serve'", socketDirectory: sockets)
    holder.release()
    #expect(try sidecar.reply(cut).result != nil)
    #expect(try outcome("system.check", #"{"token":"\#(token)"}"#) == "ok")
    #expect((try sidecar.result("audit.list", #"{"token":"\#(token)","limit":500}"#)["items"]?.items.count ?? 0) >= 10)

    // What the database keeps, as it is served.
    let hashes = try Psql.run(
      "select password_hash || E'\\n' || coalesce(encode(recovery_hash, 'hex'), '-----') from shelf.app_user",
      socketDirectory: sockets
    ).split(separator: "\n").map(String.init).filter { $0 != "-----" }
    #expect(hashes.count == 3)
    let kept = try Psql.run(
      """
      select key || coalesce(convert_from(result, 'UTF8'), '') from shelf.idempotency_key
      union all select concat_ws(' ', action, before, after) from shelf.audit_entry
      union all select t::text from shelf.login_throttle t union all select t::text from shelf.store t
      union all select concat_ws(' ', id, name, username, username_key) from shelf.app_user
      """, socketDirectory: sockets)
    #expect(kept.contains("owner-already-exists") == false && kept.contains("c:reset") && kept.contains("berta"))
    #expect(found(canaries.all + hashes, in: kept) == [])

    lines.look()
    #expect(try sidecar.finish() == .exited(0))
    #expect(shop.isStopped())

    #expect(canaries.all.count > 25)
    #expect(found(canaries.all + hashes + ["$2b$"], in: sidecar.errorText) == [], "on stderr")
    #expect(sidecar.errorText.contains("internal error") && sidecar.errorText.contains("unforeseen"), "and the cause is there")
    #expect(lines.seen.contains { $0.contains("supervise") && $0.contains(shop.directory) })
    for line in lines.seen { #expect(found(canaries.all, in: line) == [], "in a command line") }
    let replies = sidecar.received.lines
    for secret in canaries.all + hashes {
      #expect(replies.count { $0.contains(secret) } == (canaries.shown.contains(secret) ? 1 : 0), "in a reply: \(secret)")
    }
    // Neither in the tables, nor in the write-ahead log, nor in what server and supervisor log.
    #expect(try files(below: shop.directory, holding: canaries.all) == [])
    #expect(
      try files(below: shop.directory, holding: ["berta"]).contains { $0.hasPrefix(shop.cluster + "/base") }, "the search finds")
    let logs = Processes.entries(shop.directory).filter { $0.contains(".log") }.map { shop.directory + "/" + $0 }
    #expect(logs.count >= 2)
    for log in logs { #expect(found(hashes, in: Processes.read(log) ?? "") == [], "\(log)") }
  }

  /// The password of a database that somebody else runs, through failures, losses and a restart.
  @Test func theDatabasesPasswordIsFoundNowhere() throws {
    let server = try PlainServer("canary-plain")
    try server.start()
    try server.sql("create database canary")
    let lines = CommandLines()
    // As a query member, which libpq takes too.
    let url = server.url("canary").split(separator: ":" + PlainServer.password).joined() + "&password=" + PlainServer.password
    let sidecar = try Sidecar(
      Sidecar.Options(
        flags: ["--bcrypt-cost", "10", "--log-level", "debug", "--data-dir", Shop.folder + "/canary-unused"],
        environment: ["DATABASE_URL": url]))
    func isReady() throws -> Bool {
      lines.look()
      return try sidecar.result("system.status")["database"]?.text == "ready"
    }
    #expect(try Spawning.eventually(within: .seconds(30), isReady))
    try sidecar.result(
      "setup.createOwner", #"{"name":"Asta Lind","username":"\#(Shop.username)","password":"\#(Shop.password)"}"#)
    try sidecar.login()
    try sidecar.stock(1, qty: 5)
    try server.sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'canary'")
    try sidecar.result("sales.create", Params.sale(1))
    try server.stop()
    #expect(try sidecar.call("sales.create", Params.sale(1)).errorName == "database-unavailable")
    #expect(try sidecar.result("system.status")["reason"]?.text?.isEmpty == false)
    try server.start()
    #expect(try Spawning.eventually(within: .seconds(30), isReady))
    // Refused by a password that is wrong by now.
    try server.sql(
      """
      alter user \(PlainServer.user) password 'something-else';
      select pg_terminate_backend(pid) from pg_stat_activity where datname = 'canary'
      """)
    #expect(try sidecar.call("auth.me", #"{"timeoutMs":3000}"#).result == nil)
    lines.look()
    #expect(try sidecar.finish() == .exited(0))
    #expect(sidecar.errorText.contains("database lost") || sidecar.errorText.contains("database unavailable"))
    for text in [sidecar.errorText, sidecar.received.lines.joined(separator: "\n")] + lines.seen {
      #expect(!text.contains(PlainServer.password))
    }
  }
}
