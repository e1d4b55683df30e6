// What a sale's audit entry digests, made before the sale is written: the same bytes as the view sale_digest makes of its rows.
import Postgres

/// PostgreSQL's `record_send` of rows of built-in types: columns counted, each with its type, its length and its bytes.
struct RecordBytes: ~Copyable {
  private var bytes = ByteBuffer(capacity: 2_048)

  /// The digest of what was written, behind a digest that comes before it, if one is named.
  func digest(behind before: [UInt8] = [], _ number: Int64? = nil) -> Digest {
    var running = RunningDigest()
    running.update(before)
    if let number { withUnsafeBytes(of: number.bigEndian) { running.update($0) } }
    bytes.withBytes { running.update($0) }
    return running.finish()
  }

  /// Begins a row of so many columns.
  mutating func row(_ columns: Int32) { bytes.append(columns) }

  mutating func uuid(_ value: Identifier?) {
    guard let value else { return column(2950, length: -1) }
    column(2950, length: 16)
    bytes.append(value.high)
    bytes.append(value.low)
  }

  mutating func int2(_ value: Int) {
    column(21, length: 2)
    bytes.append(Int16(truncatingIfNeeded: value))
  }

  mutating func int4(_ value: Int32) {
    column(23, length: 4)
    bytes.append(value)
  }

  mutating func int8(_ value: Int64) {
    column(20, length: 8)
    bytes.append(value)
  }

  mutating func date(_ value: Day?) {
    guard let value else { return column(1082, length: -1) }
    column(1082, length: 4)
    bytes.append(value.daysSince2000)
  }

  mutating func timestamptz(_ value: Instant) {
    column(1184, length: 8)
    bytes.append(value.microsecondsSince2000)
  }

  mutating func text(_ value: String?) {
    guard let value else { return column(25, length: -1) }
    column(25, length: Int32(value.utf8.count))
    bytes.append(utf8: value)
  }

  mutating func bytea(_ value: [UInt8]) {
    column(17, length: Int32(value.count))
    value.withUnsafeBytes { bytes.append($0) }
  }

  private mutating func column(_ type: Int32, length: Int32) {
    bytes.append(type)
    bytes.append(length)
  }
}

enum SaleDigest {
  /// What a sale's audit entry stores, once its number is known.
  static func whole(_ content: [UInt8], number: Int32) -> [UInt8] {
    var running = RunningDigest()
    running.update(content)
    withUnsafeBytes(of: number.bigEndian) { running.update($0) }
    return running.finish().bytes
  }

  /// One digest a sale, of everything but its number, which only the database knows.
  static func contents(of group: SaleStatements.Group) -> [[UInt8]] {
    let (movements, day) = (group.movements, group.day)
    var next = 0
    return group.sales.map { sale in
      var record = RecordBytes()
      write(sale, at: group.till, day: day, to: &record)
      for index in sale.lines.indices { write(sale.lines[index], at: index + 1, to: &record) }
      while next < movements.count, movements[next].saleID == sale.id {
        write(movements[next], day: day, to: &record)
        next += 1
      }
      return record.digest().bytes
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
