/// Shape: a schema as JSON Schema (draft 7).
import JSONRPC

extension Schema {
  /// JSON Schema of a value that goes this way. Named parts are references into `#/components/schemas/`.
  package func json(_ direction: Direction) -> JSON {
    .object(object(direction))
  }

  func object(_ direction: Direction) -> JSONObject {
    var object = bare(direction)
    if let description { object.add("description", .string(description)) }
    if !examples.isEmpty { object.add("examples", .array(examples)) }
    return object
  }

  private func bare(_ direction: Direction) -> JSONObject {
    var object = JSONObject()
    switch form {
    case .anything: break
    case .boolean:
      object.add("type", "boolean")
    case .integer(let range):
      object.add("type", "integer")
      if range.lowerBound != .min { object.add("minimum", .integer(range.lowerBound)) }
      if range.upperBound != .max { object.add("maximum", .integer(range.upperBound)) }
    case .text(let rules):
      object.add("type", "string")
      object.add(rules)
    case .decimal(let rules):
      object.add("type", direction == .params ? .array(["string", "number"]) : "string")
      object.add(rules)
    case .enumeration(let names):
      object.add("type", "string")
      object.add("enum", .array(names.map(JSON.string)))
    case .array(let item, let count):
      object.add("type", "array")
      object.add("items", item.json(direction))
      if count.lowerBound > 0 { object.add("minItems", .integer(Int64(count.lowerBound))) }
      if count.upperBound < .max { object.add("maxItems", .integer(Int64(count.upperBound))) }
    case .record(let members):
      object.add("type", "object")
      object.add("properties", .object(JSONObject(members: members.map { .init(name: $0.name, value: $0.json(direction)) })))
      let required = members.filter { $0.isRequired(direction) }.map { JSON.string($0.name) }
      if !required.isEmpty { object.add("required", .array(required)) }
      object.add("additionalProperties", .bool(false))
    case .map(let value):
      object.add("type", "object")
      object.add("additionalProperties", value.json(direction))
    case .nullable(let schema):
      return schema.orNull(direction)
    case .either(let schemas):
      object.add("anyOf", .array(schemas.map { $0.json(direction) }))
    case .named(let name, let schema):
      object.add("$ref", .string("#/components/schemas/" + schema.componentName(name, direction)))
    }
    return object
  }

  /// This schema with null allowed as well.
  private func orNull(_ direction: Direction) -> JSONObject {
    let object = object(direction)
    if case .anything = form { return object }
    if case .nullable = form { return object }
    guard let type = object["type"] else {
      return JSONObject(members: [.init(name: "anyOf", value: .array([.object(object), .object(["type": "null"])]))])
    }
    var nullable = JSONObject()
    for member in object.members {
      switch (member.name, member.value) {
      case ("type", .array(let types)): nullable.add("type", .array(types + ["null"]))
      case ("type", _): nullable.add("type", .array([type, "null"]))
      case ("enum", .array(let names)): nullable.add("enum", .array(names + [.null]))
      default: nullable.add(member.name, member.value)
      }
    }
    return nullable
  }
}

extension Schema.Member {
  /// JSON Schema of the member's value, with its description, its default and `writeOnly` for a secret.
  package func json(_ direction: Schema.Direction) -> JSON {
    var object = JSONObject()
    for member in value(direction).object(direction).members where member.name != "description" {
      object.add(member.name, member.value)
    }
    object.add("description", .string(text))
    if case .defaulted(let value) = presence, direction == .params { object.add("default", value) }
    if isSecret { object.add("writeOnly", .bool(true)) }
    return .object(object)
  }

  /// What the member means here, then what its shape says of itself.
  var text: String {
    guard let own = schema.description else { return description }
    return description.isEmpty ? own : description + " " + own
  }
}

extension JSONObject {
  mutating func add(_ name: String, _ value: JSON) {
    self = JSONObject(members: members + [.init(name: name, value: value)])
  }

  fileprivate mutating func add(_ rules: Schema.Text) {
    if let format = rules.format { add("format", .string(format)) }
    if let pattern = rules.pattern { add("pattern", .string(pattern)) }
    if let minLength = rules.minLength { add("minLength", .integer(Int64(minLength))) }
    if let maxLength = rules.maxLength { add("maxLength", .integer(Int64(maxLength))) }
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self.init(members: elements.map { .init(name: $0.0, value: $0.1) })
  }
}

extension JSON: ExpressibleByStringLiteral {
  package init(stringLiteral value: String) { self = .string(value) }

  static func integer(_ value: Int64) -> JSON { .number(JSONNumber(digits: String(value))) }
}
