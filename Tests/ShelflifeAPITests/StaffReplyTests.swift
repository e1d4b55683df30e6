// Staff never see a cost, a profit or how backups are kept: in no schema that demands it, and in no reply.
import JSONRPC
import TestSupport
import Testing

@testable import ShelflifeAPI

@Suite struct StaffReplyTests {
  /// What is the owner's alone, wherever it stands in a reply.
  private static let hidden: Set = [
    "unitCost", "cost", "profit", "stockValue", "value", "costValue", "varianceValue", "backupFolder", "backupKeepDaily",
    "backupKeepMonthly",
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
    ("sales.get", #"{"id":"$sale"}"#), ("sales.get", #"{"receiptNo":"RCPT-20260310-0002"}"#),
    ("dashboard.summary", "{}"), ("sales.list", "{}"), ("sales.list", #"{"productId":"$tea"}"#),
    ("sales.reprint", #"{"id":"$sale","idempotencyKey":"copy"}"#), ("sales.reprint", #"{"id":"$sale","idempotencyKey":"copy"}"#),
    ("lots.get", #"{"lotId":"$lot"}"#), ("lots.get", #"{"lotRefNo":"STK-20260310-0001-1"}"#),
    ("sales.returnable", #"{"id":"$sale"}"#), ("sales.returnable", #"{"receiptNo":"RCPT-20260310-0001"}"#),
    ("sales.return", #"{"saleId":"$sale","items":\#(back),"disposition":"quarantine","idempotencyKey":"back"}"#),
    ("sales.return", #"{"saleId":"$sale","items":\#(back),"disposition":"quarantine","idempotencyKey":"back"}"#),
    ("sales.return", #"{"saleId":"$sale","items":\#(back),"disposition":"destroy"}"#),
    ("sales.return", #"{"receiptNo":"RCPT-20260310-0001","disposition":"restock"}"#),
    ("sales.get", #"{"id":"$sale"}"#),
    ("sales.create", #"{"id":"$twice","items":[{"productId":"$tea","qty":1}]}"#),
    ("sales.void", #"{"saleId":"$twice","reason":"Rung up twice","idempotencyKey":"void"}"#),
    ("sales.void", #"{"saleId":"$twice","reason":"Rung up twice","idempotencyKey":"void"}"#),
    ("sales.get", #"{"id":"$twice"}"#),
    ("stockTake.list", "{}"),
    ("stockTake.count", #"{"stockTakeId":"$take","items":[{"lotId":"$lot","qty":5},{"productId":"$tea","qty":2}]}"#),
    ("recalls.list", "{}"),
    ("changes.since", "{}"), ("events.subscribe", #"{"types":["stock.changed"]}"#),
    ("auth.changePassword", #"{"currentPassword":"wagtail-2026","newPassword":"wagtail-2027"}"#),
    ("auth.logout", "{}"),
  ]

  private static let back = #"[{"line":1,"qty":1}]"#

  /// Methods that answer any receipt, and not who sold.
  private static let silentOfSeller: Set = ["sales.returnable", "sales.return"]

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

  /// What only the owner can make: a sale of hers, a stock take and a recall. Answers the stock take's id and the first lot's.
  private static func prepare(_ wire: Wire, _ tea: String) throws -> (take: String, lot: String) {
    let take = Wire.id(800)
    for (method, params) in [
      ("sales.create", #"{"id":"\#(Wire.id(701))","items":[{"productId":"\#(tea)","qty":2}]}"#),
      ("stockTake.start", #"{"id":"\#(take)"}"#),
      ("recalls.start", #"{"batchNo":"B-1","reason":"Letter of the maker"}"#),
    ] {
      let reply = try wire.call(method, params)
      #expect(reply.outcome == "ok", "\(method): \(reply.text)")
    }
    let stock = try wire.call("inventory.get", #"{"productId":"\#(tea)"}"#)
    return (take, try #require(stock["result.lots.0.id"]))
  }

  @Test func noReplyHoldsWhatIsHidden() throws {
    let wire = try Wire()
    let owner = try wire.token(.olga, bind: true)
    let tea = try wire.stock("Tea", 4, id: 1)
    let settings = #"{"backupFolder":"/backups","backupKeepDaily":9,"staffReturnLimit":"20"}"#
    #expect(try wire.call("store.update", settings).outcome == "ok")
    #expect(
      try wire.call("stockIn.create", #"{"items":[{"productId":"\#(tea)","qtyAdded":9,"unitCost":"1.2345"}]}"#).outcome == "ok")
    let (take, lot) = try Self.prepare(wire, tea)
    func filled(_ params: String, _ token: String) -> String {
      let known = params.replacing("$tea", with: tea).replacing("$sale", with: Wire.id(700))
        .replacing("$twice", with: Wire.id(702)).replacing("$take", with: take).replacing("$lot", with: lot)
      return known == "{}" ? #"{"token":"\#(token)"}"# : #"{"token":"\#(token)","# + known.dropFirst()
    }
    var token = try wire.token(.sam)
    for (method, params) in Self.calls {
      let reply = try wire.call(method, filled(params, token))
      #expect(reply.outcome == "ok", "\(method) \(params): \(reply.text)")
      #expect(Self.hiddenMembers(reply) == [], "\(method) \(params): \(reply.text)")
      #expect(!reply.text.contains("1.2345") && !reply.text.contains("/backups"), "\(method) \(params)")
      if Self.silentOfSeller.contains(method) {
        #expect(!reply.text.contains("soldBy") && !reply.text.contains(Person.olga.name), "\(method) \(params): \(reply.text)")
      }
      if Self.parting.contains(method) {
        token = try #require(
          wire.call("auth.login", #"{"username":"sam","password":"wagtail-2027"}"#)["result.token"])
      }
    }
    // A refused sale tells of lots too.
    token = try #require(wire.call("auth.login", #"{"username":"sam","password":"wagtail-2027"}"#)["result.token"])
    let short = try wire.call("sales.create", filled(Wire.sale(tea, 900), token))
    #expect(short.outcome == "stock-too-low" && Self.hiddenMembers(short) == [])

    for (method, params) in Self.calls
    where ["inventory.get", "sales.get", "store.get", "sales.reprint", "lots.get"].contains(method) {
      let fresh = params.replacing("copy", with: "another copy")
      #expect(Self.hiddenMembers(try wire.call(method, filled(fresh, owner))) != [], "the owner sees it: \(method) \(params)")
    }
  }
}
