/// Shape: one description that reads, checks, writes and documents a value.
import JSONRPC

/// How a value looks on the wire. Made from primitives (`.bool`, `.string`, `.integer`, `.decimal`, `.parsed`, `.enumeration`),
/// from `.array`, `.page` and `.nullable`, and from `.record`. A shape is an immutable value that any thread may use.
package struct Shape<Value: Sendable>: Sendable {
  package typealias Read = @Sendable (JSON, inout ShapeReader) -> Value?
  /// Gets the value by its address, which holds for the call: the parts of a large one are read where they stand.
  package typealias Write = @Sendable (UnsafePointer<Value>, inout ShapeWriter) -> Void

  /// The documentation: what OpenRPC, TypeScript and the method pages are made from.
  package let schema: Schema
  /// Reads a value. Nil if and only if the reader recorded at least one issue.
  package let read: Read
  /// Writes one value where the writer stands.
  package let write: Write
  /// The members by themselves, if this is a record.
  let record: RecordBody<Value>?

  /// A shape from its three parts. `read` must record an issue whenever it returns nil.
  package init(schema: Schema, read: @escaping Read, write: @escaping Write) {
    self.init(schema: schema, read: read, write: write, record: nil)
  }

  init(schema: Schema, read: @escaping Read, write: @escaping Write, record: RecordBody<Value>?) {
    self.schema = schema
    self.read = read
    self.write = write
    self.record = record
  }
}

extension Shape {
  /// Writes one value where the writer stands.
  @inline(__always)
  package func write(_ value: Value, _ writer: inout ShapeWriter) {
    withUnsafePointer(to: value) { write($0, &writer) }
  }

  /// The same shape under a name of its own: a component of the OpenRPC document and a TypeScript type.
  package func named(_ name: String) -> Shape {
    Shape(schema: Schema(.named(name, schema)), read: read, write: write, record: record)
  }

  /// The same shape with examples in its documentation.
  package func examples(_ values: Value..., moneyScale: Int = ShapeWriter.documentationScale) -> Shape {
    var schema = schema
    schema.examples = values.map { json($0, moneyScale: moneyScale) }
    return Shape(schema: schema, read: read, write: write, record: record)
  }

  /// The same shape with a description; a member's own description stands before it.
  package func described(_ description: String) -> Shape {
    var schema = schema
    schema.description = description
    return Shape(schema: schema, read: read, write: write, record: record)
  }

  /// A shape of another type with the same look: `from` may refuse what this shape has accepted.
  package func mapped<Other: Sendable>(
    from: @escaping @Sendable (Value) throws(Refusal) -> Other, to: @escaping @Sendable (Other) -> Value
  ) -> Shape<Other> {
    let (read, write) = (read, write)
    return Shape<Other>(
      schema: schema,
      read: { json, reader in
        guard let value = read(json, &reader) else { return nil }
        do throws(Refusal) {
          return try from(value)
        } catch {
          reader.refuse(error)
          return nil
        }
      },
      write: { other, writer in withUnsafePointer(to: to(other.pointee)) { write($0, &writer) } })
  }

  /// This shape or null.
  package var nullable: Shape<Value?> {
    let (read, write) = (read, write)
    return Shape<Value?>(
      schema: Schema(.nullable(schema)),
      read: { json, reader in
        if case .null = json { return .some(nil) }
        guard let value = read(json, &reader) else { return nil }
        return .some(value)
      },
      write: { value, writer in
        if let value = value.pointee {
          withUnsafePointer(to: value) { write($0, &writer) }
        } else {
          writer.json.null()
        }
      })
  }
}

extension Shape {
  /// Reads a whole value, or throws everything that is wrong with it.
  package func decode(_ json: JSON, moneyScale: Int) throws(ShapeFault) -> Value {
    var reader = ShapeReader(moneyScale: moneyScale)
    guard let value = read(json, &reader) else { throw ShapeFault(issues: reader.issues) }
    return value
  }

  /// The bytes of a whole value.
  package func encode(_ value: Value, moneyScale: Int, omitsSecrets: Bool = false) -> [UInt8] {
    var writer = ShapeWriter(moneyScale: moneyScale, omitsSecrets: omitsSecrets)
    write(value, &writer)
    return writer.json.bytes
  }

  /// The value as a JSON tree, for documentation.
  package func json(_ value: Value, moneyScale: Int) -> JSON {
    do {
      return try JSONReader.read(encode(value, moneyScale: moneyScale)[...])
    } catch {
      preconditionFailure("a shape wrote what is not JSON: \(error)")
    }
  }
}
