/// Shape: arrays and the pages that every list answers with.
import JSONRPC

extension Shape {
  /// An array with so many items. One that is too long is refused without reading its items.
  package static func array<Item: Sendable>(of item: Shape<Item>, count: ClosedRange<Int> = 0...Int.max) -> Shape
  where Value == [Item] {
    Shape(
      schema: Schema(.array(item.schema, count)),
      read: { json, reader in
        guard case .array(let sent) = json else {
          reader.refuseKind(expected: "an array", given: json)
          return nil
        }
        if sent.count < count.lowerBound {
          reader.refuse("too-few-items", "At least \(count.lowerBound) items are needed.")
          return nil
        }
        if sent.count > count.upperBound {
          reader.refuse("too-many-items", "At most \(count.upperBound) items are allowed.")
          return nil
        }
        let failures = reader.failures
        var items: [Item] = []
        items.reserveCapacity(sent.count)
        for index in sent.indices {
          let mark = reader.mark
          if let value = item.read(sent[index], &reader) { items.append(value) }
          reader.place(.item(index), since: mark)
        }
        return reader.failures == failures ? items : nil
      },
      write: { items, writer in
        writer.json.beginArray()
        items.pointee.withUnsafeBufferPointer { items in
          guard let first = items.baseAddress else { return }
          for index in items.indices { item.write(first + index, &writer) }
        }
        writer.json.endArray()
      })
  }
}

/// A value as the JSON text that it is answered with, for those who have the time to write it before all else is known.
package struct Written<Value: Sendable>: Sendable {
  fileprivate let bytes: [UInt8]

  package init(_ value: Value, as shape: Shape<Value>, moneyScale: Int) {
    bytes = shape.encode(value, moneyScale: moneyScale)
  }
}

extension Shape {
  /// What is written already, and looks as `shape` says.
  package static func written<Whole: Sendable>(as shape: Shape<Whole>) -> Shape where Value == Written<Whole> {
    Shape(
      schema: shape.schema,
      read: { _, reader in
        reader.refuseResult()
        return nil
      },
      write: { value, writer in writer.json.raw(value.pointee.bytes) })
  }
}

/// One page of a list. `nextCursor` is nil on the last one.
package struct Page<Item: Sendable>: Sendable {
  package let items: [Item]
  package let nextCursor: String?

  package init(items: [Item], nextCursor: String?) {
    self.items = items
    self.nextCursor = nextCursor
  }
}

extension Page: Equatable where Item: Equatable {}

extension Shape {
  /// `{items, nextCursor}`: what every list answers.
  package static func page<Item: Sendable>(of item: Shape<Item>) -> Shape where Value == Page<Item> {
    .record(
      .required("items", .array(of: item), "This page.", \.items),
      .nullable("nextCursor", .text, "Where the next page begins; null on the last one.", \.nextCursor),
      make: { Page(items: $0, nextCursor: $1) })
  }
}
