/// Shape: the values without parts. A text that is refused is never repeated.
import JSONRPC
import Shelflife

extension Shape where Value == Bool {
  package static var bool: Shape {
    Shape(
      schema: Schema(.boolean),
      read: { json, reader in
        if case .bool(let value) = json { return value }
        reader.refuseKind(expected: "a boolean", given: json)
        return nil
      },
      write: { value, writer in writer.json.bool(value.pointee) })
  }
}

extension Shape where Value == String {
  /// A text kept as sent: so many Unicode scalars, no control characters.
  package static func string(_ length: ClosedRange<Int>, format: String? = nil, pattern: String? = nil) -> Shape {
    .parsed(
      .text(length, format: format, pattern: pattern),
      from: { text throws(Refusal) in
        // The length in bytes settles most cases without counting.
        if text.utf8.count > length.upperBound || length.lowerBound > 1 {
          let count = text.unicodeScalars.count
          if count > length.upperBound { throw Refusal("too-long", "At most \(length.upperBound) characters are allowed.") }
          if count < length.lowerBound { throw Refusal("too-short", "At least \(length.lowerBound) characters are needed.") }
        }
        if text.isEmpty && length.lowerBound > 0 {
          throw Refusal("too-short", "At least \(length.lowerBound) characters are needed.")
        }
        if text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) {
          throw Refusal("control-character", "Control characters are not allowed.")
        }
        return text
      },
      to: { $0 })
  }

  /// A text that only the process writes: nothing is checked.
  package static var text: Shape {
    .parsed(.text(), from: { text throws(Refusal) in text }, to: { $0 })
  }
}

extension Shape where Value == JSON {
  /// Any JSON value, passed through as it is.
  package static var anything: Shape {
    Shape(schema: Schema(.anything), read: { json, _ in json }, write: { json, writer in writer.json.value(json.pointee) })
  }
}

extension Shape {
  /// A value of the domain that is a text on the wire. `schema` documents the rules that `from` applies.
  package static func parsed(
    _ schema: Schema, from: @escaping @Sendable (String) throws(Refusal) -> Value, to: @escaping @Sendable (Value) -> String
  ) -> Shape {
    Shape(
      schema: schema,
      read: { json, reader in
        guard case .string(let text) = json else {
          reader.refuseKind(expected: "a string", given: json)
          return nil
        }
        do throws(Refusal) {
          return try from(text)
        } catch {
          reader.refuse(error)
          return nil
        }
      },
      write: { value, writer in writer.json.string(to(value.pointee)) })
  }

  /// The same where `write` puts the text itself, which needs no escapes, at a buffer's beginning and returns its bytes: `most` or
  /// fewer.
  static func parsed(
    _ schema: Schema, from: @escaping @Sendable (String) throws(Refusal) -> Value, most: Int,
    write: @escaping @Sendable (Value, UnsafeMutableBufferPointer<UInt8>) -> Int
  ) -> Shape {
    Shape(
      schema: schema, read: parsed(schema, from: from, to: { _ in "" }).read,
      write: { value, writer in writer.json.plainString(most) { write(value.pointee, $0) } })
  }

  /// An exact decimal: a string, or a number whose written digits are taken as they stand. `from` and `write` get the
  /// currency's decimal places; `from` refuses exponents, signs, excess zeros and places it does not want. `write` puts the text, of
  /// at most `Money.textBytes`, at a buffer's beginning and returns its bytes.
  package static func decimal(
    _ schema: Schema, from: @escaping @Sendable (String, Int) throws(Refusal) -> Value,
    write: @escaping @Sendable (Value, Int, UnsafeMutableBufferPointer<UInt8>) -> Int
  ) -> Shape {
    Shape(
      schema: schema,
      read: { json, reader in
        let text: String
        switch json {
        case .string(let sent): text = sent
        case .number(let number): text = number.digits
        default:
          reader.refuseKind(expected: "a decimal string or a number", given: json)
          return nil
        }
        do throws(Refusal) {
          return try from(text, reader.moneyScale)
        } catch {
          reader.refuse(error)
          return nil
        }
      },
      write: { value, writer in
        let scale = writer.moneyScale
        writer.json.plainString(Money.textBytes) { write(value.pointee, scale, $0) }
      })
  }
}

extension Shape where Value: FixedWidthInteger {
  /// An integer in `range`. `1.0` and `1e3` are no integers; digits of any length are compared exactly.
  @specialized(where Value == Int)
  @specialized(where Value == Int32)
  @specialized(where Value == Int64)
  package static func integer(_ range: ClosedRange<Int>) -> Shape {
    precondition(Value(exactly: range.lowerBound) != nil && Value(exactly: range.upperBound) != nil, "the range fits the type")
    let bounds = Int64(range.lowerBound)...Int64(range.upperBound)
    return Shape(
      schema: Schema(.integer(bounds)),
      read: { json, reader in
        guard case .number(let number) = json else {
          reader.refuseKind(expected: "an integer", given: json)
          return nil
        }
        if let value = number.int64, bounds.contains(value) { return Value(value) }
        if number.isInteger {
          reader.refuse("out-of-range", "Must be from \(range.lowerBound) to \(range.upperBound).")
        } else {
          reader.refuse("not-an-integer", "An integer without fraction or exponent is needed.")
        }
        return nil
      },
      write: { value, writer in writer.json.int(Int64(value.pointee)) })
  }

  /// An integer that only the process writes.
  package static var integer: Shape {
    integer(Int(clamping: Value.min)...Int(clamping: Value.max))
  }
}

extension Shape where Value: CaseIterable & Hashable {
  /// One of the given names. Every case of the type must be listed once.
  package static func enumeration(_ names: KeyValuePairs<String, Value>) -> Shape {
    enumeration(names.map { (name: $0.key, value: $0.value) })
  }

  static func enumeration(_ pairs: [(name: String, value: Value)]) -> Shape {
    let byValue = Dictionary(pairs.map { ($0.value, $0.name) }, uniquingKeysWith: { first, _ in first })
    precondition(
      byValue.count == Value.allCases.count && pairs.count == byValue.count && Set(pairs.map(\.name)).count == pairs.count,
      "an enumeration names every case of \(Value.self) once")
    let values = pairs.map(\.value)
    let texts = pairs.map { pair in
      var writer = JSONWriter(capacity: pair.name.utf8.count + 2)
      writer.string(pair.name)
      return writer.bytes
    }
    return Shape(
      schema: Schema(.enumeration(pairs.map(\.name))),
      read: { json, reader in
        guard case .string(let text) = json else {
          reader.refuseKind(expected: "a string", given: json)
          return nil
        }
        for pair in pairs where pair.name.hasSameBytes(as: text) { return pair.value }
        reader.refuse("not-allowed", "Must be one of \(pairs.map(\.name).joined(separator: ", ")).")
        return nil
      },
      write: { value, writer in
        guard let index = values.firstIndex(of: value.pointee) else { preconditionFailure("a case without a name") }
        writer.json.raw(texts[index])
      })
  }
}

extension String {
  /// Equality of bytes for an ASCII receiver. `==` alone compares canonically: it takes the kelvin sign for a K.
  @inline(__always)
  func hasSameBytes(as other: String) -> Bool {
    utf8.count == other.utf8.count && self == other
  }
}
