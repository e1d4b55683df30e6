// What a recording of the wire may show: everything but secrets, each of which is a placeholder, always the same one.
import JSONRPC
import Shelflife

/// Replaces secrets in messages. Remembers them as salted digests only. Not Sendable: belongs to whoever writes the recording.
package struct SecretMask {
  /// What a placeholder is named after.
  private enum Kind: String {
    case password, token
    case recoveryCode = "recovery-code"
    /// A text of which nobody can say whether it is a secret: a mistyped member may hold a password.
    case text
  }

  /// So many secrets are told apart; later ones share a placeholder.
  private static let mostPlaceholders = 10_000

  private let methods: [String: [Schema.Member]]
  private let secretNames: Set<String>
  private let salt = Random.bytes(16)
  private var placeholders: [Digest: String] = [:]
  private var counts: [String: Int] = [:]

  package init() {
    let declarations = Catalogue.declarations
    methods = Dictionary(uniqueKeysWithValues: declarations.map { ($0.name, $0.allParams) })
    secretNames = Set(declarations.flatMap(\.params.secrets) + ["token"])
  }

  /// A line from the client: a request, a notification or a batch of them.
  package mutating func received(_ json: JSON) -> JSON {
    switch json {
    case .array(let members): .array(members.map { received($0) })
    case .object(let object): .object(request(object))
    default: withoutTexts(json)
    }
  }

  /// A line to the client.
  package mutating func sent(_ json: JSON) -> JSON {
    // The token of a progress is the client's own word for a call.
    if case .object(let object) = json, object["method"] == .string("$/progress") { return json }
    return masked(json)
  }

  private mutating func request(_ object: JSONObject) -> JSONObject {
    var name: String?
    if case .string(let method)? = object["method"] { name = method }
    let isCancellation = name.map { $0.isExactly("$/cancelRequest") } ?? false
    return mapped(object) { mask, member in
      switch member.name {
      case "jsonrpc", "id", "method": mask.plain(member.value)
      case "params":
        if isCancellation {
          mask.cancelled(member.value)
        } else {
          mask.params(member.value, of: name.flatMap { mask.methods[$0] })
        }
      default: mask.withoutTexts(member.value)
      }
    }
  }

  private mutating func params(_ json: JSON, of declared: [Schema.Member]?) -> JSON {
    guard let declared else { return withoutTexts(json) }
    return shown(json, Schema(.record(declared)))
  }

  /// The id of the call that is to be given up, and nothing else.
  private mutating func cancelled(_ json: JSON) -> JSON {
    guard case .object(let object) = json, object.members.count == 1, object.members[0].name == "id" else {
      return withoutTexts(json)
    }
    return .object(mapped(object) { mask, member in mask.plain(member.value) })
  }

  /// A value that has no parts in which something could hide.
  private mutating func plain(_ json: JSON) -> JSON {
    switch json {
    case .array, .object: withoutTexts(json)
    default: json
    }
  }

  /// A value as it was declared; what nobody declared may be anything.
  private mutating func shown(_ json: JSON, _ schema: Schema) -> JSON {
    switch (json, schema.form) {
    case (_, .named(_, let inner)), (_, .nullable(let inner)): shown(json, inner)
    case (.array(let items), .array(let item, _)): .array(items.map { shown($0, item) })
    case (.object(let object), .record(let members)):
      .object(
        mapped(object) { mask, member in
          guard let declared = members.first(where: { $0.name.isExactly(member.name) }) else {
            return mask.withoutTexts(member.value)
          }
          guard mask.secretNames.contains(member.name) else { return mask.shown(member.value, declared.schema) }
          return member.value.isText ? mask.masked(member) : mask.withoutTexts(member.value)
        })
    case (.string, .integer), (.string, .boolean), (.string, .array), (.string, .record), (.string, .map): withoutTexts(json)
    case (.number, .text), (.number, .boolean), (.number, .array), (.number, .record): withoutTexts(json)
    case (.string(let text), .enumeration(let names)): names.contains(text) ? json : withoutTexts(json)
    default: plain(json)
    }
  }

  private mutating func masked(_ member: JSONObject.Member) -> JSON {
    guard secretNames.contains(member.name), case .string(let secret) = member.value else { return masked(member.value) }
    let kind: Kind =
      switch member.name {
      case "token": .token
      case "recoveryCode": .recoveryCode
      default: .password
      }
    return .string(placeholder(kind, for: secret))
  }

  /// The value with the secrets in it replaced.
  private mutating func masked(_ json: JSON) -> JSON {
    switch json {
    case .array(let items): .array(items.map { masked($0) })
    case .object(let object): .object(mapped(object) { mask, member in mask.masked(member) })
    default: json
    }
  }

  /// The value with every text and number in it replaced.
  private mutating func withoutTexts(_ json: JSON) -> JSON {
    switch json {
    case .string(let text): .string(placeholder(.text, for: text))
    case .number(let number): .string(placeholder(.text, for: number.digits))
    case .array(let items): .array(items.map { withoutTexts($0) })
    case .object(let object): .object(mapped(object) { mask, member in mask.withoutTexts(member.value) })
    default: json
    }
  }

  private mutating func mapped(
    _ object: JSONObject, _ value: (inout Self, JSONObject.Member) -> JSON
  ) -> JSONObject {
    JSONObject(members: object.members.map { .init(name: $0.name, value: value(&self, $0)) })
  }

  private mutating func placeholder(_ kind: Kind, for secret: String) -> String {
    let digest = Digest.sha256(salt + Array("\(kind.rawValue) \(secret)".utf8))
    if let known = placeholders[digest] { return known }
    guard placeholders.count < Self.mostPlaceholders else { return "${\(kind.rawValue)}" }
    counts[kind.rawValue, default: 0] += 1
    let placeholder = "${\(kind.rawValue)-\(counts[kind.rawValue, default: 0])}"
    placeholders[digest] = placeholder
    return placeholder
  }
}

extension JSON {
  fileprivate var isText: Bool {
    if case .string = self { true } else { false }
  }
}
