// What a sale's audit entry digests, made before the sale is written: the same bytes as the view sale_digest makes of its rows.

/// PostgreSQL's `record_send` of rows of built-in types: columns counted, each with its type, its length and its bytes.
struct RecordBytes {
  private(set) var bytes: [UInt8] = []

  init() { bytes.reserveCapacity(1_024) }

  /// Begins a row of so many columns.
  mutating func row(_ columns: Int) { append(Int32(columns)) }

  mutating func uuid(_ value: Identifier?) {
    guard let value else { return column(2950, length: -1) }
    column(2950, length: 16)
    append(value.high)
    append(value.low)
  }

  mutating func int2(_ value: Int) {
    column(21, length: 2)
    append(Int16(truncatingIfNeeded: value))
  }

  mutating func int4(_ value: Int32) {
    column(23, length: 4)
    append(value)
  }

  mutating func int8(_ value: Int64) {
    column(20, length: 8)
    append(value)
  }

  mutating func date(_ value: Day?) {
    guard let value else { return column(1082, length: -1) }
    column(1082, length: 4)
    append(value.daysSince2000)
  }

  mutating func timestamptz(_ value: Instant) {
    column(1184, length: 8)
    append(value.microsecondsSince2000)
  }

  mutating func text(_ value: String?) {
    guard let value else { return column(25, length: -1) }
    column(25, length: Int32(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  mutating func bytea(_ value: [UInt8]) {
    column(17, length: Int32(value.count))
    bytes.append(contentsOf: value)
  }

  private mutating func column(_ type: Int32, length: Int32) {
    append(type)
    append(length)
  }

  private mutating func append(_ value: some FixedWidthInteger) {
    var shift = value.bitWidth
    while shift > 0 {
      shift -= 8
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}

enum SaleDigest {
  /// What a sale's audit entry stores, once its number is known.
  static func whole(_ content: [UInt8], number: Int32) -> [UInt8] {
    Digest.sha256(content + withUnsafeBytes(of: number.bigEndian) { Array($0) }).bytes
  }

  /// One digest a sale, of everything but its number, which only the database knows.
  static func contents(of group: SaleStatements.Group) -> [[UInt8]] {
    let (movements, day) = (group.movements, group.day)
    var next = 0
    return group.sales.map { sale in
      var record = RecordBytes()
      write(sale, at: group.till, day: day, to: &record)
      for (index, line) in sale.lines.enumerated() { write(line, at: index + 1, to: &record) }
      while next < movements.count, movements[next].saleID == sale.id {
        write(movements[next], day: day, to: &record)
        next += 1
      }
      return Digest.sha256(record.bytes).bytes
    }
  }

  private static func write(_ sale: PlannedSale, at till: TillName, day: Day, to record: inout RecordBytes) {
    record.row(10)
    record.uuid(sale.id)
    record.date(day)
    record.timestamptz(sale.info.now)
    record.uuid(sale.seller.id)
    record.text(sale.seller.name)
    record.text(sale.paymentMethod)
    record.text(sale.note)
    record.int2(sale.lines.count)
    record.int8(sale.total.minor)
    record.text(till.text)
  }

  private static func write(_ line: PlannedLine, at number: Int, to record: inout RecordBytes) {
    record.row(7)
    record.int2(number)
    record.uuid(line.id)
    record.uuid(line.product.id)
    record.text(line.product.name)
    record.int4(line.qty.count)
    record.int8(line.product.sellingPrice.minor)
    record.int2(line.allocations.count)
  }

  private static func write(_ movement: SoldMovement, day: Day, to record: inout RecordBytes) {
    record.row(10)
    record.int2(movement.line)
    record.int2(movement.take)
    record.uuid(movement.lot.shelf.id)
    record.int4(movement.seq)
    record.int4(-movement.qty)
    record.int4(movement.balance)
    record.timestamptz(movement.at)
    record.date(day)
    record.date(movement.lot.shelf.expiry)
    record.int8(movement.lot.unitCost.tenThousandths)
  }
}
