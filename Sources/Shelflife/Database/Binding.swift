// How the shop's values travel to and from PostgreSQL.
import Postgres

extension Identifier: UUIDRepresentable {
  var bits: UUIDBits { UUIDBits(high: high, low: low) }

  fileprivate init(_ bits: UUIDBits) { self.init(high: bits.high, low: bits.low) }
}

extension Parameters {
  mutating func add(_ value: Identifier?) { uuid(value) }
  mutating func add(_ value: String?) { text(value) }
  mutating func add(_ value: Bool) { bool(value) }
  mutating func add(_ value: Day?) { date(value?.daysSince2000) }
  mutating func add(_ value: Instant?) { timestamptz(value?.microsecondsSince2000) }
  mutating func add(_ value: Money) { int8(value.minor) }
  mutating func add(_ value: Int32?) { int4(value) }
  mutating func add(_ value: [UInt8]?) { bytea(value) }
  mutating func add(_ value: Int64?) { int8(value) }
  mutating func add(int32 value: Int) { int4(Int32(clamping: value)) }
  mutating func add(int16 value: Int) { int2(Int16(clamping: value)) }

  /// Two parameters: the day and the number where a list goes on.
  mutating func add(_ key: DocumentKey?) {
    add(key?.day)
    add(key?.number)
  }

  /// Three parameters: the id, or the day and the number.
  mutating func add(_ reference: DocumentReference) {
    switch reference {
    case .id(let id):
      add(id)
      add(nil as DocumentKey?)
    case .number(let number):
      add(nil as Identifier?)
      add(DocumentKey(day: number.day, number: number.number))
    }
  }

  mutating func add(_ values: [Identifier]) { uuids(values.map { $0.bits }) }
  mutating func add(_ values: [Identifier?]) { uuids(values.map { $0?.bits }) }
  mutating func add(_ values: [String]) { texts(values) }
  mutating func add(_ values: [String?]) { texts(values) }
  mutating func add(_ values: [Day?]) { dates(values.map { $0?.daysSince2000 }) }
  mutating func add(_ values: [Instant]) { timestamptzs(values.map { $0.microsecondsSince2000 }) }
  mutating func add(_ values: [UnitCost]) { int8s(values.map { $0.tenThousandths }) }
  mutating func add(_ values: [Int64]) { int8s(values) }
  mutating func add(_ values: [Int32]) { int4s(values) }
  mutating func add(_ values: [[UInt8]]) { byteas(values) }
  mutating func add(_ values: [[UInt8]?]) { byteas(values) }
  mutating func add(int32s values: [Int]) { int4s(values.map { Int32(clamping: $0) }) }
}

extension RowReader {
  mutating func identifier() throws(PostgresError) -> Identifier { Identifier(try uuidBits()) }
  mutating func optionalIdentifier() throws(PostgresError) -> Identifier? { try optionalUUIDBits().map(Identifier.init) }
  mutating func optionalIdentifiers() throws(PostgresError) -> [Identifier]? {
    try optionalArray(of: SQLType.UUID<Identifier>.self)
  }
  mutating func day() throws(PostgresError) -> Day { Day(daysSince2000: try date()) }
  mutating func optionalDay() throws(PostgresError) -> Day? { try optionalDate().map(Day.init(daysSince2000:)) }
  mutating func instant() throws(PostgresError) -> Instant { Instant(microsecondsSince2000: try timestamptz()) }
  mutating func optionalInstant() throws(PostgresError) -> Instant? {
    try optionalTimestamptz().map(Instant.init(microsecondsSince2000:))
  }
  mutating func money() throws(PostgresError) -> Money { Money(minor: try int8()) }
  mutating func unitCost() throws(PostgresError) -> UnitCost { UnitCost(tenThousandths: try int8()) }
  mutating func optionalUnitCost() throws(PostgresError) -> UnitCost? {
    try optionalInt8().map(UnitCost.init(tenThousandths:))
  }
  mutating func int() throws(PostgresError) -> Int { Int(try int4()) }
  mutating func smallInt() throws(PostgresError) -> Int { Int(try int2()) }

  /// A sum that was cast to text, since it may outgrow every integer of the server.
  mutating func wholeNumber() throws -> Int128 {
    guard let number = Int128(try text()) else { throw ValueFault.notANumber }
    return number
  }

  mutating func lotStatus() throws -> LotStatus { try LotStatus(parsing: try text()) }
  mutating func auditedRecord() throws -> AuditedRecord {
    guard let kind = AuditedRecord(rawValue: try text()) else {
      throw ValueFault.unknownChoice(allowed: AuditedRecord.allCases.map(\.rawValue))
    }
    return kind
  }
  mutating func role() throws -> Role { try Role(parsing: try text()) }
  mutating func currency() throws -> Currency { try Currency(parsing: try text()) }

  /// Two columns: the day and the number.
  mutating func documentNumber(_ kind: DocumentNumber.Kind) throws -> DocumentNumber {
    let day = try day()
    guard let number = DocumentNumber(kind, day: day, number: try int4()) else { throw ValueFault.notADocumentNumber }
    return number
  }
}

extension PostgresError {
  /// True when a row was refused by the unique or other constraint of that name.
  func violates(_ name: String) -> Bool { constraint == name }
}
