// What a statement really read, by the plan that serving sessions use: made once, without looking at any value.
import Postgres
import TestSupport

@testable import Shelflife

struct Explained {
  let plan: String

  init(plan: String) { self.plan = plan }

  /// Runs the statement for values in the order of its parameters.
  init<Input, Row>(_ statement: Statement<Input, Row>, _ values: [String], in shop: ShopDatabase) throws {
    let connection = try Connection(
      shop.superuser.with(setting: "search_path", "shelf").with(setting: "plan_cache_mode", "force_generic_plan"))
    defer { connection.close() }
    try connection.script("prepare \(statement.name) as \(statement.sql)")
    plan = try connection.script(
      "explain (analyze, buffers, costs off, timing off, summary off) execute \(statement.name)(\(values.joined(separator: ", ")))"
    ).compactMap { $0[0] }.joined(separator: "\n")
  }

  /// The pages that were looked at, those of indexes included.
  var pages: Int {
    let line = plan.split(separator: "\n").first { $0.contains("Buffers: ") } ?? ""
    return (Self.number(after: "hit=", in: line) ?? 0) + (Self.number(after: "read=", in: line) ?? 0)
  }

  /// The rows that each scan of a table read, those that it passed over included, over all loops. Behind the table's name its alias may be told.
  func scans(_ table: String) -> [Int] {
    var scans: [Int] = []
    var loops: Int?
    for line in plan.split(separator: "\n") {
      if let rows = Self.number(after: "actual rows=", in: line) {
        loops = line.contains(" on \(table) ") ? Self.number(after: "loops=", in: line) : nil
        if let loops { scans.append(rows * loops) }
      } else if line.contains("->") {
        loops = nil
      } else if let loops, let last = scans.indices.last {
        for mark in ["Rows Removed by Filter: ", "Rows Removed by Index Recheck: "] {
          scans[last] += loops * (Self.number(after: mark, in: line) ?? 0)
        }
      }
    }
    return scans
  }

  private static func number(after mark: String, in line: some StringProtocol) -> Int? {
    guard let start = line.firstRange(of: mark)?.upperBound else { return nil }
    return Int(line[start...].prefix { $0.isNumber })
  }
}
