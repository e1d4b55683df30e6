// Who may call what: the roles of each method, the order of refusals, and the life of a session.
import JSONRPC
import TestSupport
import Testing

@testable import Shelflife
@testable import ShelflifeAPI

@Suite struct AccessTests {
  @Test func accessIsThatOfTheContract() {
    var expected: [String: Access] = [:]
    for name in [
      "rpc.discover", "system.hello", "system.ping", "system.status", "system.shutdown", "setup.createOwner", "auth.login",
      "auth.resetOwnerPassword",
    ] { expected[name] = .everyone }
    for name in [
      "auth.me", "auth.logout", "auth.changePassword", "products.list", "products.get", "inventory.list", "inventory.get",
      "sales.quote", "sales.create", "sales.list", "sales.get", "sales.reprint", "store.get", "dashboard.summary",
    ] { expected[name] = .signedIn }
    for name in [
      "system.check", "system.acknowledgeClock", "users.list", "users.create", "products.create", "products.update",
      "stockIn.create", "stockIn.list", "stockIn.get", "store.update", "users.update", "users.setActive", "users.resetPassword",
      "audit.list", "audit.verify", "backup.run", "backup.list", "backup.verify", "backup.export", "backup.restore",
      "reports.sales", "reports.topProducts", "reports.lowStock", "reports.expiring", "reports.expired",
    ] { expected[name] = .owner }
    for method in Catalogue.declarations {
      if let access = expected.removeValue(forKey: method.name) { #expect(method.access == access, "\(method.name)") }
    }
    #expect(expected == [:], "every one of them is served")
  }

  /// Methods are made service by service, when one is first called.
  @Test func everyMethodIsFoundByItsName() {
    for method in Catalogue.methods {
      #expect(Catalogue.method(method.name)?.name == method.name)
      #expect(Catalogue.method(method.name)?.lane == method.lane, "\(method.name)")
    }
    for name in ["", ".", "sales", "sales.", ".sales", "sales.nothing", "nothing.create", "Sales.create", "sales.create "] {
      #expect(Catalogue.method(name) == nil, "\(name)")
    }
  }

  /// Unknown method, token, role, params, state: what comes first is what is told.
  @Test func refusalsComeInOrder() throws {
    let wire = try Wire()
    let sam = try wire.token(.sam)
    let olga = try wire.token(.olga)
    for (method, params, outcome) in [
      ("no.such", #"{"token":"x","nope":1}"#, "method-not-found"),
      ("products.create", #"{"nope":1}"#, "authorization-required"),
      ("products.create", #"{"token":5,"nope":1}"#, "invalid-token"),
      ("products.create", #"{"token":"","nope":1}"#, "invalid-token"),
      ("products.create", #"{"token":"\#(sam)","nope":1}"#, "forbidden"),
      ("products.create", #"{"token":"\#(olga)","nope":1}"#, "validation-error"),
      ("products.create", #"{"token":"\#(olga)","name":"Tea","sellingPrice":1}"#, "ok"),
      ("products.create", #"{"token":"\#(olga)","name":"TEA","sellingPrice":1,"timeoutMs":0}"#, "validation-error"),
      ("products.create", #"{"token":"\#(olga)","name":"TEA","sellingPrice":1}"#, "product-name-taken"),
      ("stockIn.get", #"{"token":"\#(sam)","refNo":"x"}"#, "forbidden"),
      ("sales.get", #"{"token":"\#(sam)","receiptNo":"RCPT-20260310-0001"}"#, "sale-not-found"),
      ("setup.createOwner", #"{"name":"Eve","username":"ev","password":"kingfisher!"}"#, "validation-error"),
      ("setup.createOwner", #"{"name":"Eve","username":"eve","password":"kingfisher!"}"#, "owner-already-exists"),
      ("system.ping", #"{"token":"x"}"#, "ok"),
    ] {
      #expect(try wire.call(method, params).outcome == outcome, "\(method) \(params)")
    }
  }

  @Test func theBoundSession() throws {
    let wire = try Wire()
    #expect(try wire.call("auth.me").outcome == "authorization-required")
    let unbound = try wire.token(.tess)
    #expect(try wire.call("auth.me").outcome == "authorization-required", "binding is off by default")
    let bound = try wire.token(.olga, bind: true)
    #expect(try wire.call("auth.me")["result.username"] == "olga")
    #expect(try wire.call("auth.me", #"{"token":"\#(unbound)"}"#)["result.username"] == "tess", "an explicit token beats it")
    #expect(try wire.call("auth.me", #"{"token":"\#(unbound)x"}"#).outcome == "invalid-token")
    #expect(try wire.call("auth.logout", #"{"token":"\#(unbound)"}"#).outcome == "ok")
    #expect(try wire.call("auth.me", #"{"token":"\#(unbound)"}"#).outcome == "invalid-token")
    #expect(try wire.call("auth.me")["result.username"] == "olga", "only its own end unbinds it")
    #expect(try wire.call("auth.logout").outcome == "ok")
    #expect(try wire.call("auth.me").outcome == "authorization-required")
    #expect(try wire.call("auth.me", #"{"token":"\#(bound)"}"#).outcome == "invalid-token")
  }

  @Test func aTokenIsGoodInItsProcessOnly() throws {
    let first = try Wire()
    let second = try Wire(first.database)
    let token = try first.token(.olga)
    #expect(try second.call("auth.me", #"{"token":"\#(token)"}"#).outcome == "invalid-token")
    #expect(try first.call("auth.me", #"{"token":"\#(token)"}"#).outcome == "ok")
  }

  /// What ends a session in one process ends it in every one, at the next call.
  @Test func aPasswordChangeEndsSessionsEverywhere() throws {
    let here = try Wire()
    let there = try Wire(here.database)
    let mine = try here.token(.sam)
    let other = try here.token(.sam)
    let far = try there.token(.sam)
    let change = #"{"token":"\#(mine)","currentPassword":"\#(Person.sam.password)","newPassword":"a-new-wagtail"}"#
    #expect(
      try here.call("auth.changePassword", change.replacing(Person.sam.password, with: "wrong")).outcome == "invalid-credentials")
    #expect(try here.call("auth.changePassword", change).outcome == "ok")
    for (wire, token) in [(here, mine), (here, other), (there, far)] {
      #expect(try wire.call("auth.me", #"{"token":"\#(token)"}"#).outcome == "invalid-token")
      #expect(try wire.call("sales.create", #"{"token":"\#(token)","nope":1}"#).outcome == "invalid-token", "before its params")
    }
    #expect(try there.call("auth.login", #"{"username":"sam","password":"a-new-wagtail"}"#).outcome == "ok")
  }

  @Test func loginsAreThrottledOverTheWire() throws {
    let wire = try Wire()
    for username in ["sam", "nobody"] {
      for _ in 0..<5 {
        #expect(try wire.call("auth.login", #"{"username":"\#(username)","password":"wrong"}"#).outcome == "invalid-credentials")
      }
      let refused = try wire.call("auth.login", #"{"username":"\#(username)","password":"wrong"}"#)
      #expect(refused.outcome == "too-many-attempts" && refused["error.data.retryable"] == "true")
      #expect(
        refused["error.data.details.retryAfterSeconds"].flatMap(Int.init).map { (1...30).contains($0) } == true, "\(refused.text)"
      )
    }
  }

  @Test func sessionsAge() throws {
    let sessions = Sessions()
    let start = try Instant(parsing: "2026-03-10T08:00:00Z")
    let store = StoreSettings(
      name: "", address: "", phone: "", currency: try Currency(parsing: "USD"), timeZone: "UTC", receiptFooter: "",
      sessionMaxAgeHours: 12, sessionIdleMinutes: 120)
    let user = User(
      id: Person.sam.caller.userID, name: "Sam", username: "sam", role: .staff, isActive: true, createdAt: start)
    func begin() -> String {
      sessions.start(SignedIn(user: user, credentialVersion: 1, store: store, incarnation: .none), at: start, bind: false).token
    }
    func outcome(_ token: String, _ minutes: Int64) -> String {
      do throws(Fault) {
        _ = try sessions.caller(token: token, at: start.adding(seconds: minutes * 60))
        return "ok"
      } catch { return error.description.name }
    }
    let idle = begin()
    #expect(outcome(idle, 120) == "ok")
    #expect(outcome(idle, 240) == "ok", "each use counts")
    #expect(outcome(idle, 361) == "token-expired")
    #expect(outcome(idle, 362) == "token-expired", "and it stays so")
    let used = begin()
    for minutes in stride(from: Int64(0), through: 720, by: 60) { #expect(outcome(used, minutes) == "ok") }
    #expect(outcome(used, 721) == "token-expired")
    sessions.endAll(of: user.id)
    #expect(outcome(begin(), 0) == "ok")
    let ended = begin()
    sessions.endAll(of: user.id)
    #expect(outcome(ended, 0) == "invalid-token")
  }
}
