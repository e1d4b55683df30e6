// Counting while selling: a table that reads like the days on which a shop counts.
import TestSupport
import Testing

@testable import Shelflife

/// A shelf of Pills, ten in each lot unless told otherwise, on which a stock take begins; what happens then; and what comes of it.
/// Lots are called by the numbers of their deliveries.
struct CountingDay: Sendable, CustomTestStringConvertible {
  enum Event: Sendable {
    case sell(Int64)
    case deliver(Int64)
    case count(lot: Int, Int32, by: Person)
    /// A lot that nobody knew, expiring on a day; it is called by its place among those, from 0.
    case find(Int32, String, by: Person)
    case findAgain(Int, Int32, by: Person)
  }

  let testDescription: String
  var lots = 1
  var tolerance = 0
  let events: [Event]
  var accepting = false
  var missing = MissingLots.keep
  /// The document's lines, then the shelf; or the refusal.
  let result: String

  static func count(_ lot: Int, _ qty: Int32, by person: Person = .sam) -> Event { .count(lot: lot, qty, by: person) }
  static func find(_ qty: Int32, _ expiry: String = "2026-05-01", by person: Person = .sam) -> Event {
    .find(qty, expiry, by: person)
  }
  static func findAgain(_ place: Int, _ qty: Int32, by person: Person = .sam) -> Event { .findAgain(place, qty, by: person) }

  static let all = booked + recounted + found + missed

  private static let booked: [CountingDay] = [
    CountingDay(testDescription: "all is there", events: [count(1, 10)], result: "[] 1×10"),
    CountingDay(
      testDescription: "sold after the count: what was sold is sold, and nothing is missing",
      events: [count(1, 10), .sell(3)], result: "[] 1×7"),
    CountingDay(
      testDescription: "one is missing, and three are sold after the count",
      events: [count(1, 9), .sell(3)], accepting: true, result: "[1−1] 1×6"),
    CountingDay(
      testDescription: "sold before the count and after it", events: [.sell(2), count(1, 7), .sell(3)], accepting: true,
      result: "[1−1] 1×4"),
    CountingDay(
      testDescription: "a delivery during the count is a lot of its own, and is not missed",
      events: [count(1, 9), .deliver(5)], accepting: true, missing: .writeDown, result: "[1−1] 1×9 2×5"),
    CountingDay(
      testDescription: "a delivery during the count is counted too", events: [.deliver(5), count(1, 10), count(2, 6)],
      accepting: true, result: "[2+1] 1×10 2×6"),
    CountingDay(
      testDescription: "more than the books have", events: [count(1, 12), .sell(10)], accepting: true, result: "[1+2] 1×2"),
    CountingDay(
      testDescription: "more were sold than counted: the count cannot be true, whatever is accepted",
      events: [count(1, 3), .sell(8)], accepting: true, result: "recount-needed: 1 3 of 10"),
    CountingDay(
      testDescription: "exactly what was counted is sold", events: [count(1, 3), .sell(3)], accepting: true,
      result: "[1−7] "),
    CountingDay(
      testDescription: "counted a second time after a sale", events: [count(1, 10), .sell(4), count(1, 5)], accepting: true,
      result: "[1−1] 1×5"),
    CountingDay(testDescription: "nothing was counted", events: [.sell(1)], result: "[] 1×9"),
    CountingDay(testDescription: "counted and not there", events: [count(1, 0)], accepting: true, result: "[1−10] "),
  ]

  private static let recounted: [CountingDay] = [
    CountingDay(
      testDescription: "a difference is to be counted again", events: [count(1, 9)], result: "recount-needed: 1 9 of 10"),
    CountingDay(
      testDescription: "the same difference twice is confirmed, though a sale came between",
      events: [count(1, 9), .sell(2), count(1, 7)], result: "[1−1] 1×7"),
    CountingDay(
      testDescription: "another person confirms it", events: [count(1, 9), count(1, 9, by: .tess)], result: "[1−1] 1×9"),
    CountingDay(
      testDescription: "the same number twice is no confirmation where a sale came between",
      events: [count(1, 9), .sell(2), count(1, 9)], result: "recount-needed: 1 9 of 8"),
    CountingDay(
      testDescription: "one person corrects a slip: all is there after all", events: [count(1, 9), count(1, 10)],
      result: "[] 1×10"),
    CountingDay(
      testDescription: "two people disagree, though the last one has what the books have",
      events: [count(1, 9), count(1, 10, by: .tess)], result: "recount-needed: 1 10 of 10"),
    CountingDay(
      testDescription: "a third count settles it", events: [count(1, 9), count(1, 10, by: .tess), count(1, 10)],
      result: "[] 1×10"),
    CountingDay(
      testDescription: "within the tolerance once is enough", tolerance: 2, events: [count(1, 8)], result: "[1−2] 1×8"),
    CountingDay(
      testDescription: "beyond the tolerance it is not", tolerance: 2, events: [count(1, 13)],
      result: "recount-needed: 1 13 of 10"),
    CountingDay(
      testDescription: "every lot to be counted again is named, and nothing is booked", lots: 3,
      events: [count(3, 9), count(1, 9), count(2, 10)], result: "recount-needed: 1 9 of 10, 3 9 of 10"),
    CountingDay(
      testDescription: "what cannot be true is named beside what is to be repeated", lots: 2,
      events: [count(2, 9), count(1, 1), count(1, 1), .sell(5)], result: "recount-needed: 1 1 of 10, 2 9 of 10"),
  ]

  private static let found: [CountingDay] = [
    CountingDay(
      testDescription: "a lot that nobody knew", events: [count(1, 10), find(4)], result: "[found 1+4] 1×10 found 1×4"),
    CountingDay(
      testDescription: "counted again, and the last count stands", events: [find(4), findAgain(0, 6)],
      result: "[found 1+6] 1×10 found 1×6"),
    CountingDay(
      testDescription: "it was another one after all", events: [find(4), findAgain(0, 0)], result: "[] 1×10"),
    CountingDay(
      testDescription: "two people disagree about it", events: [find(4), findAgain(0, 5, by: .tess)],
      result: "recount-needed: found 5 of 0"),
    CountingDay(
      testDescription: "several, beside what is missing", lots: 2,
      events: [find(4), count(2, 9), find(2, "2026-04-01"), find(1, "2026-05-02"), findAgain(1, 0)], accepting: true,
      result: "[2−1 found 1+4 found 2+1] 1×10 2×9 found 1×4 found 2×1"),
  ]

  private static let missed: [CountingDay] = [
    CountingDay(
      testDescription: "a lot that nobody counted keeps its stock", lots: 2, events: [count(1, 10)], result: "[] 1×10 2×10"),
    CountingDay(
      testDescription: "or is written down to nothing", lots: 2, events: [count(1, 10)], missing: .writeDown,
      result: "[2−10] 1×10"),
    CountingDay(
      testDescription: "with what is left of it after a sale", lots: 2, events: [count(2, 10), .sell(3)], missing: .writeDown,
      result: "[1−7] 2×10"),
    CountingDay(
      testDescription: "sold out meanwhile: there is nothing to write down", lots: 2, events: [count(2, 10), .sell(10)],
      missing: .writeDown, result: "[] 2×10"),
    CountingDay(
      testDescription: "written down beside differences and finds", lots: 3, events: [count(2, 11), find(1)], accepting: true,
      missing: .writeDown, result: "[2+1 1−10 3−10 found 1+1] 2×11 found 1×1"),
  ]
}

@Suite struct StockTakeTests {
  private func run(_ day: CountingDay, _ till: Till) throws -> String {
    let pills = try till.product("Pills", id: identifier(1)).id
    var lots: [Identifier] = []
    func deliver(_ qty: Int64) throws {
      lots.append(try till.deliver(pills, qty, "2026-06-01").items[0].lotID)
      till.pass(seconds: 1)
    }
    for _ in 0..<day.lots { try deliver(10) }
    let take = try till.startTake(tolerance: day.tolerance)
    var found: [Identifier] = []
    for event in day.events {
      till.pass(seconds: 60)
      switch event {
      case .sell(let qty): try till.sell([(pills, qty)])
      case .deliver(let qty): try deliver(qty)
      case .count(let lot, let qty, let person): try till.count(take, [(.lot(lots[lot - 1]), qty)], by: person)
      case .find(let qty, let expiry, let person):
        let target = CountTarget.unknown(productID: pills, batchNo: nil, expiryDate: try Day(parsing: expiry))
        found.append(try till.count(take, [(target, qty)], by: person).items[0].lot.id)
      case .findAgain(let place, let qty, let person): try till.count(take, [(.found(found[place]), qty)], by: person)
      }
    }
    till.pass(seconds: 60)
    do {
      let applied = try till.apply(take, accepting: day.accepting, missing: day.missing)
      #expect(applied.stockTake.state == .applied)
      return try "\(applied.told) \(till.shelf())"
    } catch let fault as Fault {
      #expect(try till.sql("select state from stock_take") == ["open"])
      #expect(try till.sql("select count(*) from stock_document") == ["0"])
      return fault.toldOfCount
    }
  }

  @Test(arguments: CountingDay.all) func eachDay(_ day: CountingDay) throws {
    let till = try Till()
    #expect(try run(day, till) == day.result)
    #expect(try till.violations() == [])
  }

  /// What it costs is what the product's last delivery did; it goes first if it expires first; every unit of it is accounted for.
  @Test func aFoundLotIsSoldLikeAnyOther() throws {
    let till = try Till()
    let pills = try till.product("Pills").id
    try till.deliver(pills, 2, "2026-06-01", cost: 10_000)
    till.pass(seconds: 1)
    try till.deliver(pills, 2, "2026-07-01", cost: 12_500)
    till.pass(seconds: 1)
    let take = try till.startTake([pills])
    let target = CountTarget.unknown(productID: pills, batchNo: "B 7", expiryDate: try Day(parsing: "2026-05-01"))
    let foundID = try till.count(take, [(target, 3)]).items[0].lot.id
    #expect(try till.review(take, .found).page.items.map(\.unitCost.text) == ["1.2500"])
    let document = try #require(try till.apply(take, reasons: [LotReason(lotID: foundID, reason: "behind the fridge")]).document)
    #expect(document.number.text == "CNT-20260310-0001" && document.reason == "the count of March")
    #expect(document.lines.map(\.lotID) == [foundID] && document.lines.map(\.lotRefNo) == ["CNT-20260310-0001-1"])
    #expect(document.lines.map(\.reason) == ["behind the fridge"] && document.costValue.text == "3.7500")
    let sale = try till.sell([(pills, 4)], by: .olga)
    #expect(sale.items[0].allocations.map(\.lotRefNo) == ["CNT-20260310-0001-1", "STK-20260310-0001-1"])
    #expect(sale.items[0].allocations.map(\.qtyTaken) == [3, 1])
    #expect(sale.items[0].allocations.map { $0.unitCost?.text } == ["1.2500", "1.0000"])
    let lot = try till.read { try Inventory.get(pills, includeEmpty: true, in: $0) }.lots?.first
    #expect(lot?.id == foundID && lot?.batchNo == "B 7" && lot?.qtyReceived == 0 && lot?.qtyRemaining == 0)
    #expect(try till.violations() == [])

    // Once in the books it is counted like any lot.
    let next = try till.startTake()
    #expect(try till.count(next, [(.lot(foundID), 1)]).items[0].variance == 1)
    #expect(try till.apply(next, accepting: true).told == "[found 1+1]")
    #expect(try till.violations() == [])
  }

  @Test func aFoundLotOfAProductThatNeverCameCostsNothing() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    let take = try till.startTake()
    try till.count(take, [(.unknown(productID: soap, batchNo: nil, expiryDate: nil), 2)])
    #expect(try till.apply(take).document?.lines.map(\.unitCost.text) == ["0.0000"])
    #expect(try till.sell([(soap, 2)]).items[0].allocations.map(\.qtyTaken) == [2])
    #expect(try till.violations() == [])
  }

  /// Whoever finds a box of a batch that is being recalled must not put it back on sale by counting it.
  @Test func aFoundLotOfARecalledBatchIsNotSold() throws {
    let till = try Till()
    let pills = try till.product("Pills").id
    let other = try till.product("Drops").id
    try till.sql(
      """
      insert into recall (id, batch_no, product_id, reason, day, started_at, started_by, starter_name)
      select '\(identifier(70))', 'b 7', '\(pills)', 'glass', '2026-03-10', '2026-03-10T08:00:00Z', id, name from app_user where role = 'OWNER'
      """)
    let take = try till.startTake()
    let day = try Day(parsing: "2026-05-01")
    try till.count(
      take,
      [
        (.unknown(productID: pills, batchNo: "B 7", expiryDate: day), 3),
        (.unknown(productID: pills, batchNo: nil, expiryDate: day), 2),
        (.unknown(productID: other, batchNo: "B 7", expiryDate: day), 1),
      ])
    try till.apply(take)
    #expect(try till.sql("select status from lot order by qty_remaining") == ["ok", "ok", "recalled"])
    #expect(try till.read { try Inventory.get(pills, in: $0) }.totalQty == 2)
    #expect(try refusal { try till.sell([(pills, 3)]) } == "stock-too-low")
    try till.sql("delete from recall")
    #expect(try till.violations() == [])
  }

  /// Expired, quarantined and inactive stock stands on the shelf like any other and is counted.
  @Test func whatIsNotSoldIsCountedToo() throws {
    let till = try Till()
    let milk = try till.product("Milk").id
    let old = try till.deliver(milk, 5, "2026-03-01").items[0].lotID
    let bad = try till.deliver(milk, 5, "2026-06-01").items[0].lotID
    try till.sql("update lot set status = 'quarantined' where id = '\(bad)'")
    try till.change(milk, isActive: false)
    let take = try till.startTake()
    try till.count(take, [(.lot(old), 4), (.lot(bad), 6)])
    #expect(try till.apply(take, accepting: true).told == "[1−1 2+1]")
    #expect(try till.sql("select qty_remaining from lot order by lot_no") == ["4", "6"])
    try till.sql("update lot set status = 'ok' where id = '\(bad)'")
    #expect(try till.violations() == [])
  }

  /// Two stock takes that miss the same box: it is missing once.
  @Test func aDifferenceIsBookedOnce() throws {
    let till = try Till()
    let pills = try till.product("Pills").id
    let lot = try till.deliver(pills, 10, "2026-06-01").items[0].lotID
    let (first, second) = (try till.startTake(), try till.startTake())
    for take in [first, second] { try till.count(take, [(.lot(lot), 9)]) }
    try till.sell([(pills, 2)])
    #expect(try till.apply(first, accepting: true).told == "[1−1]")
    #expect(try till.review(first).page.items.map(\.told) == ["1: 9 of 10 by Sam, now 7, again"], "as it stood when it ended")
    #expect(try till.review(second, .recount).page.items.map(\.told) == ["1: 9 of 10 by Sam, now 7, again"])
    #expect(try fault { try till.apply(second, accepting: true) }?.toldOfCount == "recount-needed: 1 9 of 10")
    try till.count(second, [(.lot(lot), 7)])
    #expect(try till.apply(second).told == "[]")
    #expect(try till.shelf() == "1×7")
    #expect(try till.violations() == [])
  }

  /// A delivery that is put right after the count already says what the count found; a new price or date changes no count.
  @Test func aCorrectionOvertakesACount() throws {
    let till = try Till()
    let pills = try till.product("Pills").id
    let lots = try till.deliver([till.item(pills, 10, "2026-06-01"), till.item(pills, 10, "2026-07-01")]).items.map(\.lotID)
    let take = try till.startTake()
    try till.count(take, [(.lot(lots[0]), 9), (.lot(lots[1]), 9)])
    for (lot, qty) in [(lots[0], Int32(-1)), (lots[1], 0)] {
      _ = try till.done("lots.correct") { transaction in
        var draft = LedgerDraft(try transaction.hold([lot]))
        draft.change(lot) { $0.unitCost = UnitCost(tenThousandths: 12_000) }
        draft.book(.corrected, qty, of: lot)
        let head = NewStockDocument(
          id: IdentifierMaker.shared.make(at: transaction.info.now), subject: .correction, reason: "the paper said nine",
          note: nil)
        return try StockDocuments.write(head, draft, changed: [lot], in: transaction)
      }
    }
    #expect(try fault { try till.apply(take, accepting: true) }?.toldOfCount == "recount-needed: 1 9 of 10")
    try till.count(take, [(.lot(lots[0]), 9)])
    #expect(try till.apply(take, accepting: true).told == "[1.2−1]")
    #expect(try till.violations() == [])
  }
}
