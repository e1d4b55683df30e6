// A primary and its standby, which every commit waits for, as somebody else runs them; and the tills on both.
import Glibc
import JSONRPC

final class ServerPair {
  /// Which of them takes writes is the test's doing.
  let first: PlainServer
  let second: PlainServer
  private let name: String

  /// A primary with a standby that is in step, and a database.
  init(_ name: String, database: String = "shop") throws {
    self.name = name
    first = try PlainServer(name + "-1")
    try first.start(Self.settings)
    try first.sql("create database \(database)")
    second = try PlainServer(name + "-2", copyOf: first)
    try second.start(Self.settings)
    try first.sql("alter system set synchronous_standby_names = '*'")
    try first.sql("select pg_reload_conf()")
    try awaitStandby(of: first)
  }

  static let settings = ["wal_keep_size=256MB", "wal_retrieve_retry_interval=200ms"]

  func awaitStandby(of primary: PlainServer) throws {
    let isThere = try Spawning.eventually(within: .seconds(20)) {
      try primary.sql("select count(*) from pg_stat_replication where sync_state = 'sync'").hasPrefix("1")
    }
    if !isThere { throw Failure("the standby does not follow\n\(second.log.suffix(1_000))") }
  }

  /// Who waits for the standby, among the server's sessions.
  static let waiting = "wait_event = 'SyncRep'"

  /// Whether a commit comes to wait for the standby.
  func isWaitingForStandby() throws -> Bool {
    try Spawning.eventually(within: .seconds(10)) {
      try first.sql("select count(*) > 0 from pg_stat_activity where \(Self.waiting)").hasPrefix("t")
    }
  }

  func url(_ options: String = "", database: String = "shop") -> String {
    "postgresql://\(PlainServer.user):\(PlainServer.password)@127.0.0.1:\(first.port),127.0.0.1:\(second.port)/\(database)"
      + "?target_session_attrs=read-write\(options)"
  }

  /// A till with a data directory of its own.
  func till(_ number: Int, url: String? = nil, launcher: [String] = []) throws -> Sidecar {
    try Sidecar(
      Sidecar.Options(
        flags: ["--bcrypt-cost", "10", "--data-dir", directory(number)], environment: ["DATABASE_URL": url ?? self.url()],
        launcher: launcher))
  }

  func directory(_ number: Int) -> String { Shop.folder + "/\(name)-till-\(number)" }

  /// Tills that are signed in, in a shop with plenty of product 1.
  func tills(_ count: Int) throws -> [Sidecar] {
    let tills = try (0..<count).map { try till($0) }
    try tills[0].makeOwner()
    try tills[0].stock(1, qty: 1_000_000)
    for till in tills { try till.login() }
    return tills
  }
}

extension Sidecar {
  /// Makes the owner of a shop that has none, and signs in.
  func makeOwner() throws {
    try result(
      "setup.createOwner", #"{"name":"Asta Lind","username":"\#(Shop.username)","password":"\#(Shop.password)"}"#,
      within: .seconds(60))
    try login()
  }

  /// `database` and `reason` of `system.status`.
  func standing() throws -> (database: String, reason: String) {
    let status = try result("system.status")
    return (status["database"]?.text ?? "", status["reason"]?.text ?? "")
  }

  /// The same for people.
  var standingWords: String {
    do { return "\(try standing())" } catch { return "\(error)" }
  }
}

/// Somebody at a till who sells one thing after the other, each under a key of its own, and asks again with that key until there is an
/// answer. Works on a thread of its own.
final class Seller: Sendable {
  struct Sale: Sendable {
    let key: String
    let receipt: String
    /// When it was first asked for, and when it was acknowledged.
    let askedAt: ContinuousClock.Instant
    let at: ContinuousClock.Instant
  }

  private struct State {
    var sales: [Sale] = []
    var refusals: [String] = []
    var isOver = false
    var isGone = false
    var wantsEnd = false
  }

  let till: Sidecar
  private let name: String
  private let state = Monitor(State())

  /// What a till is told while its database is away.
  static let passing: Set = ["database-unavailable", "outcome-unknown"]

  init(_ till: Sidecar, name: String) {
    self.till = till
    self.name = name
    WorkerThread.start(name: name) { self.work() }
  }

  private func work() {
    var number = 0
    while !state.withLock({ $0.wantsEnd }) {
      number += 1
      sell(key: "\(name)-\(number)")
    }
    state.withLock { $0.isGone = true }
    state.broadcast()
  }

  private func sell(key: String) {
    let askedAt = ContinuousClock.now
    while true {
      guard let reply = try? till.call("sales.create", Params.sale(1, key: key)) else {
        return note("no answer to \(key)")
      }
      if let receipt = reply.result?["receiptNo"]?.text {
        let sale = Sale(key: key, receipt: receipt, askedAt: askedAt, at: .now)
        state.withLock { $0.sales.append(sale) }
        state.broadcast()
        return
      }
      guard Self.passing.contains(reply.errorName ?? "") else { return note(reply.line) }
      usleep(20_000)
    }
  }

  private func note(_ refusal: String) {
    state.withLock {
      $0.refusals.append(refusal)
      $0.wantsEnd = true
    }
  }

  var sales: [Sale] { state.withLock { $0.sales } }
  /// What was answered that should not have been.
  var refusals: [String] { state.withLock { $0.refusals } }

  /// Waits until so many sales are made; false after `limit`.
  func hasSold(_ count: Int, within limit: Duration = .seconds(30)) -> Bool {
    state.wait(until: .now + limit) { $0.sales.count >= count ? true : nil } ?? false
  }

  /// Lets the sale under way come to its end.
  func end(within limit: Duration = .seconds(30)) -> [Sale] {
    state.withLock { $0.wantsEnd = true }
    _ = state.wait(until: .now + limit) { $0.isGone ? true : nil }
    return sales
  }
}
