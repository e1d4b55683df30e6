/// The number that people see on a receipt, a delivery or another document: `RCPT-YYYYMMDD-####`, growing wider past 9999.
package struct DocumentNumber: Hashable, Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    case receipt = "RCPT"
    case delivery = "STK"
    case saleReturn = "RET"
    case void = "VOID"
    case writeOff = "WOF"
    case supplierReturn = "SUP"
    case count = "CNT"
    case correction = "COR"
    case cancellation = "CAN"
  }

  package let kind: Kind
  /// The business date.
  package let day: Day
  /// Counted from 1 for each kind and day.
  package let number: Int32

  /// nil for a number below 1.
  package init?(_ kind: Kind, day: Day, number: Int32) {
    guard number >= 1 else { return nil }
    self.kind = kind
    self.day = day
    self.number = number
  }

  /// The one text of a number and no other: capital letters, a real date, no zeros but those that fill four places.
  package init(parsing text: String) throws(ValueFault) {
    var reader = DigitReader(text)
    guard let number = Self.read(&reader), reader.isAtEnd else { throw .notADocumentNumber }
    self = number
  }

  /// As above, and of that kind.
  package init(parsing text: String, kind: Kind) throws(ValueFault) {
    try self.init(parsing: text)
    guard self.kind == kind else { throw .notADocumentNumber }
  }

  package var text: String {
    let digits = String(number)
    return "\(kind.rawValue)-\(day.compactText)-\(String(repeating: "0", count: max(0, 4 - digits.utf8.count)))\(digits)"
  }

  static func read(_ reader: inout DigitReader) -> DocumentNumber? {
    guard
      let kind = Kind.allCases.first(where: { reader.skip(prefix: $0.rawValue + "-") }),
      let year = reader.number(digits: 4), let month = reader.number(digits: 2), let dayOfMonth = reader.number(digits: 2),
      let day = Day(year: year, month: month, day: dayOfMonth), reader.skip("-"),
      let (number, digits) = reader.int32(), digits == max(4, String(number).utf8.count)
    else { return nil }
    return DocumentNumber(kind, day: day, number: number)
  }
}

/// The name of one lot of a delivery: `STK-YYYYMMDD-####-n`, n being the line of the delivery.
package struct LotReference: Hashable, Sendable {
  package let delivery: DocumentNumber
  /// Counted from 1.
  package let line: Int32

  /// nil for a document of another kind and for a line below 1.
  package init?(delivery: DocumentNumber, line: Int32) {
    guard delivery.kind == .delivery, line >= 1 else { return nil }
    self.delivery = delivery
    self.line = line
  }

  package init(parsing text: String) throws(ValueFault) {
    var reader = DigitReader(text)
    guard
      let delivery = DocumentNumber.read(&reader), reader.skip("-"),
      let (line, digits) = reader.int32(), digits == String(line).utf8.count, reader.isAtEnd,
      let reference = LotReference(delivery: delivery, line: line)
    else { throw .notALotReference }
    self = reference
  }

  package var text: String { "\(delivery.text)-\(line)" }
}

extension DocumentNumber: CustomStringConvertible {
  package var description: String { text }
}

extension LotReference: CustomStringConvertible {
  package var description: String { text }
}
