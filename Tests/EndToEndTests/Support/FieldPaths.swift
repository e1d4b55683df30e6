// The places in a method's params where a text or a number may stand, and how something is put there.

/// From the params down to one value.
struct FieldPath: Sendable, CustomStringConvertible {
  enum Step: Sendable {
    case member(String)
    /// The first item of an array.
    case item
  }

  let steps: [Step]
  /// Whether the schema says no more than that a text stands here: neither a format nor a list of what is allowed.
  var isFree = true

  var description: String {
    steps.map { if case .member(let name) = $0 { "." + name } else { "[0]" } }.joined()
  }

  /// Every place below a schema whose type is one of these.
  static func all(in schema: Value, of types: Set<String>, at steps: [Step]) -> [FieldPath] {
    let names = Set([schema["type"]?.text].compactMap(\.self) + (schema["type"]?.items.compactMap(\.text) ?? []))
    var found =
      names.isDisjoint(with: types) ? [] : [FieldPath(steps: steps, isFree: schema["format"] == nil && schema["enum"] == nil)]
    if let items = schema["items"] { found += all(in: items, of: types, at: steps + [.item]) }
    if case .object(let properties)? = schema["properties"] {
      for property in properties { found += all(in: property.value, of: types, at: steps + [.member(property.name)]) }
    }
    return found
  }

  /// The params with a value in this place, and all that leads there.
  func putting(_ value: Value, in params: Value) -> Value { Self.put(value, steps[...], params) }

  private static func put(_ value: Value, _ steps: ArraySlice<Step>, _ base: Value?) -> Value {
    switch steps.first {
    case nil: return value
    case .member(let name): return (base ?? .object([])).setting(name, put(value, steps.dropFirst(), base?[name]))
    case .item:
      let items = base?.items ?? []
      return .array([put(value, steps.dropFirst(), items.first)] + items.dropFirst())
    }
  }
}

extension MethodExample {
  /// The places of its own params that take one of these types.
  func fields(of types: Set<String>) -> [FieldPath] {
    schemas.flatMap { FieldPath.all(in: $0.schema, of: types, at: [.member($0.name)]) }
  }
}
