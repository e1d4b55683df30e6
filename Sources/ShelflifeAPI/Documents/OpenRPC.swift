/// Documents: the methods as one OpenRPC document.
import JSONRPC

/// The OpenRPC description of all methods, the same bytes for the same declarations.
package struct OpenRPC: Sendable {
  package static let version = "1.4.1"

  let title: String
  let programVersion: String
  let description: String
  let methods: [MethodDeclaration]
  let events: [EventDeclaration]

  /// `programVersion` is that of the interface described, not of OpenRPC.
  package init(
    title: String, version programVersion: String, description: String, methods: [MethodDeclaration],
    events: [EventDeclaration] = []
  ) {
    self.title = title
    self.programVersion = programVersion
    self.description = description
    self.methods = methods
    self.events = events
  }

  /// The whole document on one line.
  package var bytes: [UInt8] {
    var writer = JSONWriter(capacity: 65_536)
    writer.value(document)
    return writer.bytes
  }

  package var document: JSON {
    [
      "openrpc": .string(Self.version),
      "info": ["title": .string(title), "version": .string(programVersion), "description": .string(description)],
      "methods": .array(methods.map(Self.method)),
      "x-events": .array(
        events.map { ["name": .string($0.name), "summary": .string($0.summary), "data": .object($0.data.object(.result))] }),
      "components": ["contentDescriptors": .object(commonDescriptors), "schemas": .object(schemas)],
    ]
  }

  private static func method(_ method: MethodDeclaration) -> JSON {
    var object: JSONObject = ["name": .string(method.name), "summary": .string(method.summary)]
    if !method.description.isEmpty { object.add("description", .string(method.description)) }
    object.add("tags", .array([["name": .string(method.tag)]]))
    object.add("paramStructure", "by-name")
    object.add("params", .array(params(method)))
    object.add("result", ["name": .string(method.resultName), "schema": method.result.json(.result)])
    if !method.faults.isEmpty { object.add("errors", .array(errors(method.faults))) }
    if !method.examples.isEmpty { object.add("examples", .array(method.examples.map(example))) }
    object.add("x-role", .string(method.access.rawValue))
    object.add("x-lane", .string(method.lane.rawValue))
    if method.isReport { object.add("x-standby", .bool(true)) }
    object.add("x-faults", .array(method.faults.map { .string($0.dataCode) }))
    return .object(object)
  }

  /// OpenRPC wants every optional param behind the required ones.
  private static func params(_ method: MethodDeclaration) -> [JSON] {
    let own = method.params.members ?? []
    let sorted = own.filter { $0.isRequired(.params) } + own.filter { !$0.isRequired(.params) }
    let common = CommonMembers.schemas(isWrite: method.lane.isWrite)
    return sorted.map(descriptor) + common.map { ["$ref": .string("#/components/contentDescriptors/" + $0.name)] }
  }

  private static func descriptor(_ member: Schema.Member) -> JSON {
    var object: JSONObject = ["name": .string(member.name), "description": .string(member.text)]
    if member.isRequired(.params) { object.add("required", .bool(true)) }
    object.add("schema", member.json(.params))
    return .object(object)
  }

  /// One entry an `error.code`, since OpenRPC wants those unique; `data` tells its kinds apart.
  private static func errors(_ faults: [FaultDescription]) -> [JSON] {
    var codes: [Int] = []
    for fault in faults where !codes.contains(fault.code) { codes.append(fault.code) }
    return codes.map { code in
      let same = faults.filter { $0.code == code }
      return [
        "code": .integer(Int64(code)),
        "message": .string(same.map(\.dataCode).joined(separator: ", ")),
        "data": .array(
          same.map { fault in
            var object: JSONObject = [
              "code": .string(fault.dataCode), "meaning": .string(fault.meaning), "retryable": .bool(fault.retryable),
            ]
            if let details = fault.details { object.add("details", details.json(.result)) }
            return .object(object)
          }),
      ]
    }
  }

  private static func example(_ example: MethodDeclaration.Example) -> JSON {
    var params: [JSON] = []
    if case .object(let object) = example.params {
      params = object.members.map { ["name": .string($0.name), "value": $0.value] }
    }
    return [
      "name": .string(example.name), "params": .array(params),
      "result": ["name": .string(example.name), "value": example.result],
    ]
  }

  private var commonDescriptors: JSONObject {
    JSONObject(members: CommonMembers.schemas(isWrite: true).map { .init(name: $0.name, value: Self.descriptor($0)) })
  }

  private var schemas: JSONObject {
    JSONObject(
      members: NamedSchemas(methods).sorted.map { .init(name: $0.name, value: $0.schema.json($0.direction)) })
  }

  /// What is wrong with the declarations as a whole, in words; empty if nothing is.
  package var problems: [String] {
    var problems: [String] = []
    for (index, method) in methods.enumerated() where methods[..<index].contains(where: { $0.name == method.name }) {
      problems.append("two methods are named \(method.name)")
    }
    for method in methods {
      let codes = method.faults.map(\.dataCode)
      if Set(codes).count < codes.count { problems.append("\(method.name) names a fault twice") }
      for secret in method.result.secrets { problems.append("the result of \(method.name) has the secret \(secret)") }
    }
    return problems + NamedSchemas(methods).conflicts.map { "two different shapes are named \($0)" }
  }
}

/// Every named schema that the methods use, as params, as results and in the details of faults.
struct NamedSchemas {
  struct Entry {
    let name: String
    let schema: Schema
    let direction: Schema.Direction
  }

  private(set) var sorted: [Entry] = []
  private(set) var conflicts: [String] = []

  init(_ methods: [MethodDeclaration]) {
    var byName: [String: Entry] = [:]
    func add(_ schema: Schema, _ direction: Schema.Direction) {
      for (name, schema) in schema.components(direction) {
        let entry = Entry(name: name, schema: schema, direction: direction)
        guard let known = byName[name] else {
          byName[name] = entry
          continue
        }
        if known.schema != schema && !conflicts.contains(name) { conflicts.append(name) }
        if known.schema.isDirectional && known.direction != direction && !conflicts.contains(name) { conflicts.append(name) }
      }
    }
    for method in methods {
      add(method.params, .params)
      add(method.result, .result)
      for fault in method.faults { if let details = fault.details { add(details, .result) } }
    }
    sorted = byName.values.sorted { $0.name < $1.name }
  }
}

extension MethodDeclaration {
  /// The part of the name before the dot: what the method belongs to.
  package var tag: String { String(name.prefix { $0 != "." }) }

  var resultName: String {
    if case .named(let name, let schema) = result.form { return schema.componentName(name, .result) }
    return name + ".result"
  }
}

extension Schema {
  /// The names of secret members anywhere inside.
  var secrets: [String] {
    switch form {
    case .anything, .boolean, .integer, .text, .decimal, .enumeration: []
    case .array(let item, _), .map(let item): item.secrets
    case .record(let members): members.flatMap { ($0.isSecret ? [$0.name] : []) + $0.schema.secrets }
    case .nullable(let schema), .named(_, let schema): schema.secrets
    case .either(let schemas): schemas.flatMap(\.secrets)
    }
  }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(JSONObject(members: elements.map { .init(name: $0.0, value: $0.1) }))
  }

  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
}
