// How the shop's values look on the wire: each parsed once, here, or refused by its own rule.
import Shelflife

extension Refusal {
  init(_ fault: ValueFault) {
    self.init(fault.code, fault.message)
  }
}

extension Shape {
  /// A text that a value of the shop parses itself.
  static func value(
    _ schema: Schema, _ parse: @escaping @Sendable (String) throws(ValueFault) -> Value,
    _ text: @escaping @Sendable (Value) -> String
  ) -> Shape {
    .parsed(schema, from: refusing(parse), to: text)
  }

  /// The same where the value writes its text itself, at most so many bytes.
  static func value(
    _ schema: Schema, _ parse: @escaping @Sendable (String) throws(ValueFault) -> Value, most: Int,
    write: @escaping @Sendable (Value, UnsafeMutableBufferPointer<UInt8>) -> Int
  ) -> Shape {
    .parsed(schema, from: refusing(parse), most: most, write: write)
  }

  private static func refusing(
    _ parse: @escaping @Sendable (String) throws(ValueFault) -> Value
  ) -> @Sendable (String) throws(Refusal) -> Value {
    { sent throws(Refusal) in
      do throws(ValueFault) { return try parse(sent) } catch { throw Refusal(error) }
    }
  }
}

extension Shape where Value == Identifier {
  static var identifier: Shape {
    .value(
      .text(36...36, format: "uuid"), { text throws(ValueFault) in try Identifier(parsing: text) }, most: Identifier.textBytes,
      write: { $0.write(to: $1) })
  }
}

extension Schema {
  /// An exact decimal without sign or exponent.
  static let amount = Schema(.decimal(Text(format: "decimal", pattern: "^(0|[1-9][0-9]*)(\\.[0-9]+)?$")))
  /// The same where a value may lie below zero.
  static let signedAmount = Schema(.decimal(Text(format: "decimal", pattern: "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$")))
}

extension Shape where Value == Money {
  /// Prices and sums, in the currency's decimal places.
  static var money: Shape {
    .decimal(
      .amount,
      from: { text, digits throws(Refusal) in
        do throws(ValueFault) { return try Money(parsing: text, digits: digits) } catch { throw Refusal(error) }
      },
      write: { $0.write(to: $2, digits: $1) })
  }
}

extension Shape where Value == UnitCost {
  static var unitCost: Shape {
    .decimal(
      .amount,
      from: { text, _ throws(Refusal) in
        do throws(ValueFault) { return try UnitCost(parsing: text) } catch { throw Refusal(error) }
      },
      write: { cost, _, buffer in cost.write(to: buffer) })
  }
}

extension Shape where Value == MoneySum {
  /// Sums of money over many sales, in the currency's decimal places. Only the process writes them.
  static var moneySum: Shape {
    .decimal(
      .signedAmount, from: { _, _ throws(Refusal) in throw Refusal("not-allowed", "This is a result.") },
      write: { $0.write(to: $2, digits: $1) })
  }
}

extension Shape where Value == Amount {
  /// Cost, profit and stock value: four decimals in every currency. Only the process writes them.
  static var amount: Shape {
    .decimal(
      .signedAmount, from: { _, _ throws(Refusal) in throw Refusal("not-allowed", "This is a result.") },
      write: { amount, _, buffer in amount.write(to: buffer) })
  }
}

extension Shape where Value == Quantity {
  static var quantity: Shape {
    Shape<Int32>.integer(Int(Quantity.range.lowerBound)...Int(Quantity.range.upperBound)).mapped(
      from: { count throws(Refusal) in
        do throws(ValueFault) { return try Quantity(Int64(count)) } catch { throw Refusal(error) }
      }, to: \.count)
  }
}

extension Shape where Value == Day {
  static var day: Shape {
    .value(
      .text(10...10, format: "date"), { text throws(ValueFault) in try Day(parsing: text) }, most: Day.textBytes,
      write: { $0.write(to: $1) })
  }
}

extension Shape where Value == Instant {
  static var instant: Shape {
    .value(
      .text(20...35, format: "date-time"), { text throws(ValueFault) in try Instant(parsing: text) }, most: Instant.textBytes,
      write: { $0.write(to: $1) })
  }
}

extension Shape where Value == Name {
  static var name: Shape {
    .value(.text(Text.name), { text throws(ValueFault) in try Name(parsing: text) }, \.text)
  }
}

extension Shape where Value == Username {
  static var username: Shape {
    .value(
      .text(Text.username, pattern: "^[\\p{L}\\p{N}._@+-]+$"), { text throws(ValueFault) in try Username(parsing: text) },
      \.text)
  }
}

extension Shape where Value == Password {
  /// Read only: a password is never written.
  static var password: Shape {
    .value(
      .text(Password.leastCharacters...Password.mostBytes, format: "password"),
      { text throws(ValueFault) in try Password(parsing: text) }, { _ in "" })
  }
}

extension Shape where Value == Role {
  static var role: Shape { .enumeration(["OWNER": .owner, "STAFF": .staff]) }
}

extension Shape where Value == LotStatus {
  static var lotStatus: Shape { .enumeration(["ok": .ok, "quarantined": .quarantined, "recalled": .recalled]) }
}

extension Shape where Value == DocumentNumber {
  static func documentNumber(_ kind: DocumentNumber.Kind) -> Shape {
    // The kind, a day and a number of 4 to 10 digits, with a hyphen between each two.
    let length = kind.rawValue.utf8.count + 14
    return .value(
      .text(length...length + 6, pattern: "^\(kind.rawValue)-[0-9]{8}-[0-9]{4,10}$"),
      { text throws(ValueFault) in try DocumentNumber(parsing: text, kind: kind) }, \.text)
  }
}

extension Shape where Value == MovementKind {
  static var movementKind: Shape {
    .enumeration([
      "received": .received, "sold": .sold, "returned": .returned, "written-off": .writtenOff,
      "returned-to-supplier": .returnedToSupplier, "counted": .counted, "corrected": .corrected,
    ])
  }
}

extension Shape where Value == DocumentNumber {
  /// A number of any kind, in a result.
  static let anyDocumentNumber = Shape.value(
    .text(17...25, pattern: "^[A-Z]{3,4}-[0-9]{8}-[0-9]{4,10}$"),
    { text throws(ValueFault) in try DocumentNumber(parsing: text) }, \.text)
}

extension Shape where Value == String {
  /// Trimmed, in Unicode's composed form, without control characters.
  static func cleaned(_ length: ClosedRange<Int>) -> Shape {
    .value(.text(length), { text throws(ValueFault) in try Text.cleaned(text, length: length) }, { $0 })
  }

  static var note: Shape { cleaned(Text.note) }

  /// Why something was done: like a note, but never empty.
  static var givenReason: Shape { cleaned(1...Text.note.upperBound) }

  /// An absolute path of the process's machine, taken as it is, of at most so many bytes.
  static func path(_ mostBytes: Int) -> Shape {
    string(1...mostBytes, pattern: "^/").mapped(
      from: { path throws(Refusal) in
        guard path.utf8.starts(with: "/".utf8) else { throw Refusal("not-absolute", "A path that begins with / is needed.") }
        guard path.utf8.count <= mostBytes else { throw Refusal("too-long", "At most \(mostBytes) bytes are allowed.") }
        return path
      }, to: { $0 })
  }
}
