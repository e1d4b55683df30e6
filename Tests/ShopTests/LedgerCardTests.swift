// The stock card: what it tells of a day at the shop, and that pages, balances and replayed sums agree in any shop.
import TestSupport
import Testing

@testable import Shelflife

@Suite struct LedgerCardTests {
  /// "Where did it all go?" A day and a morning, worked out by hand.
  @Test func aShopDay() throws {
    let till = try Till(at: "2026-03-10T08:00:00Z")
    let aspirin = try till.product("Aspirin").id
    let zinc = try till.product("Zinc", tracksExpiry: false).id
    let late = try till.deliver(aspirin, 10, "2026-09-01", cost: 10_000).items[0].lotID
    till.pass(seconds: 300)
    let soon = try till.deliver(
      [till.item(zinc, 50, nil), till.item(aspirin, 5, "2026-06-01", cost: 12_000)]
    ).items[1].lotID
    till.pass(seconds: 300)
    try till.sell([(aspirin, 7), (zinc, 1)])
    till.pass(seconds: 300)
    try till.writeOff([(late, 1)])
    till.pass(seconds: 300)
    try till.adjust(late, cost: 15_000)
    till.pass(seconds: 300)
    try till.adjust(late, qty: 2)
    till.pass(seconds: 300)
    try till.sendBack(late, 3)
    try till.at("2026-03-11T08:00:00Z")
    let sale = try till.sell([(aspirin, 2)], by: .tess)
    till.pass(seconds: 60)
    try till.takeBack(sale, 1, .destroy)

    // The sale's two movements bear one instant: the lot made last comes first.
    let story = [
      "written-off 20260310-0001-1#9 -1 = 4 of 4 at 1.5000: RET-20260311-0001 by Olga Owner",
      "returned 20260310-0001-1#8 1 = 5 of 5 at 1.5000: RET-20260311-0001 by Olga Owner",
      "sold 20260310-0001-1#7 -2 = 4 of 4 at 1.5000: RCPT-20260311-0001 by Tess Till",
      "returned-to-supplier 20260310-0001-1#6 -3 = 6 of 6 at 1.5000: SUP-20260310-0001 by Olga Owner",
      "corrected 20260310-0001-1#5 2 = 9 of 9 at 1.5000: COR-20260310-0002 by Olga Owner",
      "corrected 20260310-0001-1#4 0 = 7 of 7 at 1.5000: COR-20260310-0001 by Olga Owner",
      "written-off 20260310-0001-1#3 -1 = 7 of 7 at 1.0000: WOF-20260310-0001 by Olga Owner",
      "sold 20260310-0002-2#2 -5 = 0 of 8 at 1.2000: RCPT-20260310-0001 by Sam Staff",
      "sold 20260310-0001-1#2 -2 = 8 of 13 at 1.0000: RCPT-20260310-0001 by Sam Staff",
      "received 20260310-0002-2#1 5 = 5 of 15 at 1.2000: STK-20260310-0002 by Olga Owner",
      "received 20260310-0001-1#1 10 = 10 of 10 at 1.0000: STK-20260310-0001 by Olga Owner",
    ]
    let card = try till.card(.product(aspirin))
    #expect(card.page.items.map(\.told) == story)
    #expect(card.productName == "Aspirin" && card.lot == nil && card.onHandQty == 4 && card.page.next == nil)
    #expect(
      card.page.items.map(\.businessDate.text) == [String](repeating: "2026-03-11", count: 3)
        + .init(repeating: "2026-03-10", count: 8))
    #expect(card.page.items[2].cause == MovementCause(kind: .sale, id: sale.id, number: sale.number))

    let ofLot = try till.card(.lot(late))
    #expect(ofLot.lot == CardLot(id: late, refNo: "STK-20260310-0001-1") && ofLot.onHandQty == 4)
    #expect(ofLot.page.items.map(\.told).count == 9 && ofLot.page.items.allSatisfy { $0.balance == $0.lotBalance })
    #expect(ofLot.page.items.map(\.seq) == Array((1...9).reversed()))
    let emptied = try till.card(.lot(soon))
    #expect(emptied.onHandQty == 0 && emptied.page.items.map(\.balance) == [0, 5])
    #expect(emptied.page.items.map(\.expiryDate?.text) == ["2026-06-01", "2026-06-01"])
    #expect(try till.violations() == [])
  }

  @Test func whatIsNotThereHasNoCard() throws {
    let till = try Till()
    let product = try till.product("Aspirin").id
    let card = try till.card(.product(product))
    #expect(card.onHandQty == 0 && card.page.items.isEmpty && card.page.next == nil)
    #expect(try refusal { _ = try till.card(.product(identifier(77))) } == "product-not-found")
    #expect(try refusal { _ = try till.card(.lot(product)) } == "lot-not-found")
  }

  /// The expiry that a correction set down holds from then on and not before.
  @Test func aCorrectedExpiryShowsFromThenOn() throws {
    let till = try Till()
    let milk = try till.product("Milk").id
    let lot = try till.deliver(milk, 4, "2026-04-01").items[0].lotID
    try till.sell([(milk, 1)])
    try till.adjust(lot, expiry: try Day(parsing: "2026-05-01"))
    try till.sell([(milk, 1)])
    let dates = try till.card(.lot(lot)).page.items.map(\.expiryDate?.text)
    #expect(dates == ["2026-05-01", "2026-05-01", "2026-04-01", "2026-04-01"])
    #expect(try till.violations() == [])
  }

  /// A sale with a time of its own among those shown already: no movement is lost or told twice.
  @Test func pagesGoOnWhileTheShopSells() throws {
    let till = try Till()
    let zinc = try till.product("Zinc", tracksExpiry: false).id
    try till.deliver(zinc, 100, nil)
    for _ in 0..<9 {
      till.pass(seconds: 60)
      try till.sell([(zinc, 1)])
    }
    let whole = try till.card(.product(zinc)).page.items
    var items: [CardItem] = []
    var after: CardKey?
    repeat {
      let page = try till.card(.product(zinc), limit: 3, after: after).page
      items += page.items
      after = page.next
      till.pass(seconds: 60)
      try till.sell([(zinc, 2)])
      try till.deliver(zinc, 7, nil)
    } while after != nil
    #expect(items == whole)
    #expect(items.map(\.balance) == [91, 92, 93, 94, 95, 96, 97, 98, 99, 100])
  }

  /// In any shop, with many movements at one instant and a clock that steps back within the day: pages of any length are the whole
  /// card, and its balances are the sums of the movements replayed.
  @Test(arguments: 1...3) func balancesAreReplayedSums(round: Int) throws {
    var shop = try LedgerShop("\(#function) \(round)", zone: "UTC", at: "2026-03-10T02:00:00Z")
    for _ in 0..<70 { try shop.step(stepsBack: true) }
    let till = shop.till
    for product in shop.products {
      let whole = try till.wholeCard(.product(product), by: 500)
      #expect(whole.count == shop.movements(of: product))
      for limit in 1...7 { #expect(try till.wholeCard(.product(product), by: limit) == whole, "by \(limit)") }
      var (sum, perLot): (Int, [Identifier: Int]) = (0, [:])
      for item in whole.reversed() {
        sum += item.qty
        perLot[item.lotID, default: 0] += item.qty
        #expect(item.balance == sum)
      }
      #expect(sum == shop.stock(of: product))
      #expect(try till.card(.product(product)).onHandQty == sum)
      for (lot, left) in perLot {
        let own = try till.wholeCard(.lot(lot), by: 500)
        #expect(own.map(\.seq) == Array((1...own.count).reversed()))
        for limit in [1, 2, 7] { #expect(try till.wholeCard(.lot(lot), by: limit) == own) }
        var sum = 0
        for item in own.reversed() {
          sum += item.qty
          #expect(item.balance == sum && item.lotBalance == sum)
        }
        #expect(sum == left)
        let shown = Set(whole.filter { $0.lotID == lot }.map(\.seq))
        #expect(shown == Set(own.map(\.seq)), "the product's card has all of its lots' movements")
      }
    }
    #expect(try till.violations() == [])
  }
}
