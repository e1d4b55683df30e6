/// Documents: the methods as TypeScript declarations.
import JSONRPC

/// A `.d.ts` module: every named shape, params and result of every method, and the names of all errors.
package struct TypeScript: Sendable {
  let methods: [MethodDeclaration]
  let faults: [FaultDescription]
  let events: [EventDeclaration]

  package init(methods: [MethodDeclaration], faults: [FaultDescription], events: [EventDeclaration] = []) {
    self.methods = methods
    self.faults = faults
    self.events = events
  }

  package var text: String {
    var text = "// Generated from the methods' declarations by `shelflife`; do not edit.\n"
    for entry in NamedSchemas(methods).sorted {
      text += "\n" + Self.comment(entry.schema.description, indent: "")
      if let members = entry.schema.members {
        text += "export interface \(entry.name) \(Self.object(members, entry.direction, indent: ""))\n"
      } else {
        text += "export type \(entry.name) = \(Self.type(entry.schema, entry.direction, indent: ""));\n"
      }
    }
    text += "\n/** What every call may carry beside its own params. */\n"
    text += "export interface CommonParams \(Self.object(CommonMembers.schemas(isWrite: false), .params, indent: ""))\n"
    text += "\n/** What every write may carry beside its own params. */\n"
    text += "export interface WriteParams extends CommonParams "
    text += Self.object(Array(CommonMembers.schemas(isWrite: true).suffix(1)), .params, indent: "") + "\n"
    text += "\n/** Every method by its wire name. */\nexport interface Methods {\n"
    for method in methods {
      text += Self.comment("\(method.summary) (\(method.access.rawValue), \(method.lane.rawValue))", indent: "  ")
      let own = Self.type(method.params, .params, indent: "    ")
      text += "  \(Self.quoted(method.name)): {\n"
      text += "    params: \(own) & \(method.lane.isWrite ? "WriteParams" : "CommonParams");\n"
      text += "    result: \(Self.type(method.result, .result, indent: "    "));\n  };\n"
    }
    text += "}\n\nexport type MethodName = keyof Methods;\n"
    text += "\n/** `error.data.code` of every error. */\nexport type FaultCode =\n"
    text += faults.map { "  | \(Self.quoted($0.dataCode))" }.joined(separator: "\n") + (faults.isEmpty ? "  never;\n" : ";\n")
    text += faultTexts + eventTexts + Self.envelopes
    return text
  }

  private var faultTexts: String {
    var text = "\n/** `error.data.details` of each error; null where it is not named here. */\nexport interface FaultDetails {\n"
    for fault in faults {
      guard let details = fault.details else { continue }
      text += "  \(Self.quoted(fault.dataCode)): \(Self.type(details, .result, indent: "  "));\n"
    }
    text += "}\n"
    text += "\n/** `error.data` of one kind of error, or of every kind. */\n"
    text += "export type FaultData<Code extends FaultCode = FaultCode> = Code extends FaultCode ? {\n"
    text += "  code: Code;\n  message: string;\n"
    text += "  details: Code extends keyof FaultDetails ? FaultDetails[Code] : null;\n  retryable: boolean;\n} : never;\n"
    return text
  }

  private var eventTexts: String {
    var text = "\n/** `data` of each `$/event`. */\nexport interface Events {\n"
    for event in events {
      text += Self.comment(event.summary, indent: "  ")
      text += "  \(Self.quoted(event.name)): \(Self.type(event.data, .result, indent: "  "));\n"
    }
    text += "}\n\n/** What a client may subscribe to. */\nexport type EventType =\n"
    text += events.filter { $0.kind != nil }.map { "  | \(Self.quoted($0.name))" }.joined(separator: "\n") + ";\n"
    text += "\n/** One `$/event`, as its params and as an item of `changes.since`. */\n"
    text += "export type EventNotification<Type extends keyof Events = keyof Events> = Type extends keyof Events ? {\n"
    text += "  type: Type;\n  at: string;\n  cursor: string;\n  data: Events[Type];\n} : never;\n"
    return text
  }

  /// What goes over the pipe, whatever the method.
  private static let envelopes = #"""

    /** A request line. */
    export interface Request<Name extends MethodName = MethodName> {
      jsonrpc: "2.0";
      id: string | number | null;
      method: Name;
      params?: Methods[Name]["params"];
    }

    /** A reply line. */
    export type Reply<Name extends MethodName = MethodName> =
      | { jsonrpc: "2.0"; id: string | number | null; result: Methods[Name]["result"] }
      | { jsonrpc: "2.0"; id: string | number | null; error: { code: number; message: string; data: FaultData } };

    /** A line that the process sends unasked. */
    export type Notification =
      | { jsonrpc: "2.0"; method: "$/event"; params: EventNotification }
      | { jsonrpc: "2.0"; method: "$/progress"; params: { token: string | number; percentage: number; message: string } };

    """#

  static func type(_ schema: Schema, _ direction: Schema.Direction, indent: String) -> String {
    switch schema.form {
    case .anything: "unknown"
    case .boolean: "boolean"
    case .integer: "number"
    case .text: "string"
    case .decimal: direction == .params ? "string | number" : "string"
    case .enumeration(let names): names.map(quoted).joined(separator: " | ")
    case .array(let item, _): "Array<\(type(item, direction, indent: indent))>"
    case .record(let members): object(members, direction, indent: indent)
    case .map(let value): "Record<string, \(type(value, direction, indent: indent))>"
    case .nullable(let inner): type(inner, direction, indent: indent) + " | null"
    case .either(let schemas): schemas.map { type($0, direction, indent: indent) }.joined(separator: " | ")
    case .named(let name, let inner): inner.componentName(name, direction)
    }
  }

  private static func object(_ members: [Schema.Member], _ direction: Schema.Direction, indent: String) -> String {
    if members.isEmpty { return "{}" }
    let deeper = indent + "  "
    var text = "{\n"
    for member in members {
      text += comment(member.text, indent: deeper)
      text += "\(deeper)\(member.name)\(member.isRequired(direction) ? "" : "?"): "
      text += type(member.value(direction), direction, indent: deeper) + ";\n"
    }
    return text + indent + "}"
  }

  private static func comment(_ text: String?, indent: String) -> String {
    guard let text, !text.isEmpty else { return "" }
    var safe = ""
    for character in text { safe += character == "/" && safe.last == "*" ? " /" : String(character) }
    return "\(indent)/** \(safe) */\n"
  }

  private static func quoted(_ text: String) -> String {
    var writer = JSONWriter(capacity: 32)
    writer.string(text)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
