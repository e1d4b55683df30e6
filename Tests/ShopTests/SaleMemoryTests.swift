// A till that sells alone plans from what it remembers; whatever anybody else wrote meanwhile is seen all the same.
import Glibc
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct SaleMemoryTests {
  /// Ten each of two lots; the till has sold three of the first, the last one from memory.
  struct Shop {
    let till: Till
    let other: Till
    let soap: Identifier
    let first: Identifier
    /// What was sold since.
    var strangers: [Identifier] = []

    init() throws {
      till = try Till()
      soap = try till.product("Soap", price: 250).id
      first = try till.lot(soap, 10, "2026-05-01")
      try till.deliver(soap, 10, "2026-06-01")
      for _ in 0..<3 { try till.sell([(soap, 1)]) }
      #expect(till.session.memory.hits == 1)
      other = try Till(till.database)
    }

    /// After that a delivery made the till forget, and it has sold nine things that it did not know: with the last one it read the whole
    /// shelf ahead.
    static func readAhead() throws -> Shop {
      var shop = try Shop()
      shop.strangers = try (1...9).map { try shop.till.product("Stranger \($0)").id }
      try shop.till.deliver(shop.strangers.map { try shop.till.item($0, 5, "2027-01-31") })
      for stranger in shop.strangers { try shop.till.sell([(stranger, 1)]) }
      #expect(shop.till.session.memory.hits == 1)
      return shop
    }
  }

  struct Deed: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let expected: String
    let run: @Sendable (Shop) throws -> Void

    init(_ name: String, then expected: String, _ run: @escaping @Sendable (Shop) throws -> Void) {
      testDescription = name
      self.expected = expected
      self.run = run
    }
  }

  static let deeds = [
    Deed("nothing", then: "0004 Soap 2 @ 2.50 [1×2] = 5.00") { _ in },
    Deed("sells", then: "0005 Soap 2 @ 2.50 [1×1 2×1] = 5.00") { try $0.other.sell([($0.soap, 6)]) },
    Deed("reprices", then: "0004 Soap 2 @ 3.00 [1×2] = 6.00") { try $0.other.change($0.soap, price: 300) },
    Deed("renames", then: "0004 Savon 2 @ 2.50 [1×2] = 5.00") { try $0.other.change($0.soap, name: "Savon") },
    Deed("takes from sale", then: "product-inactive") { try $0.other.change($0.soap, isActive: false) },
    Deed("quarantines", then: "0004 Soap 2 @ 2.50 [2×2] = 5.00") { try $0.other.setStatus($0.first, .quarantined) },
    Deed("delivers what expires sooner", then: "0004 Soap 2 @ 2.50 [3×2] = 5.00") {
      try $0.other.deliver($0.soap, 5, "2026-04-01")
    },
    Deed("writes off", then: "0004 Soap 2 @ 2.50 [1×1 2×1] = 5.00") { try $0.other.take(6, from: $0.first) },
    Deed("disables the seller", then: "invalid-token") { shop in
      _ = try shop.other.done("users.setActive") { try Users.setActive(Person.sam.caller.userID, false, in: $0) }
    },
    Deed("moves the shop's clocks", then: "0001 Soap 2 @ 2.50 [1×2] = 5.00") { try $0.other.settle(in: "Pacific/Auckland") },
  ]

  @Test(arguments: deeds) func whateverOthersDoIsSeen(_ deed: Deed) throws {
    #expect(try sale(in: Shop(), after: deed) == deed.expected)
  }

  /// What was only read ahead holds as long as what was sold.
  @Test(arguments: deeds) func whateverOthersDoToAShelfReadAheadIsSeen(_ deed: Deed) throws {
    let told = try sale(in: .readAhead(), after: deed)
    #expect(
      told.replacing("0013 ", with: "0004 ").replacing("0014 ", with: "0005 ").replacing("[4×", with: "[3×") == deed.expected)
  }

  private func sale(in shop: Shop, after deed: Deed) throws -> String {
    let hits = shop.till.session.memory.hits
    try deed.run(shop)
    var told = ""
    let refused = try refusal { told = try shop.till.sell([(shop.soap, 2)]).told }
    #expect(shop.till.session.memory.hits == (deed.testDescription == "nothing" ? hits + 1 : hits))
    #expect(try shop.till.violations() == [])
    return refused == "ok" ? told : refused
  }

  /// Two lots of each product were read: a third is asked for, and what nobody has is refused with all there is.
  @Test func aShelfReadAheadRunsOut() throws {
    let shop = try Shop.readAhead()
    let till = shop.till
    let jam = try till.product("Jam").id
    for month in 4...7 { try till.deliver(jam, 2, "2026-0\(month)-01") }
    for stranger in shop.strangers { try till.sell([(stranger, 1)]) }
    let hits = till.session.memory.hits
    #expect(try till.sell([(jam, 3)]).told.hasSuffix("Jam 3 @ 2.50 [4×2 5×1] = 7.50"))
    #expect(till.session.memory.hits == hits + 1)
    #expect(try till.sell([(jam, 3)]).told.hasSuffix("Jam 3 @ 2.50 [5×1 6×2] = 7.50"))
    #expect(till.session.memory.hits == hits + 1)
    #expect(try refusal { try till.sell([(jam, 3)]) } == "stock-too-low")
    #expect(try till.sell([(jam, 2)]).told.hasSuffix("Jam 2 @ 2.50 [7×2] = 5.00"))
    #expect(try till.violations() == [])
  }

  /// Of lots that cannot be sold none is read ahead, nor of products that are not for sale.
  @Test func whatCannotBeSoldIsNotReadAhead() throws {
    let shop = try Shop()
    let till = shop.till
    let soup = try till.product("Soup").id
    try till.deliver(soup, 5, "2026-03-09")
    let bad = try till.lot(soup, 5, "2026-04-01")
    try till.setStatus(bad, .quarantined)
    try till.deliver(soup, 5, "2026-09-01")
    try till.deliver(soup, 5, "2026-08-01")
    let old = try till.product("Old").id
    try till.deliver(old, 5, "2026-12-01")
    try till.change(old, isActive: false)
    let strangers = try (1...9).map { try till.product("Stranger \($0)").id }
    try till.deliver(strangers.map { try till.item($0, 5, "2027-01-31") })
    for stranger in strangers { try till.sell([(stranger, 1)]) }
    let hits = till.session.memory.hits
    #expect(try till.sell([(soup, 6)]).told.hasSuffix("Soup 6 @ 2.50 [6×5 5×1] = 15.00"))
    #expect(till.session.memory.hits == hits + 1)
    #expect(try refusal { try till.sell([(old, 1)]) } == "product-inactive")
    #expect(try till.violations() == [])
  }

  /// When the quarter of the hour turns, the context is read anew; the shelf holds as long as the day.
  @Test func theShelfOutlastsTheQuarter() throws {
    let shop = try Shop.readAhead()
    try shop.till.at("2026-03-10T12:15:00Z")
    let hits = shop.till.session.memory.hits
    try shop.till.sell([(shop.strangers[0], 1)])
    #expect(shop.till.session.memory.hits == hits)
    #expect(try shop.till.sell([(shop.soap, 2)]).told == "0014 Soap 2 @ 2.50 [1×2] = 5.00")
    #expect(shop.till.session.memory.hits == hits + 1)
    #expect(try shop.till.violations() == [])
  }

  /// What the till itself writes beside its sales counts like what others write.
  @Test func itsOwnOtherWritesAreSeen() throws {
    let shop = try Shop()
    try shop.till.change(shop.soap, price: 300)
    #expect(try shop.till.sell([(shop.soap, 1)]).told == "0004 Soap 1 @ 3.00 [1×1] = 3.00")
    #expect(shop.till.session.memory.hits == 1)
    #expect(try shop.till.sell([(shop.soap, 1)]).told == "0005 Soap 1 @ 3.00 [1×1] = 3.00")
    #expect(shop.till.session.memory.hits == 2)
    #expect(try shop.till.violations() == [])
  }

  /// Lots run out one after the other, and the shelf at last.
  @Test func whatIsRememberedRunsOut() throws {
    let shop = try Shop()
    var told: [String] = []
    for _ in 0..<6 { told.append(try refusal { try shop.till.sell([(shop.soap, 3)]) }) }
    #expect(told == ["ok", "ok", "ok", "ok", "ok", "stock-too-low"])
    #expect(try shop.till.sql("select string_agg(qty_remaining::text, ' ' order by lot_no) from lot") == ["0 2"])
    #expect(shop.till.session.memory.hits == 5)
    #expect(try shop.till.violations() == [])
  }

  /// A key that another process stored, and an id that it took.
  @Test func keysAndIDsOfOthersAreSeen() throws {
    let shop = try Shop()
    let sold = try shop.other.sell([(shop.soap, 1)], id: identifier(7), key: key("k"))
    guard case .done(.replayed(let stored), _) = try shop.till.outcome(shop.till.call([(shop.soap, 1)], key: key("k"))) else {
      throw Unexpected("sold twice")
    }
    #expect(stored == .sale(sold.id))
    #expect(try refusal { try shop.till.sell([(shop.soap, 1)], key: key("k", "another call")) } == "idempotency-key-reused")
    #expect(try refusal { try shop.till.sell([(shop.soap, 1)], id: identifier(7)) } == "id-taken")
    #expect(try shop.till.sql("select count(*) from sale") == ["4"])
    #expect(try shop.till.violations() == [])
  }

  /// Its own keys come back when a client repeats itself.
  @Test func itsOwnKeysAreSeen() throws {
    let shop = try Shop()
    let sold = try shop.till.sell([(shop.soap, 1)], id: identifier(8), key: key("mine"))
    #expect(shop.till.session.memory.hits == 2)
    guard case .done(.replayed(let stored), _) = try shop.till.outcome(shop.till.call([(shop.soap, 1)], key: key("mine"))) else {
      throw Unexpected("sold twice")
    }
    #expect(stored == .sale(sold.id))
    #expect(try refusal { try shop.till.sell([(shop.soap, 1)], id: identifier(8)) } == "id-taken")
    #expect(try shop.till.violations() == [])
  }

  /// A group from memory has the numbers, lots and links that it would have without.
  @Test func aGroupIsPlannedFromMemoryToo() throws {
    let shop = try Shop()
    let calls = try [1, 3, 2].map { try shop.till.call([(shop.soap, $0)], key: key("g\($0)")) }
    let again = try shop.till.call([(shop.soap, 3)], key: key("g3"))
    let outcomes = try shop.till.outcomes(calls + [again])
    #expect(
      try outcomes.prefix(3).map { try shop.till.made($0).told } == [
        "0004 Soap 1 @ 2.50 [1×1] = 2.50", "0005 Soap 3 @ 2.50 [1×3] = 7.50", "0006 Soap 2 @ 2.50 [1×2] = 5.00",
      ])
    guard case .done(.replayed, _) = outcomes[3] else { throw Unexpected("sold twice") }
    #expect(shop.till.session.memory.hits == 2)
    #expect(try shop.till.sql("select entries from audit_link order by seq desc limit 1") == ["3"])
    #expect(try shop.till.violations() == [])
  }

  /// A call that waits for a lot that somebody holds may be given up, and has sold nothing then.
  @Test func aCallThatWaitsMayBeGivenUp() throws {
    let shop = try Shop()
    let blocker = try Blocker(shop.till.database, "select from lot for update")
    let (interrupt, database) = (shop.till.interrupt, shop.till.database)
    let giveUp = TestThread { () throws in
      try Blocker.waitUntilSomebodyWaits(in: database)
      interrupt.raise()
    }
    do {
      try shop.till.sell([(shop.soap, 1)])
      throw Unexpected("sold what another held")
    } catch PostgresError.interrupted {}
    try giveUp.value()
    interrupt.reset()
    try blocker.release()
    #expect(try shop.till.sell([(shop.soap, 1)]).told == "0004 Soap 1 @ 2.50 [1×1] = 2.50")
    #expect(try shop.till.violations() == [])
  }

  /// The business day is asked for anew every quarter of an hour, which is where days turn.
  @Test func theDayTurnsInTime() throws {
    let shop = try Shop()
    try shop.till.settle(in: "Asia/Kathmandu")
    try shop.till.at("2026-03-10T18:14:00Z")
    for _ in 0..<3 { try shop.till.sell([(shop.soap, 1)]) }
    let hits = shop.till.session.memory.hits
    #expect(hits > 1)
    try shop.till.at("2026-03-10T18:15:00Z")
    #expect(try shop.till.sell([(shop.soap, 1)]).number.text == "RCPT-20260311-0001")
    #expect(try shop.till.sell([(shop.soap, 1)]).number.text == "RCPT-20260311-0002")
    #expect(shop.till.session.memory.hits == hits + 1)
    #expect(try shop.till.violations() == [])
  }

  /// While two tills sell in turn, neither goes on planning in vain.
  @Test func whoIsNotAloneSoonAsksFirst() throws {
    let shop = try Shop()
    for _ in 0..<3 {
      try shop.other.sell([(shop.soap, 1)])
      try shop.till.sell([(shop.soap, 1)])
    }
    #expect(shop.till.session.memory.misses == 1 && shop.other.session.memory.misses == 0)
    #expect(try shop.till.violations() == [])
  }
}
