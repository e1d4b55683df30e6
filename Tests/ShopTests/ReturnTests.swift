// Goods that come back: to which lot, for how much, how often, and what a day at the returns desk looks like.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

/// A shop with one product in three lots (3 until April, 4 until June, 9 until September) and one receipt of eight, by Sam.
private struct ReturnsDesk {
  let till: Till
  let aspirin: Identifier
  let lots: [Identifier]
  let sale: Sale

  init(limit: Int64 = 100_000) throws {
    till = try Till()
    aspirin = try till.product("Aspirin", price: 250).id
    let delivery = try till.deliver([
      till.item(aspirin, 3, "2026-04-01", cost: 10_000), till.item(aspirin, 4, "2026-06-01", cost: 12_000),
      till.item(aspirin, 9, "2026-09-01", cost: 15_000),
    ])
    lots = delivery.items.map(\.lotID)
    let change = StoreChange(
      name: nil, address: nil, phone: nil, currency: nil, timeZone: nil, receiptFooter: nil, sessionMaxAgeHours: nil,
      sessionIdleMinutes: nil, backupFolder: .kept, backupKeepDaily: nil, backupKeepMonthly: nil,
      staffReturnLimit: Money(minor: limit))
    _ = try till.done("store.update") { try Stores.update(change, in: $0) }
    sale = try till.sell([(aspirin, 8)])
    #expect(sale.told.hasSuffix("[1×3 1.2×4 1.3×1] = 20.00"))
  }

  func give(
    _ qty: Int64, _ disposition: Disposition = .restock, line: Int = 1, by person: Person = .sam
  ) throws -> StockDocument {
    try give([NewReturnItem(line: line, qty: try Quantity(qty), disposition: disposition)], by: person)
  }

  func give(_ items: [NewReturnItem]?, _ disposition: Disposition? = nil, by person: Person = .sam) throws -> StockDocument {
    try till.done("sales.return", by: person.caller) {
      try Returns.create(
        NewReturn(id: nil, sale: .id(sale.id), items: items, disposition: disposition, reason: nil, note: nil), in: $0)
    }
  }

  func void(by person: Person = .sam) throws -> Sale {
    try till.done("sales.void", by: person.caller) {
      try Returns.void(NewVoid(sale: .number(sale.number), reason: "rung up twice"), in: $0)
    }
  }

  /// What each lot holds, siblings behind their parents, in words.
  func shelf() throws -> String {
    try till.sql(
      """
      select string_agg(substr(ref_no, 19) || ':' || qty_remaining || case status when 'ok' then '' else ' ' || status end, ', '
        order by ref_no collate "C") from lot
      """)[0]
  }
}

extension StockDocument {
  /// `0001 restock 1.3×1 2.50` for each unit's way back; `-` before what was thrown away.
  fileprivate var told: String {
    let parts = lines.map { line in
      let lot = "\(line.lotRefNo.dropFirst(18))×\(abs(line.qty))"
      guard let giving = line.giving else { return "-\(lot)" }
      return "\(giving.isForced ? "forced " : "")\(giving.disposition.rawValue) \(lot) \(giving.refund.text(digits: 2))"
    }
    return "\(number.text.suffix(4)) " + parts.joined(separator: ", ")
  }
}

@Suite struct ReturnTests {
  @Test func oneUnitOfALineThatSpannedLotsGoesBackToTheLastOne() throws {
    let desk = try ReturnsDesk()
    #expect(try desk.give(1).told == "0001 restock 3×1 2.50")
    #expect(try desk.shelf() == "1:0, 2:0, 3:9")
    #expect(try desk.give(5).told == "0002 restock 2×4 10.00, restock 1×1 2.50")
    #expect(try desk.shelf() == "1:1, 2:4, 3:9")
    #expect(try desk.till.violations() == [])
  }

  @Test func aLotAtZeroIsOpenedAgainAndSoldFirst() throws {
    let desk = try ReturnsDesk()
    _ = try desk.give(8)
    #expect(try desk.shelf() == "1:3, 2:4, 3:9")
    #expect(try desk.till.sell([(desk.aspirin, 4)]).told.contains("[1×3 1.2×1]"))
    #expect(try desk.till.violations() == [])
  }

  @Test func noMoreComesBackThanWasSold() throws {
    let desk = try ReturnsDesk()
    _ = try desk.give(6)
    let refused = try fault { _ = try desk.give(3) }
    #expect(refused == .returnExceedsSale([ExcessReturn(line: 1, productID: desk.aspirin, requested: 3, returnable: 2)]))
    let nothing = try fault { _ = try desk.give(1, line: 2) }
    #expect(nothing == .returnExceedsSale([ExcessReturn(line: 2, productID: nil, requested: 1, returnable: 0)]))
    // The sum over the items counts, whatever becomes of them.
    let items = [
      NewReturnItem(line: 1, qty: try Quantity(2), disposition: .restock),
      NewReturnItem(line: 1, qty: try Quantity(1), disposition: .destroy),
    ]
    #expect(try refusal { _ = try desk.give(items) } == "return-exceeds-sale")
    #expect(
      try desk.give(Array(items.suffix(1)) + [NewReturnItem(line: 1, qty: try Quantity(1), disposition: .restock)]).lines.count
        == 3)
    #expect(try refusal { _ = try desk.give(nil, .restock) } == "return-exceeds-sale")
    #expect(try desk.till.violations() == [])
  }

  @Test func quarantineIsALotOfItsOwnAndDestroyedUnitsAreWrittenOff() throws {
    let desk = try ReturnsDesk()
    #expect(
      try desk.give([
        NewReturnItem(line: 1, qty: try Quantity(2), disposition: .quarantine),
        NewReturnItem(line: 1, qty: try Quantity(1), disposition: .destroy),
        NewReturnItem(line: 1, qty: try Quantity(1), disposition: .quarantine),
      ]).told
        == "0001 quarantine 3-Q1×1 2.50, quarantine 2-Q1×1 2.50, destroy 2×1 2.50, -2×1, quarantine 2-Q1×1 2.50")
    #expect(try desk.shelf() == "1:0, 2:0, 2-Q1:2 quarantined, 3:8, 3-Q1:1 quarantined")
    #expect(try desk.give(1, .quarantine).told == "0002 quarantine 2-Q2×1 2.50")
    // A sibling has its parent's batch, expiry and cost, and is never sold.
    #expect(
      try desk.till.sql(
        "select count(*) from lot s join lot p on p.id = s.parent_lot_id where (s.expiry, s.unit_cost, s.stock_in_id, s.qty_received) is not distinct from (p.expiry, p.unit_cost, p.stock_in_id, 0)"
      )
        == ["3"])
    #expect(try refusal { _ = try desk.till.sell([(desk.aspirin, 9)]) } == "stock-too-low")
    // Nor was it delivered.
    let delivery = try desk.till.read {
      try StockIns.list(DocumentFilter(from: nil, to: nil, productID: nil, limit: 9, after: nil), in: $0)
    }
    #expect(delivery.items.map { $0.items.map(\.qtyAdded) } == [[3, 4, 9]])
    #expect(try desk.till.violations() == [])
  }

  @Test func whatHasExpiredIsNotPutBackOnTheShelf() throws {
    let desk = try ReturnsDesk()
    try desk.till.at("2026-03-20T12:00:00Z")
    _ = try desk.till.done("system.acknowledgeClock") { try Stores.acknowledgeClock(in: $0) }
    try desk.till.at("2026-04-01T23:00:00Z")
    _ = try desk.till.done("system.acknowledgeClock") { try Stores.acknowledgeClock(in: $0) }
    _ = try desk.give(7)
    // On its last day it was; a day later the rest is not.
    #expect(try desk.shelf() == "1:2, 2:4, 3:9")
    try desk.till.at("2026-04-02T08:00:00Z")
    #expect(try desk.give(1).told == "0001 forced quarantine 1-Q1×1 2.50")
    #expect(try desk.shelf() == "1:2, 1-Q1:1 quarantined, 2:4, 3:9")
    #expect(try desk.till.violations() == [])
  }

  @Test func aVoidTakesAllBackAndKeepsTheNumber() throws {
    let desk = try ReturnsDesk()
    let voided = try desk.void()
    #expect(
      voided.number == desk.sale.number && voided.voided?.reason == "rung up twice" && voided.refunded == desk.sale.totalAmount)
    #expect(try desk.shelf() == "1:3, 2:4, 3:9")
    #expect(try refusal { _ = try desk.void() } == "sale-voided")
    #expect(try refusal { _ = try desk.give(1) } == "sale-voided")
    #expect(try desk.till.sell([(desk.aspirin, 1)]).number.number == 2)
    #expect(try desk.till.violations() == [])
  }

  @Test func aVoidComesTooLateOrAfterAReturn() throws {
    let desk = try ReturnsDesk()
    _ = try desk.give(1)
    #expect(try refusal { _ = try desk.void() } == "sale-has-returns")
    let other = try desk.till.sell([(desk.aspirin, 1)])
    try desk.till.at("2026-03-11T00:00:01Z")
    let late = NewVoid(sale: .id(other.id), reason: "a day later")
    #expect(try refusal { _ = try desk.till.done("sales.void") { try Returns.void(late, in: $0) } } == "void-too-late")
    #expect(try desk.till.violations() == [])
  }

  @Test func staffGiveBackUpToTheLimitOfAReceiptWhoeverSold() throws {
    let desk = try ReturnsDesk(limit: 500)
    _ = try desk.give(1, by: .tess)
    _ = try desk.give(1, by: .sam)
    let refused = try fault { _ = try desk.give(1, by: .tess) }
    #expect(refused == .returnLimitExceeded(limit: Money(minor: 500), refund: Money(minor: 750)))
    // What the owner refunds is not held against them.
    _ = try desk.give(1, by: .olga)
    let other = try desk.till.sell([(desk.aspirin, 3)], by: .tess)
    let void = NewVoid(sale: .id(other.id), reason: "x")
    #expect(
      try refusal { _ = try desk.till.done("sales.void", by: Person.sam.caller) { try Returns.void(void, in: $0) } }
        == "sale-not-found")
    #expect(
      try refusal { _ = try desk.till.done("sales.void", by: Person.tess.caller) { try Returns.void(void, in: $0) } }
        == "return-limit-exceeded")
    #expect(try refusal { _ = try desk.till.done("sales.void") { try Returns.void(void, in: $0) } } == "ok")
    let seen = try desk.till.read(by: Person.tess.caller) { try Returns.returnable(.number(desk.sale.number), in: $0) }
    #expect(seen.items.map(\.returnableQty) == [5] && seen.refunded == Money(minor: 750))
    #expect(try desk.till.violations() == [])
  }

  @Test func twoTillsGiveBackTheSameLineAtOnce() throws {
    let desk = try ReturnsDesk()
    let (database, saleID) = (desk.till.database, desk.sale.id)
    var outcomes: [String] = []
    let thread = TestThread {
      let other = try Till(database)
      return try refusal {
        for _ in 0..<5 {
          _ = try other.done("sales.return", by: Person.tess.caller) {
            try Returns.create(
              NewReturn(
                id: nil, sale: .id(saleID), items: [.init(line: 1, qty: try Quantity(1), disposition: .restock)],
                disposition: nil, reason: nil, note: nil), in: $0)
          }
        }
      }
    }
    for _ in 0..<5 { outcomes.append(try refusal { _ = try desk.give(1) }) }
    outcomes.append(try thread.value())
    #expect(outcomes.filter { $0 == "return-exceeds-sale" }.count >= 1)
    #expect(try desk.till.sql("select sum(qty) from stock_document_line where kind = 'returned'") == ["8"])
    #expect(try desk.shelf() == "1:3, 2:4, 3:9")
    #expect(try desk.till.violations() == [])
  }

  @Test func aReturnUnderAKeyIsMadeOnce() throws {
    let desk = try ReturnsDesk()
    func again() throws -> WriteAnswer<StockDocument> {
      try desk.till.write("sales.return", key: key("back"), encode: \.number.text) {
        try Returns.create(
          NewReturn(id: nil, sale: .id(desk.sale.id), items: nil, disposition: .restock, reason: nil, note: nil), in: $0)
      }
    }
    _ = try again()
    guard case .replayed(.bytes(let bytes)) = try again() else { throw Unexpected("made twice") }
    #expect(String(decoding: bytes, as: UTF8.self) == "RET-20260310-0001")
    #expect(try desk.shelf() == "1:3, 2:4, 3:9")
  }

  @Test func aReceiptThatWasSoldAtAnotherPriceIsRefundedAtThePricePaid() throws {
    let desk = try ReturnsDesk()
    try desk.till.change(desk.aspirin, name: "Aspirin forte", price: 900)
    let back = try desk.give(2)
    #expect(back.refund == Money(minor: 500))
    // The cost that is reversed is the sale's too.
    #expect(back.lines.map(\.unitCost.tenThousandths) == [15_000, 12_000])
    #expect(try desk.till.violations() == [])
  }
}

@Suite struct RemovalTests {
  @Test func goodsAreWrittenOffAndSentBack() throws {
    let till = try Till()
    let milk = try till.product("Milk").id
    let lot = try till.deliver(milk, 10, "2026-04-01", cost: 20_000).items[0].lotID
    func remove(_ items: [(Identifier, Int64?)], _ purpose: NewRemoval.Purpose, note: String? = nil) throws -> StockDocument {
      try till.done("stock.writeOff") {
        try Removals.create(
          NewRemoval(
            id: nil, items: try items.map { NewRemovalItem(lotID: $0.0, qty: try $0.1.map { try Quantity($0) }) },
            purpose: purpose,
            note: note), in: $0)
      }
    }
    let broken = try remove([(lot, 2)], .loss(.damaged))
    #expect(broken.number.text == "WOF-20260310-0001" && broken.costValue.text == "-4.0000")
    let back = try remove([(lot, 3)], .supplier(name: "Dairy", reason: "wrong batch"))
    #expect(back.number.text == "SUP-20260310-0001" && back.subject == .supplierReturn(supplier: "Dairy"))
    #expect(
      try fault { _ = try remove([(lot, 4), (lot, 2)], .loss(.stolen)) }
        == .lotTooLow([ShortLot(lotID: lot, lotRefNo: "STK-20260310-0001-1", requested: 6, available: 5)]))
    #expect(try fault { _ = try remove([(identifier(7), 1)], .loss(.stolen)) } == .lotNotFound([identifier(7)]))
    for note in [nil, ""] {
      #expect(try refusal { _ = try remove([(lot, 1)], .loss(.other), note: note) } == "validation-error")
    }
    #expect(try remove([(lot, nil)], .loss(.other), note: "given to the shelter").lines.map(\.qty) == [-5])
    #expect(try refusal { _ = try remove([(lot, nil)], .loss(.stolen)) } == "lot-too-low")
    #expect(try till.violations() == [])
  }

  @Test func whatExpiredIsProposedThenWrittenOff() throws {
    let till = try Till()
    let milk = try till.product("Milk").id
    for (qty, expiry) in [(4, "2026-03-01"), (5, "2026-03-09"), (6, "2026-03-10")] as [(Int64, String)] {
      try till.deliver(milk, qty, expiry, cost: 10_000)
    }
    func call(_ confirmation: String?) throws -> ExpiredProposal {
      try till.done("stock.writeOffExpired") { try Removals.writeOffExpired(confirmation: confirmation, note: nil, in: $0) }
    }
    let proposal = try call(nil)
    #expect(proposal.items.map(\.qty) == [4, 5] && proposal.value.text == "9.0000" && proposal.document == nil)
    #expect(try till.sql("select count(*) from stock_document") == ["0"])
    try till.deliver(milk, 1, "2026-02-01")
    #expect(try refusal { _ = try call(proposal.confirmation) } == "proposal-changed")
    let again = try call(nil)
    #expect(try call(again.confirmation).document?.lines.map(\.qty) == [-1, -4, -5])
    let nothing = try call(nil)
    #expect(nothing.items.isEmpty)
    #expect(try refusal { _ = try call(nothing.confirmation) } == "proposal-changed")
    #expect(try till.sql("select sum(qty_remaining) from lot") == ["6"])
    #expect(try till.violations() == [])
  }
}
