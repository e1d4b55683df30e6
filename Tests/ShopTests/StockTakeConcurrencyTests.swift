// Several people count at once while others sell.
import Glibc
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct StockTakeConcurrencyTests {
  /// One after the other, whoever comes first: each entry has its own number and the last one stands.
  @Test func twoCountTheSameLotAtOnce() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    let lot = try till.deliver(soap, 10, nil).items[0].lotID
    let take = try till.startTake()
    let database = till.database
    let blocker = try Blocker(database, "select from stock_take for update")
    let threads = [(Person.sam, Int32(10)), (.tess, 9)].map { person, qty in
      TestThread { try Till(database).count(take, [(.lot(lot), qty)], by: person) }
    }
    try blocker.waitUntilSomebodyWaits(2)
    // Selling goes on while somebody holds the stock take.
    try till.sell([(soap, 1)])
    try blocker.release()
    let counts = try threads.map { try $0.value() }
    #expect(Set(counts.map(\.entryNo)) == [1, 2] && counts.map { $0.items[0].expectedQty } == [9, 9])
    let last = try #require(counts.max { $0.entryNo < $1.entryNo })
    let reviewed = try #require(try till.review(take).page.items.first)
    #expect(reviewed.standing?.countedQty == last.items[0].countedQty && reviewed.standing?.countedBy == last.countedBy)
    #expect(reviewed.counts == 2 && reviewed.needsRecount, "they disagree")
    #expect(try till.violations() == [])
  }

  /// In whatever order each tells the lots, and however much is sold of them meanwhile: nobody waits for ever, no entry is lost, and
  /// each lot ends with what it had and its last count's difference.
  @Test func manyCountManyLotsWhileTillsSell() throws {
    let till = try Till()
    let products = try (1...5).map { try till.product("Product \($0)", tracksExpiry: false).id }
    var lots: [Identifier] = []
    for _ in 0..<4 { lots += try till.deliver(products.map { try till.item($0, 100, nil) }).items.map(\.lotID) }
    let take = try till.startTake()
    let database = till.database
    let end = ContinuousClock.now + .seconds(3)
    let seed = Seeded()
    let all = lots
    let counters = [Person.sam, .tess].enumerated().map { number, person in
      TestThread { () throws -> [(entryNo: Int, lot: Identifier, variance: Int)] in
        var dice = seed
        for _ in 0...number { _ = dice.next() }
        let till = try Till(database)
        var told: [(entryNo: Int, lot: Identifier, variance: Int)] = []
        while ContinuousClock.now < end {
          let items = all.shuffled(using: &dice).prefix(dice.int(1...all.count)).map {
            (CountTarget.lot($0), Int32(dice.int(100...120)))
          }
          let count = try till.count(take, items, by: person)
          told += count.items.map { (count.entryNo, $0.lot.id, $0.variance ?? 0) }
        }
        return told
      }
    }
    let tills = (0..<2).map { number in
      TestThread { () throws -> Int in
        var dice = seed
        for _ in 0...number + 4 { _ = dice.next() }
        let till = try Till(database)
        var sales = 0
        while ContinuousClock.now < end, sales < 190 {
          try till.sell(products.shuffled(using: &dice).prefix(dice.int(1...5)).map { ($0, 1) })
          sales += 1
        }
        return sales
      }
    }
    let told = try counters.flatMap { try $0.value() }
    let sales = try tills.reduce(0) { try $0 + $1.value() }
    #expect(sales > 20, "selling went on")
    let entries = Set(told.map(\.entryNo))
    #expect(entries == Set(1...entries.count))
    var variances: [Identifier: (entryNo: Int, variance: Int)] = [:]
    for count in told where count.entryNo > variances[count.lot]?.entryNo ?? 0 {
      variances[count.lot] = (count.entryNo, count.variance)
    }
    let before = try till.sql("select qty_remaining from lot order by lot_no").compactMap(Int.init)
    try till.apply(take, accepting: true)
    let after = try till.sql("select qty_remaining from lot order by lot_no").compactMap(Int.init)
    #expect(after == zip(lots, before).map { $1 + (variances[$0]?.variance ?? 0) })
    #expect(try till.sql("select deadlocks from pg_stat_database where datname = current_database()") == ["0"])
    #expect(try till.violations() == [])
  }

  /// Whoever counts while the stock take is being applied comes too late or in time, never in between.
  @Test func aCountBesideTheApplying() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    let lots = try till.deliver([till.item(soap, 10, nil), till.item(soap, 10, nil)]).items.map(\.lotID)
    let take = try till.startTake()
    try till.count(take, [(.lot(lots[0]), 8)])
    let database = till.database
    let blocker = try Blocker(database, "select from lot for update")
    let applying = TestThread { try Till(database).apply(take, accepting: true).told }
    try blocker.waitUntilSomebodyWaits()
    let counting = TestThread { try refusal { try Till(database).count(take, [(.lot(lots[1]), 1)]) } }
    try blocker.waitUntilSomebodyWaits(2)
    try blocker.release()
    #expect(try applying.value() == "[1−2]" && counting.value() == "stock-take-ended")
    #expect(try till.sql("select qty_remaining from lot order by lot_no") == ["8", "10"])
    #expect(try till.violations() == [])
  }

  /// Booked once; a sale that waited behind sees what is left.
  @Test func twoApplyTheSame() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    let lot = try till.deliver(soap, 10, nil).items[0].lotID
    let take = try till.startTake()
    try till.count(take, [(.lot(lot), 8)])
    let database = till.database
    let blocker = try Blocker(database, "select from lot for update")
    let threads = (0..<2).map { _ in TestThread { try refusal { try Till(database).apply(take, accepting: true) } } }
    try blocker.waitUntilSomebodyWaits(2)
    let selling = TestThread { try refusal { try Till(database).sell([(soap, 9)]) } }
    try blocker.waitUntilSomebodyWaits(3)
    try blocker.release()
    #expect(try threads.map { try $0.value() }.sorted() == ["ok", "stock-take-ended"])
    #expect(try selling.value() == "stock-too-low" && till.shelf() == "1×8")
    #expect(try till.sql("select count(*) from stock_document") == ["1"])
    #expect(try till.violations() == [])
  }

  /// The same where the second applying waits for the lot that the first is counting down.
  @Test func twoStockTakesMissTheSameAtOnce() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    let lot = try till.deliver(soap, 10, nil).items[0].lotID
    let takes = [try till.startTake(), try till.startTake()]
    for take in takes { try till.count(take, [(.lot(lot), 8)]) }
    let database = till.database
    let blocker = try Blocker(database, "select from lot for update")
    let threads = takes.map { take in TestThread { try refusal { try Till(database).apply(take, accepting: true) } } }
    try blocker.waitUntilSomebodyWaits(2)
    try blocker.release()
    #expect(try threads.map { try $0.value() }.sorted() == ["ok", "recount-needed"])
    #expect(try till.shelf() == "1×8" && till.violations() == [])
  }
}
