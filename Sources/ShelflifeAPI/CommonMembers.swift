/// Beside the shapes: the members that every call's params may carry whatever the method is.
import JSONRPC
import Shelflife

/// What a call names its progress with; sent back as it came.
package enum ProgressToken: Sendable, Equatable {
  case text(String)
  /// The digits as written.
  case integer(String)
}

/// `token`, `timeoutMs`, `progressToken` and, for writes, `idempotencyKey`. Read when a call arrives, before anybody knows who
/// calls: what is wrong with them is kept and told together with the issues of the method's own params.
package struct CommonMembers: Sendable {
  package private(set) var token: String?
  /// 1…600 000.
  package private(set) var timeoutMs: Int?
  package private(set) var progressToken: ProgressToken?
  package private(set) var idempotencyKey: String?
  /// True where a token was sent that is no text of a token's length: no session can be its.
  package private(set) var hasUnreadableToken = false
  package private(set) var issues: [ValidationIssue] = []
  /// How many members of the params are these.
  private(set) var count = 0
  private let isWrite: Bool

  package init(_ params: JSONObject, isWrite: Bool) {
    self.isWrite = isWrite
    for member in params.members {
      guard let name = Name(member.name, isWrite: isWrite) else { continue }
      count += 1
      if case .null = member.value { continue }
      switch name {
      case .token:
        token = take(Self.token, member)
        hasUnreadableToken = token == nil
      case .timeoutMs: timeoutMs = take(Self.timeoutMs, member)
      case .progressToken: progressToken = take(Self.progressToken, member)
      case .idempotencyKey: idempotencyKey = take(Self.idempotencyKey, member)
      }
    }
  }

  private mutating func take<Value>(_ shape: Shape<Value>, _ member: JSONObject.Member) -> Value? {
    var reader = ShapeReader(moneyScale: 0)
    if let value = shape.read(member.value, &reader) { return value }
    reader.place(.member(member.name), since: 0)
    issues += reader.issues
    return nil
  }

  /// Whether `name` is one of these in this call.
  func names(_ name: String) -> Bool { Name(name, isWrite: isWrite) != nil }

  enum Name: String, CaseIterable {
    case token, timeoutMs, progressToken, idempotencyKey

    init?(_ name: String, isWrite: Bool) {
      switch name.utf8.count {
      case 5 where name == "token": self = .token
      case 9 where name == "timeoutMs": self = .timeoutMs
      case 13 where name == "progressToken": self = .progressToken
      case 14 where isWrite && name == "idempotencyKey": self = .idempotencyKey
      default: return nil
      }
    }
  }
}

extension CommonMembers {
  static let token = Shape<String>.string(1...4_096)
  static let timeoutMs = Shape<Int>.integer(1...600_000)
  static let idempotencyKey = Shape<String>.string(1...128)
  static let progressToken = Shape<ProgressToken>(
    schema: Schema(.either([.text(1...128), Schema(.integer(Int64.min...Int64.max))])),
    read: { json, reader in
      switch json {
      case .string:
        return string.read(json, &reader).map(ProgressToken.text)
      case .number(let number):
        if number.int64 != nil { return .integer(number.digits) }
        reader.refuse("not-an-integer", "A string or an integer of 64 bits is needed.")
      default:
        reader.refuseKind(expected: "a string or an integer", given: json)
      }
      return nil
    },
    write: { token, writer in
      switch token.pointee {
      case .text(let text): writer.json.string(text)
      case .integer(let digits): writer.json.value(.number(JSONNumber(digits: digits)))
      }
    })
  private static let string = Shape<String>.string(1...128)

  /// The documentation of these members, for a method that writes or one that does not.
  package static func schemas(isWrite: Bool) -> [Schema.Member] {
    let all = [
      Schema.Member(
        name: "token", schema: token.schema,
        description:
          "The session, as auth.login answered it. Without it the session bound to this pipe is used, if there is one.",
        presence: .optional),
      Schema.Member(
        name: "timeoutMs", schema: timeoutMs.schema,
        description: "The deadline of this call in milliseconds from its arrival. When it passes, nothing has changed.",
        presence: .optional),
      Schema.Member(
        name: "progressToken", schema: progressToken.schema,
        description: "Names the $/progress notifications of this call.", presence: .optional),
      Schema.Member(
        name: "idempotencyKey", schema: idempotencyKey.schema,
        description: "The same call under the same key again answers with the first result and does nothing twice.",
        presence: .optional),
    ]
    return isWrite ? all : Array(all.dropLast())
  }
}
