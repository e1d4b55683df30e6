// Arrays of plain types as parameters, from values or from what each row of a set has to say. Generic code is not specialised
// across targets, and a sale binds sixty arrays: these are compiled here once, with their types known.

extension Parameters {
  package mutating func int2s(_ count: Int, _ value: (Int) -> Int16) { column(SQLType.Int2.self, count, value) }
  package mutating func int4s(_ count: Int, _ value: (Int) -> Int32) { column(SQLType.Int4.self, count, value) }
  package mutating func int8s(_ count: Int, _ value: (Int) -> Int64) { column(SQLType.Int8.self, count, value) }
  package mutating func texts(_ count: Int, _ value: (Int) -> String?) { column(SQLType.Text.self, count, value) }
  package mutating func dates(_ count: Int, _ value: (Int) -> Int32?) { column(SQLType.Date.self, count, value) }
  package mutating func timestamptzs(_ count: Int, _ value: (Int) -> Int64) { column(SQLType.Timestamptz.self, count, value) }
  package mutating func byteas(_ count: Int, _ value: (Int) -> [UInt8]?) { column(SQLType.Bytea.self, count, value) }
  package mutating func uuids(_ count: Int, _ value: (Int) -> UUIDBits?) { column(SQLType.UUID<UUIDBits>.self, count, value) }

  package mutating func int2s(_ values: [Int16]) { int2s(values.count) { values[$0] } }
  package mutating func int4s(_ values: [Int32]) { int4s(values.count) { values[$0] } }
  package mutating func int8s(_ values: [Int64]) { int8s(values.count) { values[$0] } }
  package mutating func texts(_ values: [String]) { texts(values.count) { values[$0] } }
  package mutating func texts(_ values: [String?]) { texts(values.count) { values[$0] } }
  package mutating func dates(_ values: [Int32?]) { dates(values.count) { values[$0] } }
  package mutating func timestamptzs(_ values: [Int64]) { timestamptzs(values.count) { values[$0] } }
  package mutating func byteas(_ values: [[UInt8]]) { byteas(values.count) { values[$0] } }
  package mutating func byteas(_ values: [[UInt8]?]) { byteas(values.count) { values[$0] } }
  package mutating func uuids(_ values: [UUIDBits]) { uuids(values.count) { values[$0] } }
  package mutating func uuids(_ values: [UUIDBits?]) { uuids(values.count) { values[$0] } }

  /// An array of so many elements, each asked for by its place.
  private mutating func column<T: BinaryType>(_ type: T.Type, _ count: Int, _ value: (Int) -> T.Value?) {
    let start = beginArray(T.oid)
    var hasNulls = false
    for index in 0..<count {
      if let value = value(index) {
        element(T.self, value)
      } else {
        bytes.append(bigEndian: -1 as Int32)
        hasNulls = true
      }
    }
    endArray(start, count: Int32(truncatingIfNeeded: count), hasNulls: hasNulls)
  }
}
