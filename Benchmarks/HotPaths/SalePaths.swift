// A sale between its two round trips: planned against locked lots, made into the parameters of the statements that write it.
import Postgres
import Shelflife

enum SalePaths {
  static var all: [HotPath] {
    [1, 64].flatMap { size in
      [
        HotPath(name: "plan.\(size)", times: 1_024 / size) { planning(size) },
        HotPath(name: "bind.\(size)", times: 1_024 / size) { writing(size) },
        HotPath(name: "audit.\(size)", times: 1_024 / size) { auditing(size) },
      ]
    }
  }

  /// The shelf, the rules, the totals and the lots of each sale.
  private static func planning(_ size: Int) -> (Int) throws -> Void {
    let (sales, lots) = Samples.group(of: size)
    let shelf = Samples.shelf(size)
    return { times in
      let receipts = try sales.map { try Samples.receipt(of: $0, lots) }
      // The first sale empties the first lot of each of its products and goes on with the second.
      guard receipts.allSatisfy({ $0.totalAmount.minor == 2_700 }), receipts[0].items.allSatisfy({ $0.allocations.count == 2 })
      else { throw Unexpected("another plan") }
      for _ in 0..<times {
        guard Samples.plan(size, shelf).count == size else { throw Unexpected("another plan") }
      }
    }
  }

  /// The movements of a group and the parameters that write it.
  private static func writing(_ size: Int) -> (Int) throws -> Void {
    let (sales, lots) = Samples.group(of: size)
    return { times in
      let till = try Samples.till
      for _ in 0..<times {
        var parameters = Parameters()
        SaleStatements.write.bind(SaleStatements.Group(till: till, sales: sales, lots: lots, day: Samples.today), &parameters)
        guard parameters.count == 38 else { throw Unexpected("\(parameters.count) parameters") }
      }
    }
  }

  /// The digests of a group's sales and the parameters that chain them.
  private static func auditing(_ size: Int) -> (Int) throws -> Void {
    let (sales, lots) = Samples.group(of: size)
    return { times in
      let group = SaleStatements.Group(till: try Samples.till, sales: sales, lots: lots, day: Samples.today)
      for _ in 0..<times {
        var parameters = Parameters()
        SaleStatements.audit.bind(group, &parameters)
        guard parameters.count == 4 else { throw Unexpected("\(parameters.count) parameters") }
      }
    }
  }
}
