// The rows that a sale locks, decoded from a result that libpq holds.
import CLibPQ
import Glibc
import Postgres
import Shelflife

enum RowPaths {
  static var all: [HotPath] { [HotPath(name: "rows.lots", times: 1_000) { try lockedLots() }] }

  /// 15 lots: five of each of a sale's three products.
  private static func lockedLots() throws -> (Int) throws -> Void {
    guard let handle = PQmakeEmptyPGresult(nil, PGRES_TUPLES_OK) else { throw Unexpected("no result") }
    // A result of libpq's own making lives as long as the wrapper.
    let result = QueryResult(handle: handle)
    let types: [UInt32] = [2950, 2950, 20, 1082, 1184, 25, 23, 25, 23, 20]
    let name = strdup("column")
    var columns = types.map {
      PGresAttDesc(name: name, tableid: 0, columnid: 0, format: 1, typid: $0, typlen: -1, atttypmod: -1)
    }
    guard PQsetResultAttrs(handle, Int32(columns.count), &columns) == 1 else { throw Unexpected("no columns") }
    for row in 0..<15 {
      let values = [
        bytes(UInt64(0x0190_0000_0000_7000)) + bytes(UInt64(row)), bytes(UInt64(0x0190_0000_0000_7001)) + bytes(UInt64(row / 5)),
        bytes(Int64(row)), bytes(Int32(9_000 + row)), bytes(Int64(800_000_000_000_000)), Array("ok".utf8), bytes(Int32(100)),
        Array("STK-20260310-0001-\(row)".utf8), bytes(Int32(3)), bytes(Int64(21_000)),
      ]
      for (column, value) in values.enumerated() {
        var value = value.map { CChar(bitPattern: $0) }
        guard PQsetvalue(handle, Int32(row), Int32(column), &value, Int32(value.count)) == 1 else { throw Unexpected("no value") }
      }
    }
    let held = Held(result)
    return { times in
      for _ in 0..<times {
        guard try SaleStatements.lockLots.rows(held.result).count == 15 else { throw Unexpected("other rows") }
      }
    }
  }

  private final class Held {
    let result: QueryResult

    init(_ result: consuming QueryResult) { self.result = result }
  }

  private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}
