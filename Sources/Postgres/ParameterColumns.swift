// Arrays of plain types as parameters. Generic code is not specialised across targets, and a sale binds forty arrays: these are
// compiled here once, with their types known.

extension Parameters {
  package mutating func int2s(_ values: [Int16]) { array(SQLType.Int2.self, values) }
  package mutating func int4s(_ values: [Int32]) { array(SQLType.Int4.self, values) }
  package mutating func int8s(_ values: [Int64]) { array(SQLType.Int8.self, values) }
  package mutating func texts(_ values: [String]) { array(SQLType.Text.self, values) }
  package mutating func texts(_ values: [String?]) { array(SQLType.Text.self, values) }
  package mutating func dates(_ values: [Int32?]) { array(SQLType.Date.self, values) }
  package mutating func timestamptzs(_ values: [Int64]) { array(SQLType.Timestamptz.self, values) }
  package mutating func byteas(_ values: [[UInt8]]) { array(SQLType.Bytea.self, values) }
  package mutating func byteas(_ values: [[UInt8]?]) { array(SQLType.Bytea.self, values) }
  package mutating func uuids(_ values: [UUIDBits]) { array(SQLType.UUID<UUIDBits>.self, values) }
  package mutating func uuids(_ values: [UUIDBits?]) { array(SQLType.UUID<UUIDBits>.self, values) }
}
