/// Documents: the methods as a page to read.
import JSONRPC
import Shelflife

/// `methods.md`: one section a method, in the order of the declarations.
package struct MethodPage: Sendable {
  let methods: [MethodDeclaration]
  let events: [EventDeclaration]

  package init(methods: [MethodDeclaration], events: [EventDeclaration] = []) {
    self.methods = methods
    self.events = events
  }

  package var text: String {
    var text = "# Methods\n\nGenerated from the declarations that serve the calls; do not edit.\n"
    text += "\nEvery call may also carry these params, `idempotencyKey` only where the method writes:\n\n"
    text += Self.table(CommonMembers.schemas(isWrite: true), .params)
    text += "\nAny call may be refused for what it is before its own errors are looked for: \(Self.listed(Self.before)). And any "
    text += "call may meet these: \(Self.listed(Self.anytime)).\n"
    text += "\n| method | role | lane | |\n| --- | --- | --- | --- |\n"
    for method in methods {
      text += "| [`\(method.name)`](#\(Self.anchor(method.name))) | \(method.access.rawValue) | \(method.lane.rawValue) | "
      text += "\(Self.cell(method.summary)) |\n"
    }
    for method in methods { text += Self.section(method) }
    text += eventSection
    let named = NamedSchemas(methods).sorted
    if !named.isEmpty { text += "\n# Shapes\n" }
    for entry in named {
      text += "\n## \(entry.name)\n\n"
      if let description = entry.schema.description { text += description + "\n\n" }
      if let members = entry.schema.members {
        text += Self.table(members, entry.direction)
      } else {
        text += Self.kind(entry.schema, entry.direction) + "\n"
      }
    }
    return text
  }

  private var eventSection: String {
    if events.isEmpty { return "" }
    var text =
      "\n# Events\n\nA `$/event` notification has the params `{type, at, cursor, data}`, like an item of `changes.since`.\n"
    text += "\n| type | `data` | |\n| --- | --- | --- |\n"
    for event in events {
      text += "| `\(event.name)` | \(Self.cell(Self.kind(event.data, .result))) | \(Self.cell(event.summary)) |\n"
    }
    return text
  }

  /// In order of precedence.
  private static let before =
    ["method-not-found"]
    + names([.authorizationRequired, .invalidToken, .tokenExpired, .forbidden, .validation([]), .idempotencyKeyReused])
  private static let anytime =
    names([
      .requestCancelled, .deadlineExceeded, .databaseUnavailable(reason: ""), .restoreInProgress, .diskFull, .outcomeUnknown,
      .shuttingDown,
    ]) + ["internal-error"]

  private static func names(_ faults: [Fault]) -> [String] { faults.map(\.description.name) }

  private static func listed(_ codes: [String]) -> String { codes.map { "`\($0)`" }.joined(separator: ", ") }

  private static func section(_ method: MethodDeclaration) -> String {
    var text = "\n## \(method.name)\n\n\(method.summary)\n"
    if !method.description.isEmpty { text += "\n\(method.description)\n" }
    text += "\nRole: \(method.access.rawValue). Lane: \(method.lane.rawValue)."
    text += method.isReport ? " A standby may answer it.\n" : "\n"
    let params = method.params.members ?? []
    text += params.isEmpty ? "\nNo params of its own.\n" : "\n" + table(params, .params)
    if let members = method.result.members, !method.result.isNamed {
      text += members.isEmpty ? "\nResult: `{}`.\n" : "\nResult:\n\n" + table(members, .result)
    } else {
      text += "\nResult: \(kind(method.result, .result)).\n"
    }
    if !method.faults.isEmpty {
      text +=
        "\nErrors of its own, the first that holds: " + method.faults.map { "`\($0.dataCode)`" }.joined(separator: ", ") + ".\n"
    }
    for example in method.examples {
      text += "\nExample, \(example.name):\n\n```json\n\(line(example.params))\n\(line(example.result))\n```\n"
    }
    return text
  }

  private static func table(_ members: [Schema.Member], _ direction: Schema.Direction) -> String {
    var text = "| member | kind | |\n| --- | --- | --- |\n"
    func add(_ members: [Schema.Member], _ path: String) {
      for member in members {
        var kind = kind(member.value(direction), direction)
        if case .defaulted(let value) = member.presence, direction == .params { kind += ", default `\(line(value))`" }
        text += "| `\(path)\(member.name)\(member.isRequired(direction) ? "" : "?")` | \(cell(kind)) | \(cell(member.text)) |\n"
        if let (inner, step) = member.schema.nested { add(inner, path + member.name + step + ".") }
      }
    }
    add(members, "")
    return text
  }

  private static func kind(_ schema: Schema, _ direction: Schema.Direction) -> String {
    switch schema.form {
    case .anything: return "any JSON"
    case .boolean: return "boolean"
    case .integer(let range):
      return range == .min ... .max ? "integer" : "integer \(range.lowerBound)…\(range.upperBound)"
    case .text(let rules), .decimal(let rules):
      var kind = rules.format ?? "string"
      if case .decimal = schema.form { kind = direction == .params ? "decimal string or number" : "decimal string" }
      if let least = rules.minLength, let most = rules.maxLength {
        kind += least == most ? ", \(least) characters" : ", \(least)…\(most) characters"
      }
      return kind
    case .enumeration(let names): return names.map { "`\"\($0)\"`" }.joined(separator: " or ")
    case .array(let item, let count):
      let bounds =
        count.upperBound < .max
        ? ", \(count.lowerBound)…\(count.upperBound)" : count.lowerBound > 0 ? ", at least \(count.lowerBound)" : ""
      return "array of \(kind(item, direction))\(bounds)"
    case .record: return "object"
    case .map(let value): return "object of \(kind(value, direction))"
    case .nullable(let inner):
      if case .nullable = inner.form { return kind(inner, direction) }
      return kind(inner, direction) + " or null"
    case .either(let schemas): return schemas.map { kind($0, direction) }.joined(separator: " or ")
    case .named(let name, let inner):
      let name = inner.componentName(name, direction)
      return "[\(name)](#\(anchor(name)))"
    }
  }

  private static func line(_ json: JSON) -> String {
    var writer = JSONWriter()
    writer.value(json)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// The anchor that renderers give a heading.
  private static func anchor(_ heading: String) -> String {
    heading.lowercased().filter { $0 != "." }
  }

  static func cell(_ text: String) -> String {
    String(text.flatMap { $0 == "|" ? "\\|" : $0 == "\n" ? " " : String($0) })
  }
}

extension Schema {
  var isNamed: Bool {
    if case .named = form { return true }
    return false
  }

  /// The members of an unnamed record inside, and the step of the path that leads to it.
  fileprivate var nested: (members: [Member], step: String)? {
    switch form {
    case .record(let members): (members, "")
    case .array(let item, _): item.nested.map { ($0.members, "[]" + $0.step) }
    case .nullable(let inner): inner.nested
    default: nil
    }
  }
}
