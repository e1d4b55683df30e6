// Keys: the same call twice is done once, another call under the key is refused, a refused call leaves its key unused.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct IdempotencyTests {
  private func stocked() throws -> (till: Till, soap: Identifier) {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    try till.deliver(soap, 10, nil)
    return (till, soap)
  }

  @Test func aSaleAgainIsTheFirstOne() throws {
    let (till, soap) = try stocked()
    let first = try till.sell([(soap, 2)], key: key("k"))
    till.pass(seconds: 60)
    for _ in 0..<2 {
      guard case .done(.replayed(let stored), _) = try till.outcome(till.call([(soap, 2)], key: key("k"))) else {
        Issue.record("not replayed")
        return
      }
      #expect(stored == .sale(first.id))
    }
    #expect(try till.session.replayedSale(first.id, for: Person.sam.caller) == first)
    #expect(try till.sql("select count(*) || ' ' || (select sum(qty_remaining) from lot) from sale") == ["1 8"])
  }

  @Test func aReplayHidesWhatStaffMayNotSee() throws {
    let (till, soap) = try stocked()
    let sale = try till.sell([(soap, 1)], by: .olga)
    #expect(try till.session.replayedSale(sale.id, for: Person.olga.caller) == sale)
    #expect(try till.session.replayedSale(sale.id, for: Person.sam.caller).items[0].allocations[0].unitCost == nil)
  }

  @Test func anotherCallUnderTheKeyIsRefused() throws {
    let (till, soap) = try stocked()
    try till.sell([(soap, 2)], key: key("k", "two by Sam"))
    #expect(try refusal { try till.sell([(soap, 3)], key: key("k", "three by Sam")) } == "idempotency-key-reused")
    #expect(try refusal { try till.sell([(soap, 2)], by: .tess, key: key("k", "two by Tess")) } == "idempotency-key-reused")
    #expect(try refusal { _ = try till.write("x", key: key("k", "a write")) { _ in 1 } } == "idempotency-key-reused")
    #expect(try till.sql("select count(*) from sale") == ["1"])
    #expect(try till.violations() == [])
  }

  @Test func aRefusedCallLeavesItsKeyUnused() throws {
    let (till, soap) = try stocked()
    #expect(try refusal { try till.sell([(soap, 11)], key: key("k", "eleven")) } == "stock-too-low")
    #expect(try till.sql("select count(*) from idempotency_key") == ["0"])
    #expect(try till.sell([(soap, 10)], key: key("k", "ten")).number.number == 1)
  }

  @Test func twoEqualKeysInAGroup() throws {
    let (till, soap) = try stocked()
    let calls = try [
      till.call([(soap, 11)], key: key("k", "eleven")),  // refused: its key stays unused
      till.call([(soap, 2)], key: key("k", "two")), till.call([(soap, 2)], key: key("k", "two")),
      till.call([(soap, 3)], key: key("k", "three")), till.call([(soap, 3)], key: key("l", "three")),
    ]
    let outcomes = try till.session.sell(calls, at: till.name)
    #expect(outcomes[0].told([:]).hasPrefix("stock-too-low"))
    let made = try till.made(outcomes[1])
    #expect(outcomes[2].told([:]) == "replays \(made.id)")
    #expect(outcomes[3].told([:]) == "idempotency-key-reused")
    #expect(try till.made(outcomes[4]).number.number == 2)
    #expect(try till.sql("select sum(qty_remaining) from lot") == ["5"])
    #expect(try till.violations() == [])
  }

  @Test func otherWritesReplayTheirBytes() throws {
    let till = try Till()
    func create(_ name: String, _ key: WriteKey) throws -> String {
      let new = NewProduct(
        id: nil, name: try Name(parsing: name), sellingPrice: .zero, reorderLevel: 0, isActive: true, tracksExpiry: false)
      switch try till.write("products.create", key: key, encode: { "stored \($0.name)" }, { try Products.create(new, in: $0) }) {
      case .done(let product): return "made \(product.name)"
      case .replayed(.bytes(let bytes)): return String(decoding: bytes, as: UTF8.self)
      case .replayed(.sale(let id)): return "sale \(id)"
      }
    }
    #expect(try create("Soap", key("p", "soap")) == "made Soap")
    #expect(try create("Soap", key("p", "soap")) == "stored Soap")
    #expect(try refusal { _ = try create("Tea", key("p", "tea")) } == "idempotency-key-reused")
    #expect(try refusal { _ = try create("Soap", key("q", "soap")) } == "product-name-taken")
    #expect(try create("Tea", key("q", "tea")) == "made Tea", "the refused call left its key unused")
    let soap = try till.sql("select id from product where name = 'Soap'")
    let id = try Identifier(parsing: try #require(soap.first))
    try till.deliver(id, 1, nil)
    #expect(try refusal { try till.sell([(id, 1)], key: key("p", "a sale")) } == "idempotency-key-reused")
  }

  @Test func aKeyMadeByTheProcessIsItsOwnSpace() throws {
    let (till, soap) = try stocked()
    let id = identifier(77)
    let made = WriteKey(made: id, digest: key("x").digest)
    try till.sell([(soap, 1)], key: made)
    #expect(try till.sell([(soap, 1)], key: key(id.text)).number.number == 2, "a client's key never meets it")
    guard case .done(.replayed, _) = try till.outcome(till.call([(soap, 1)], key: made.lookedUp)) else {
      Issue.record("the next try under the process's key does not find the first")
      return
    }
  }

  @Test func aKeyHeldByAnotherSessionIsWaitedFor() throws {
    let (till, soap) = try stocked()
    let database = till.database
    let blocker = try Blocker(database, "select from lot for update")
    let threads = (0..<3).map { _ in
      TestThread { try Till(database).outcome(Till(database).call([(soap, 2)], key: key("k"))).told([:]) }
    }
    try blocker.waitUntilSomebodyWaits(3)
    try blocker.release()
    let told = try threads.map { try $0.value() }
    #expect(
      told.filter { $0.hasPrefix("0001 Soap 2") }.count == 1 && told.filter { $0.hasPrefix("replays") }.count == 2, "\(told)")
    #expect(try till.sql("select sum(qty_remaining) from lot") == ["8"])
  }

  @Test func anIDIsTakenOnce() throws {
    let (till, soap) = try stocked()
    #expect(try till.sell([(soap, 1)], id: identifier(7)).id == identifier(7))
    #expect(try fault { try till.sell([(soap, 1)], id: identifier(7)) } == .idTaken(identifier(7)))
    let calls = try [
      till.call([(soap, 99)], id: identifier(8)), till.call([(soap, 1)], id: identifier(8)),
      till.call([(soap, 1)], id: identifier(8)),
    ]
    let outcomes = try till.session.sell(calls, at: till.name)
    #expect(outcomes[0].told([:]).hasPrefix("stock-too-low"))
    #expect(try till.made(outcomes[1]).id == identifier(8))
    #expect(outcomes[2].told([:]) == "id-taken: \(identifier(8))")
    #expect(try fault { try till.product("Tea", id: soap) } == .idTaken(soap))
    #expect(try refusal { try till.deliver([till.item(soap, 1, nil)], id: identifier(9)) } == "ok")
    #expect(try fault { try till.deliver([till.item(soap, 1, nil)], id: identifier(9)) } == .idTaken(identifier(9)))
    #expect(try till.violations() == [])
  }

  /// Two tills may be given one id: whoever comes second is told so in the shop's own words.
  @Test func anIDTakenMeanwhile() throws {
    let (till, soap) = try stocked()
    let tea = try till.product("Tea", tracksExpiry: false).id
    try till.deliver(tea, 5, nil)
    let database = till.database
    let blocker = try Blocker(database, "select from lot where product_id = '\(soap)' for update")
    let late = TestThread { try Till(database).outcome(Till(database).call([(soap, 1)], id: identifier(7))).told([:]) }
    try blocker.waitUntilSomebodyWaits()
    try till.sell([(tea, 1)], id: identifier(7))
    try blocker.release()
    #expect(try late.value() == "id-taken: \(identifier(7))")
  }

  /// Nothing is written once a call has been given up; the others of its group are.
  @Test func aCallGivenUpBeforeItsWrite() throws {
    let (till, soap) = try stocked()
    let outcomes = try till.session.sell(
      [till.call([(soap, 1)]), till.call([(soap, 2)], key: key("k"), mayCommit: { false }), till.call([(soap, 3)])],
      at: till.name)
    #expect(
      outcomes.map { $0.told([:]) } == [
        "0001 Soap 1 @ 2.50 [1×1] = 2.50", "request-cancelled", "0002 Soap 3 @ 2.50 [1×3] = 7.50",
      ])
    #expect(
      try refusal {
        let tea = try NewProduct(
          id: nil, name: Name(parsing: "Tea"), sellingPrice: .zero, reorderLevel: 0, isActive: true, tracksExpiry: false)
        let info = till.info("products.create", key: key("l"), mayCommit: { false })
        _ = try till.session.write(info, encode: { _, _ in [] }, { try Products.create(tea, in: $0) })
      } == "request-cancelled")
    #expect(try till.sql("select count(*) from product") == ["1"])
    #expect(try till.sql("select count(*) from idempotency_key") == ["0"])
  }
}
