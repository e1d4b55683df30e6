/// Shape: the documentation of a shape, from which JSON Schema, TypeScript and the pages are made.
import JSONRPC

/// What a value looks like, for readers. A tree without cycles; two shapes that look the same have equal schemas.
package struct Schema: Sendable, Equatable {
  package indirect enum Form: Sendable, Equatable {
    case anything
    case boolean
    case integer(ClosedRange<Int64>)
    case text(Text)
    /// Text of an exact decimal: taken as a string or a number, always written as a string.
    case decimal(Text)
    case enumeration([String])
    case array(Schema, ClosedRange<Int>)
    case record([Member])
    /// An object with members of any name, each of this look.
    case map(Schema)
    case nullable(Schema)
    case either([Schema])
    case named(String, Schema)
  }

  /// The rules of a text; length in Unicode scalars.
  package struct Text: Sendable, Equatable {
    var minLength: Int?
    var maxLength: Int?
    var format: String?
    var pattern: String?
  }

  package struct Member: Sendable, Equatable {
    let name: String
    let schema: Schema
    let description: String
    let presence: Presence
    var isSecret = false
  }

  package enum Presence: Sendable, Equatable {
    case required
    case optional
    case nullable
    case defaulted(JSON)
  }

  /// Which way a value goes: some are taken in more forms than they are written in.
  package enum Direction: Sendable {
    case params
    case result
  }

  package var form: Form
  package var description: String?
  package var examples: [JSON] = []

  package init(_ form: Form, description: String? = nil) {
    self.form = form
    self.description = description
  }

  /// A text of so many Unicode scalars. `format` and `pattern` document what the shape's own check applies.
  package static func text(_ length: ClosedRange<Int>? = nil, format: String? = nil, pattern: String? = nil) -> Schema {
    Schema(.text(Text(minLength: length?.lowerBound, maxLength: length?.upperBound, format: format, pattern: pattern)))
  }

  package static func decimal(format: String? = nil, pattern: String? = nil) -> Schema {
    Schema(.decimal(Text(format: format, pattern: pattern)))
  }
}

extension Schema {
  /// Whether params and results of this schema differ.
  var isDirectional: Bool {
    switch form {
    case .anything, .boolean, .integer, .text, .enumeration: false
    case .decimal: true
    case .array(let item, _), .map(let item): item.isDirectional
    case .record(let members):
      members.contains { member in
        switch member.presence {
        case .optional, .defaulted: true
        case .required, .nullable: member.isSecret || member.schema.isDirectional
        }
      }
    case .nullable(let schema), .named(_, let schema): schema.isDirectional
    case .either(let schemas): schemas.contains(where: \.isDirectional)
    }
  }

  /// The name a named schema goes by: params of a name that is also a result's are told apart by `Input`.
  func componentName(_ name: String, _ direction: Direction) -> String {
    direction == .params && isDirectional && !name.hasSuffix("Input") ? name + "Input" : name
  }

  /// Every named schema inside, innermost first, each name once.
  func components(_ direction: Direction) -> [(name: String, schema: Schema)] {
    var found: [(name: String, schema: Schema)] = []
    func visit(_ schema: Schema) {
      switch schema.form {
      case .anything, .boolean, .integer, .text, .decimal, .enumeration: break
      case .array(let item, _), .map(let item): visit(item)
      case .record(let members): for member in members { visit(member.schema) }
      case .nullable(let inner): visit(inner)
      case .either(let schemas): for inner in schemas { visit(inner) }
      case .named(let name, let inner):
        visit(inner)
        let name = inner.componentName(name, direction)
        if !found.contains(where: { $0.name == name && $0.schema == inner }) { found.append((name, inner)) }
      }
    }
    visit(self)
    return found
  }

  /// The members, if this is a record or a name for one.
  var members: [Member]? {
    switch form {
    case .record(let members): members
    case .named(_, let inner): inner.members
    default: nil
    }
  }
}

extension Schema.Member {
  /// Whether a value that goes this way always has the member.
  func isRequired(_ direction: Schema.Direction) -> Bool {
    switch presence {
    case .required, .nullable: true
    case .optional: false
    case .defaulted: direction == .result
    }
  }

  /// The schema of the member's value; what may be absent may be sent as null.
  func value(_ direction: Schema.Direction) -> Schema {
    switch presence {
    case .required: schema
    case .nullable: Schema(.nullable(schema))
    case .optional, .defaulted: direction == .params ? Schema(.nullable(schema)) : schema
    }
  }
}
