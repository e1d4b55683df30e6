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

  private let methods: [String: Set<String>]
  private let secretNames: Set<String>
  private let salt = Random.bytes(16)
  private var placeholders: [Digest: String] = [:]
  private var counts: [String: Int] = [:]

  package init() {
    let declarations = Catalogue.declarations
    methods = Dictionary(uniqueKeysWithValues: declarations.map { ($0.name, Set($0.allParams.map(\.name))) })
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
  package mutating func sent(_ json: JSON) -> JSON { masked(json) }

  private mutating func request(_ object: JSONObject) -> JSONObject {
    var known: Set<String>?
    if case .string(let method)? = object["method"] { known = methods[method] }
    return mapped(object) { mask, member in
      switch member.name {
      case "jsonrpc", "id", "method": member.value
      case "params": mask.params(member.value, known: known)
      default: mask.withoutTexts(member.value)
      }
    }
  }

  private mutating func params(_ json: JSON, known: Set<String>?) -> JSON {
    guard let known, case .object(let object) = json else {
      // `$/cancelRequest` has nothing but an id to show.
      if case .object(let object) = json, object.members.count == 1, object.members[0].name == "id" { return json }
      return withoutTexts(json)
    }
    return .object(
      mapped(object) { mask, member in
        let isPlain = !mask.secretNames.contains(member.name) || member.value.isText
        return known.contains(member.name) && isPlain ? mask.masked(member) : mask.withoutTexts(member.value)
      })
  }

  private mutating func masked(_ member: JSONObject.Member) -> JSON {
    guard secretNames.contains(member.name) else { return masked(member.value) }
    guard case .string(let secret) = member.value else { return masked(member.value) }
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

  /// The value with every text in it replaced.
  private mutating func withoutTexts(_ json: JSON) -> JSON {
    switch json {
    case .string(let text): .string(placeholder(.text, for: text))
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
