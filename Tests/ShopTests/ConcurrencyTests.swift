// Several tills on one shop at once: nothing oversold, no deadlock, no gap.
import Glibc
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct ConcurrencyTests {
  @Test func theLastUnitIsSoldOnce() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    try till.deliver(soap, 1, nil)
    let database = till.database
    let blocker = try Blocker(database, "select from lot for update")
    let threads = (0..<6).map { _ in
      TestThread { () throws -> String in
        let till = try Till(database)
        return try refusal { try till.sell([(soap, 1)]) }
      }
    }
    try blocker.waitUntilSomebodyWaits(6)
    try blocker.release()
    let told = try threads.map { try $0.value() }.sorted()
    #expect(told == ["ok"] + Array(repeating: "stock-too-low", count: 5))
    #expect(try till.violations() == [])
  }

  /// A till that waited for a lot which another one emptied goes on with the next lot instead of refusing.
  @Test func aLotEmptiedMeanwhileIsNotTheEnd() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    for _ in 0..<3 { try till.deliver(soap, 2, nil) }
    let database = till.database
    let blocker = try Blocker(database, "select from lot for update")
    let threads = (0..<3).map { _ in TestThread { try Till(database).sell([(soap, 2)]).items[0].allocations.map(\.qtyTaken) } }
    try blocker.waitUntilSomebodyWaits(3)
    try blocker.release()
    #expect(try threads.map { try $0.value().reduce(0, +) } == [2, 2, 2])
    #expect(try refusal { try till.sell([(soap, 1)]) } == "stock-too-low")
    #expect(try till.violations() == [])
  }

  @Test func overlappingBasketsInAnyOrder() throws {
    let till = try Till()
    let products = try (1...6).map { try till.product("Product \($0)", tracksExpiry: false).id }
    for _ in 0..<8 { try till.deliver(products.map { try till.item($0, 40, nil) }) }
    let received = 8 * 40 * products.count
    let database = till.database
    let end = ContinuousClock.now + .seconds(4)
    let seed = Seeded()
    let threads = (0..<4).map { number in
      TestThread { () throws -> (sold: Int, refused: Int, retries: Int) in
        var dice = seed
        for _ in 0...number { _ = dice.next() }
        let till = try Till(database)
        var sold = 0
        var refused = 0
        while ContinuousClock.now < end {
          let calls = try (0..<dice.int(1...4)).map { _ in
            try till.call(products.shuffled(using: &dice).prefix(dice.int(1...5)).map { ($0, Int64(dice.int(1...3))) })
          }
          for outcome in try till.outcomes(calls) {
            switch outcome {
            case .done(.done(let sale), _): sold += sale.items.reduce(0) { $0 + $1.qty }
            case .refused(.stockTooLow): refused += 1
            default: throw Unexpected("\(outcome)")
            }
          }
          if refused > 20 { break }
        }
        return (sold, refused, 0)
      }
    }
    let deliveries = TestThread { () throws -> Int in
      var dice = seed
      let till = try Till(database)
      var delivered = 0
      while ContinuousClock.now < end {
        try till.deliver(products.shuffled(using: &dice).map { try till.item($0, 5, nil) })
        delivered += 5 * products.count
        usleep(20_000)
      }
      return delivered
    }
    let sold = try threads.reduce(0) { try $0 + $1.value().sold }
    let delivered = try deliveries.value()
    #expect(try till.sql("select sum(qty_remaining) from lot") == [String(received + delivered - sold)])
    #expect(try till.sql("select count(*) = max(number) and min(number) = 1 from sale") == ["t"])
    #expect(try till.sql("select deadlocks from pg_stat_database where datname = current_database()") == ["0"])
    #expect(try till.violations() == [])
  }

  /// Every sale has one price for all its lines of a product, an old one or a new one, and asks what it was told.
  @Test func repricingAgainstSelling() throws {
    let till = try Till()
    let soap = try till.product("Soap", price: 100, tracksExpiry: false).id
    let tea = try till.product("Tea", price: 100, tracksExpiry: false).id
    try till.deliver([till.item(soap, 1_000_000, nil), till.item(tea, 1_000_000, nil)])
    let database = till.database
    let end = ContinuousClock.now + .seconds(6)
    let repricing = TestThread { () throws -> Int in
      let till = try Till(database)
      var price: Int64 = 100
      var changes = 0
      while ContinuousClock.now < end {
        price = 300 - price
        try till.change(soap, price: price)
        changes += 1
      }
      return changes
    }
    let tills = (0..<2).map { _ in
      TestThread { () throws -> [Int] in
        let till = try Till(database)
        var counts = [0, 0]
        while ContinuousClock.now < end {
          let outcomes = try till.outcomes([
            till.call([(soap, 1), (tea, 1), (soap, 2)]), till.call([(tea, 1), (soap, 1)], expecting: 100),
          ])
          let sale = try till.made(outcomes[0])
          guard sale.items[0].unitPrice == sale.items[2].unitPrice else { throw Unexpected("two prices: \(sale.told)") }
          switch outcomes[1] {
          case .done(.done(let sale), _):
            guard sale.totalAmount.minor == 200 else { throw Unexpected("another price than expected: \(sale.told)") }
            counts[0] += 1
          case .refused(.priceChanged): counts[1] += 1
          default: throw Unexpected("\(outcomes[1])")
          }
        }
        return counts
      }
    }
    let changes = try repricing.value()
    let counts = try tills.map { try $0.value() }
    #expect(changes > 10 && counts.allSatisfy { $0[0] > 0 } && counts.contains { $0[1] > 0 }, "\(changes) \(counts)")
    #expect(try till.sql("select deadlocks from pg_stat_database where datname = current_database()") == ["0"])
    #expect(try till.violations() == [])
  }
}
