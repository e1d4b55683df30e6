/// Shape: records that only the process makes, so that nobody needs to build them from their members.
import JSONRPC

extension Shape {
  /// An object with exactly these members that is written and documented but never read: a result, or a part of one.
  package static func result<each Field: Sendable>(_ member: repeat Member<Value, each Field>) -> Shape {
    var schemas: [Schema.Member] = []
    var write: Write = { _, _ in }
    for member in repeat each member {
      schemas += member.schemas
      write = after(write, member.write)
    }
    let names = schemas.map(\.name)
    precondition(Set(names).count == names.count, "a record names each member once: \(names)")
    let body = RecordBody<Value>(schemas: schemas, read: { _, _ in nil }, write: write)
    return Shape(
      schema: Schema(.record(schemas)),
      read: { _, reader in
        reader.refuseResult()
        return nil
      },
      write: { value, writer in
        writer.json.beginObject()
        body.write(value, &writer)
        writer.json.endObject()
      },
      record: body)
  }
}
