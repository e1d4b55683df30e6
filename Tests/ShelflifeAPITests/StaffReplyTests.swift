// Staff never see a cost, a profit or how backups are kept: in no schema that demands it, and in no reply.
import JSONRPC
import TestSupport
import Testing

@testable import ShelflifeAPI

@Suite struct StaffReplyTests {
  /// What is the owner's alone, wherever it stands in a reply.
  private static let hidden: Set = [
    "unitCost", "cost", "profit", "stockValue", "backupFolder", "backupKeepDaily", "backupKeepMonthly",
  ]

  private static let methods = Catalogue.declarations.filter { $0.access != .owner }

  /// Methods that staff may call and that have no example below, each with its reason.
  private static let exceptions = [
    "rpc.discover": "answers the documentation, which names the members",
    "system.shutdown": "answers nothing and ends the process",
    "setup.createOwner": "is refused once there are staff",
    "auth.resetOwnerPassword": "answers the owner's new code to whoever knows the old one",
  ]

  /// One real call by a member of staff for each other method; what a method needs that it does not find in a fresh shop is made
  /// by `prepare`.
  private static let calls: [(method: String, params: String)] = [
    ("system.hello", "{}"), ("system.ping", "{}"), ("system.status", "{}"),
    ("auth.login", #"{"username":"sam","password":"wagtail-2026"}"#),
    ("auth.me", "{}"), ("store.get", "{}"),
    ("products.list", "{}"), ("products.get", #"{"id":"$tea"}"#),
    ("inventory.list", #"{"withLots":true,"includeEmpty":true}"#), ("inventory.list", "{}"),
    ("inventory.get", #"{"productId":"$tea","includeEmpty":true}"#), ("inventory.get", #"{"productId":"$tea"}"#),
    ("sales.quote", #"{"items":[{"productId":"$tea","qty":1},{"productId":"$tea","qty":900}]}"#),
    ("sales.create", #"{"id":"$sale","items":[{"productId":"$tea","qty":3}],"idempotencyKey":"one"}"#),
    ("sales.create", #"{"id":"$sale","items":[{"productId":"$tea","qty":3}],"idempotencyKey":"one"}"#),
    ("sales.get", #"{"id":"$sale"}"#), ("sales.get", #"{"receiptNo":"RCPT-20260310-0001"}"#),
    ("dashboard.summary", "{}"), ("sales.list", "{}"), ("sales.list", #"{"productId":"$tea"}"#),
    ("sales.reprint", #"{"id":"$sale","idempotencyKey":"copy"}"#), ("sales.reprint", #"{"id":"$sale","idempotencyKey":"copy"}"#),
    ("changes.since", "{}"), ("events.subscribe", #"{"types":["stock.changed"]}"#),
    ("auth.changePassword", #"{"currentPassword":"wagtail-2026","newPassword":"wagtail-2027"}"#),
    ("auth.logout", "{}"),
  ]

  /// Ends the caller's session, so that the next call begins with another.
  private static let parting: Set = ["auth.changePassword"]

  @Test func everyMethodOfTheirsHasAnExample() {
    let covered = Set(Self.calls.map(\.method)).union(Self.exceptions.keys)
    #expect(Set(Self.methods.map(\.name)).subtracting(covered) == [], "give it a call above, or a reason")
    #expect(covered.subtracting(Self.methods.map(\.name)) == [], "there is no such method for staff")
  }

  @Test func noSchemaDemandsWhatIsHidden() {
    func demanded(_ schema: Schema, _ path: String) -> [String] {
      switch schema.form {
      case .anything, .boolean, .integer, .text, .decimal, .enumeration: return []
      case .array(let item, _), .map(let item): return demanded(item, path + "[]")
      case .nullable(let inner), .named(_, let inner): return demanded(inner, path)
      case .either(let all): return all.flatMap { demanded($0, path) }
      case .record(let members):
        return members.flatMap { member in
          let place = "\(path).\(member.name)"
          let isDemanded = Self.hidden.contains(member.name) && member.presence != .optional
          return (isDemanded ? [place] : []) + demanded(member.schema, place)
        }
      }
    }
    for method in Self.methods { #expect(demanded(method.result, method.name) == []) }
    let owners = Catalogue.declarations.first { $0.name == "stockIn.get" }
    #expect(owners.map { demanded($0.result, "") } == [".items[].unitCost"], "and the search finds what there is")
  }

  private static func hiddenMembers(_ json: JSON) -> [String] {
    switch json {
    case .object(let object):
      object.members.flatMap { (hidden.contains($0.name) ? [$0.name] : []) + hiddenMembers($0.value) }
    case .array(let items): items.flatMap(hiddenMembers)
    default: []
    }
  }

  @Test func noReplyHoldsWhatIsHidden() throws {
    let wire = try Wire()
    let owner = try wire.token(.olga, bind: true)
    let tea = try wire.stock("Tea", 4, id: 1)
    let settings = #"{"backupFolder":"/backups","backupKeepDaily":9,"staffReturnLimit":"20"}"#
    #expect(try wire.call("store.update", settings).outcome == "ok")
    #expect(
      try wire.call("stockIn.create", #"{"items":[{"productId":"\#(tea)","qtyAdded":9,"unitCost":"1.2345"}]}"#).outcome == "ok")
    func filled(_ params: String, _ token: String) -> String {
      let known = params.replacing("$tea", with: tea).replacing("$sale", with: Wire.id(700))
      return known == "{}" ? #"{"token":"\#(token)"}"# : #"{"token":"\#(token)","# + known.dropFirst()
    }
    var token = try wire.token(.sam)
    for (method, params) in Self.calls {
      let reply = try wire.call(method, filled(params, token))
      #expect(reply.outcome == "ok", "\(method) \(params): \(reply.text)")
      #expect(Self.hiddenMembers(reply) == [], "\(method) \(params): \(reply.text)")
      #expect(!reply.text.contains("1.2345") && !reply.text.contains("/backups"), "\(method) \(params)")
      if Self.parting.contains(method) {
        token = try #require(
          wire.call("auth.login", #"{"username":"sam","password":"wagtail-2027"}"#)["result.token"])
      }
    }
    // A refused sale tells of lots too.
    token = try #require(wire.call("auth.login", #"{"username":"sam","password":"wagtail-2027"}"#)["result.token"])
    let short = try wire.call("sales.create", filled(Wire.sale(tea, 900), token))
    #expect(short.outcome == "stock-too-low" && Self.hiddenMembers(short) == [])

    for (method, params) in Self.calls where ["inventory.get", "sales.get", "store.get", "sales.reprint"].contains(method) {
      let fresh = params.replacing("copy", with: "another copy")
      #expect(Self.hiddenMembers(try wire.call(method, filled(fresh, owner))) != [], "the owner sees it: \(method) \(params)")
    }
  }
}
