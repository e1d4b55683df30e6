/// Shape: records, whose members are checked against the Swift type at compile time.
import JSONRPC
import Shelflife

/// One member of a record: its wire name, its shape, its meaning, and where its value is in the record.
package struct Member<Record: Sendable, Field: Sendable>: Sendable {
  let schemas: [Schema.Member]
  let read: @Sendable (inout MemberScan, inout ShapeReader) -> Field?
  let write: Shape<Record>.Write
}

/// The members of a record without the braces around them.
struct RecordBody<Record: Sendable>: Sendable {
  let schemas: [Schema.Member]
  let read: @Sendable (inout MemberScan, inout ShapeReader) -> Record?
  let write: Shape<Record>.Write
}

/// The members of one sent object, searched from where the last one was found: in the order of the declaration no search is
/// needed.
struct MemberScan {
  private let object: JSONObject
  private var next = 0
  private(set) var taken = 0

  init(_ object: JSONObject) {
    self.object = object
  }

  mutating func take(_ name: String) -> JSON? {
    let count = object.members.count
    if taken == count { return nil }
    var index = next
    for _ in 0..<count {
      if index == count { index = 0 }
      if name.hasSameBytes(as: object.members[index].name) {
        next = index + 1
        taken += 1
        return object.members[index].value
      }
      index += 1
    }
    return nil
  }
}

extension Member {
  package typealias Path = KeyPath<Record, Field> & Sendable

  /// A member that must be there.
  package static func required(_ name: String, _ shape: Shape<Field>, _ description: String, _ path: Path) -> Member {
    required(name, shape, description, isSecret: false, MemberPlace(path))
  }

  /// The same of what no property holds. A closure loses its `@Sendable` inside a pack, and says so.
  package static func required(
    _ name: String, _ shape: Shape<Field>, _ description: String, from get: @escaping @Sendable (Record) -> Field
  ) -> Member {
    required(name, shape, description, isSecret: false, .getter(get))
  }

  /// A required member that is neither logged, stored nor digested. It has no place in a result.
  package static func secret(_ name: String, _ shape: Shape<Field>, _ description: String, _ path: Path) -> Member {
    required(name, shape, description, isSecret: true, MemberPlace(path))
  }

  private static func required(
    _ name: String, _ shape: Shape<Field>, _ description: String, isSecret: Bool, _ place: MemberPlace<Record, Field>
  ) -> Member {
    let written = JSONName(name)
    return Member(
      schemas: [
        Schema.Member(name: name, schema: shape.schema, description: description, presence: .required, isSecret: isSecret)
      ],
      read: { scan, reader in
        let mark = reader.mark
        defer { reader.place(.member(name), since: mark) }
        guard let json = scan.take(name) else {
          reader.refuse("required", "This member is required.")
          return nil
        }
        return shape.read(json, &reader)
      },
      write: { record, writer in
        if isSecret && writer.omitsSecrets { return }
        writer.json.name(written)
        place.withValue(in: record) { shape.write($0, &writer) }
      })
  }

  /// A member that may be absent. Sent as null it counts as absent; where the value is nil it is not written.
  package static func optional<Wrapped: Sendable>(
    _ name: String, _ shape: Shape<Wrapped>, _ description: String, _ path: Path
  ) -> Member where Field == Wrapped? {
    optional(name, shape, description, MemberPlace(path))
  }

  package static func optional<Wrapped: Sendable>(
    _ name: String, _ shape: Shape<Wrapped>, _ description: String, from get: @escaping @Sendable (Record) -> Wrapped?
  ) -> Member where Field == Wrapped? {
    optional(name, shape, description, .getter(get))
  }

  private static func optional<Wrapped: Sendable>(
    _ name: String, _ shape: Shape<Wrapped>, _ description: String, _ place: MemberPlace<Record, Field>
  ) -> Member where Field == Wrapped? {
    let written = JSONName(name)
    return Member(
      schemas: [Schema.Member(name: name, schema: shape.schema, description: description, presence: .optional)],
      read: { scan, reader in
        guard let json = scan.take(name) else { return .some(nil) }
        if case .null = json { return .some(nil) }
        let mark = reader.mark
        defer { reader.place(.member(name), since: mark) }
        guard let value = shape.read(json, &reader) else { return nil }
        return .some(value)
      },
      write: { record, writer in
        place.withValue(in: record) {
          guard let value = $0.pointee else { return }
          writer.json.name(written)
          shape.write(value, &writer)
        }
      })
  }

  /// A member that is always there and null where the value is nil.
  package static func nullable<Wrapped: Sendable>(
    _ name: String, _ shape: Shape<Wrapped>, _ description: String, _ path: Path
  ) -> Member where Field == Wrapped? {
    nullable(name, shape, description, isSecret: false, MemberPlace(path))
  }

  package static func nullable<Wrapped: Sendable>(
    _ name: String, _ shape: Shape<Wrapped>, _ description: String, from get: @escaping @Sendable (Record) -> Wrapped?
  ) -> Member where Field == Wrapped? {
    nullable(name, shape, description, isSecret: false, .getter(get))
  }

  /// A member of params that may be absent and where null says something: that the value is to be taken away.
  package static func clearable<Wrapped: Sendable>(
    _ name: String, _ shape: Shape<Wrapped>, _ description: String, _ path: Path
  ) -> Member where Field == Setting<Wrapped> {
    let written = JSONName(name)
    let place = MemberPlace(path)
    return Member(
      schemas: [Schema.Member(name: name, schema: shape.schema, description: description, presence: .optional)],
      read: { scan, reader in
        guard let json = scan.take(name) else { return .kept }
        if case .null = json { return .cleared }
        let mark = reader.mark
        defer { reader.place(.member(name), since: mark) }
        return shape.read(json, &reader).map(Setting.set)
      },
      write: { record, writer in
        place.withValue(in: record) {
          switch $0.pointee {
          case .kept: return
          case .cleared:
            writer.json.name(written)
            writer.json.null()
          case .set(let value):
            writer.json.name(written)
            shape.write(value, &writer)
          }
        }
      })
  }

  /// A secret that one result shows once: null wherever that result is stored or repeated.
  package static func shownOnce<Wrapped: Sendable>(
    _ name: String, _ shape: Shape<Wrapped>, _ description: String, _ path: Path
  ) -> Member where Field == Wrapped? {
    nullable(name, shape, description, isSecret: true, MemberPlace(path))
  }

  private static func nullable<Wrapped: Sendable>(
    _ name: String, _ shape: Shape<Wrapped>, _ description: String, isSecret: Bool, _ place: MemberPlace<Record, Field>
  ) -> Member where Field == Wrapped? {
    let written = JSONName(name)
    return Member(
      schemas: [Schema.Member(name: name, schema: shape.schema, description: description, presence: .nullable)],
      read: { scan, reader in
        let mark = reader.mark
        defer { reader.place(.member(name), since: mark) }
        guard let json = scan.take(name) else {
          reader.refuse("required", "This member is required; it may be null.")
          return nil
        }
        if case .null = json { return .some(nil) }
        guard let value = shape.read(json, &reader) else { return nil }
        return .some(value)
      },
      write: { record, writer in
        writer.json.name(written)
        place.withValue(in: record) {
          if let value = $0.pointee, !(isSecret && writer.omitsSecrets) {
            shape.write(value, &writer)
          } else {
            writer.json.null()
          }
        }
      })
  }

  /// A member that means `value` where it is absent or null. Always written.
  package static func defaulted(
    _ name: String, _ shape: Shape<Field>, _ description: String, default value: Field, _ path: Path
  ) -> Member {
    let written = JSONName(name)
    let place = MemberPlace(path)
    return Member(
      schemas: [
        Schema.Member(
          name: name, schema: shape.schema, description: description,
          presence: .defaulted(shape.json(value, moneyScale: ShapeWriter.documentationScale)))
      ],
      read: { scan, reader in
        guard let json = scan.take(name) else { return value }
        if case .null = json { return value }
        let mark = reader.mark
        defer { reader.place(.member(name), since: mark) }
        return shape.read(json, &reader)
      },
      write: { record, writer in
        writer.json.name(written)
        place.withValue(in: record) { shape.write($0, &writer) }
      })
  }

  /// All members of another record, side by side with this one's own.
  package static func members(of shape: Shape<Field>, _ path: Path) -> Member {
    guard let body = shape.record else { preconditionFailure("only a record has members") }
    let place = MemberPlace(path)
    return Member(
      schemas: body.schemas,
      read: { scan, reader in body.read(&scan, &reader) },
      write: { record, writer in place.withValue(in: record) { body.write($0, &writer) } })
  }
}

/// Where a member's value is in its record. A stored property is read where it stands: a record of twelve members would else be
/// copied, and what it holds retained, for each of them.
private enum MemberPlace<Record, Field>: Sendable {
  case offset(Int)
  case getter(@Sendable (Record) -> Field)

  init(_ path: KeyPath<Record, Field> & Sendable) {
    self = MemoryLayout<Record>.offset(of: path).map(Self.offset) ?? .getter { $0[keyPath: path] }
  }

  @inline(__always)
  func withValue(in record: UnsafePointer<Record>, _ body: (UnsafePointer<Field>) -> Void) {
    switch self {
    case .offset(let offset):
      body((UnsafeRawPointer(record) + offset).assumingMemoryBound(to: Field.self))
    case .getter(let get):
      withUnsafePointer(to: get(record.pointee), body)
    }
  }
}

extension Shape {
  /// An object with exactly these members. Unknown members are refused, and everything wrong is found at once. `make` gets the
  /// fields in the order of the members; a memberwise initialiser of the same order will do.
  package static func record<each Field: Sendable>(
    _ member: repeat Member<Value, each Field>, make: @escaping @Sendable (repeat each Field) -> Value
  ) -> Shape {
    var schemas: [Schema.Member] = []
    var write: Write = { _, _ in }
    for member in repeat each member {
      schemas += member.schemas
      write = after(write, member.write)
    }
    let names = schemas.map(\.name)
    precondition(Set(names).count == names.count, "a record names each member once: \(names)")

    let reads = (repeat (each member).read)
    let body = RecordBody<Value>(
      schemas: schemas,
      read: { scan, reader in
        let fields = (repeat (each reads)(&scan, &reader))
        do {
          return make(repeat try present(each fields))
        } catch {
          return nil
        }
      },
      write: write)
    return Shape(
      schema: Schema(.record(schemas)),
      read: { json, reader in
        guard case .object(let object) = json else {
          reader.refuseKind(expected: "an object", given: json)
          return nil
        }
        let common = reader.takeCommonMembers()
        var scan = MemberScan(object)
        let value = body.read(&scan, &reader)
        if scan.taken + (common?.count ?? 0) == object.members.count { return value }
        refuseUnknown(in: object, known: names, common: common, &reader)
        return nil
      },
      write: { value, writer in
        writer.json.beginObject()
        body.write(value, &writer)
        writer.json.endObject()
      },
      record: body)
  }

  /// One after the other. Closures that hold each other cost less than an array of them, each of which is retained for its turn.
  static func after(_ first: @escaping Write, _ second: @escaping Write) -> Write {
    { value, writer in
      first(value, &writer)
      second(value, &writer)
    }
  }
}

/// Thrown, and caught at once, where a member could not be read.
private struct Unread: Error {}

@inline(__always)
private func present<Field>(_ field: Field?) throws(Unread) -> Field {
  guard let field else { throw Unread() }
  return field
}

private func refuseUnknown(in object: JSONObject, known: [String], common: CommonMembers?, _ reader: inout ShapeReader) {
  for member in object.members {
    if known.contains(where: { $0.hasSameBytes(as: member.name) }) || common?.names(member.name) == true { continue }
    let mark = reader.mark
    reader.refuse("unknown-member", "There is no such member.")
    reader.place(.member(member.name), since: mark)
  }
}

/// A value without members: what calls take that take nothing, and answer that answer nothing.
package struct Nothing: Sendable, Equatable {
  package init() {}
}

extension Shape where Value == Nothing {
  /// `{}`.
  package static var nothing: Shape { .record(make: { Nothing() }) }
}
