// First expired, first out: scenarios by hand, then random shelves against a model that serves one piece after the other.
import Testing

@testable import Shelflife

@Suite struct FEFOTests {
  private static let today = Day(daysSince2000: 9000)
  private static let milk = Identifier(high: 1, low: 0)
  private static let tea = Identifier(high: 2, low: 0)

  private static func lot(
    _ number: Int64, _ remaining: Int32, expires: Int32? = nil, received: Int64 = 0, status: LotStatus = .ok,
    of product: Identifier = milk
  ) -> ShelfLot {
    ShelfLot(
      id: Identifier(high: 9, low: UInt64(number)), productID: product, lotNumber: number,
      expiry: expires.map { Day(daysSince2000: 9000 + $0) }, receivedAt: Instant(unixSeconds: received), status: status,
      remaining: remaining)
  }

  private static func line(_ product: Identifier, _ count: Int64) throws -> SaleLine {
    SaleLine(productID: product, quantity: try Quantity(count))
  }

  private static func taken(_ taking: Taking) throws -> [[Allocation]] {
    guard case .taken(let lines) = taking else {
      Issue.record("the sale was refused")
      return []
    }
    return lines
  }

  @Test func ordersByExpiryThenArrivalThenNumber() throws {
    let lots = [
      Self.lot(6, 1), Self.lot(5, 1, received: -5), Self.lot(4, 1, expires: 9), Self.lot(3, 1, expires: 3, received: 7),
      Self.lot(2, 1, expires: 3, received: 4), Self.lot(1, 1, expires: 3, received: 7), Self.lot(0, 1, expires: 0, received: 99),
    ]
    var shelf = Shelf(lots: lots, today: Self.today)
    let allocations = try Self.taken(shelf.take([Self.line(Self.milk, 7)]))[0]
    #expect(allocations.map { lots[$0.lotIndex].lotNumber } == [0, 2, 1, 3, 4, 5, 6])
    #expect(allocations.map(\.lotID) == allocations.map { lots[$0.lotIndex].id })
  }

  @Test func goodThroughItsLastDayAndNotLonger() throws {
    var shelf = Shelf(lots: [Self.lot(1, 5, expires: -1), Self.lot(2, 3, expires: 0)], today: Self.today)
    #expect(shelf.available(of: Self.milk) == 3)
    guard case .refused(let shortages) = shelf.take([try Self.line(Self.milk, 4)]) else {
      Issue.record("expired stock was sold")
      return
    }
    #expect(
      shortages == [
        Shortage(
          productID: Self.milk, requested: 4, available: 3,
          skippedLots: [SkippedLot(lotID: Identifier(high: 9, low: 1), lotIndex: 0, remaining: 5, reason: .expired)])
      ])
    #expect(try Self.taken(shelf.take([Self.line(Self.milk, 3)])).count == 1)
  }

  @Test func linesAreServedInOrderAndSpanLots() throws {
    var shelf = Shelf(lots: [Self.lot(1, 3, expires: 1), Self.lot(2, 5, expires: 2)], today: Self.today)
    let lines = try Self.taken(shelf.take([Self.line(Self.milk, 2), Self.line(Self.milk, 4)]))
    #expect(lines.map { $0.map(\.taken) } == [[2], [1, 3]])
    #expect(lines.map { $0.map(\.balance) } == [[1], [0, 2]])
    #expect(shelf.available(of: Self.milk) == 2)
  }

  @Test func namesEveryShortProductWithAllThatItSkips() throws {
    let lots = [
      Self.lot(1, 4, expires: 5, status: .recalled), Self.lot(2, 2, expires: -3, status: .quarantined),
      Self.lot(3, 1, expires: -9),
      Self.lot(4, 0, expires: -20), Self.lot(5, 9, of: Self.tea),
    ]
    var shelf = Shelf(lots: lots, today: Self.today)
    let unknown = Identifier(high: 3, low: 0)
    let taking = shelf.take([
      try Self.line(unknown, 1), try Self.line(Self.milk, 600_000), try Self.line(Self.tea, 9), try Self.line(Self.milk, 600_000),
    ])
    guard case .refused(let shortages) = taking else {
      Issue.record("the sale was not refused")
      return
    }
    #expect(shortages.map(\.productID) == [unknown, Self.milk])
    #expect(shortages.map(\.requested) == [1, 1_200_000])
    #expect(shortages.map(\.available) == [0, 0])
    #expect(shortages[1].skippedLots.map(\.reason) == [.expired, .quarantined, .recalled])
    #expect(shortages[1].skippedLots.map(\.remaining) == [1, 2, 4])
    #expect(shelf.available(of: Self.tea) == 9)
  }

  @Test func aRefusedSaleCostsItsNeighboursNothing() throws {
    var shelf = Shelf(lots: [Self.lot(1, 5), Self.lot(2, 5, of: Self.tea)], today: Self.today)
    #expect(try Self.taken(shelf.take([Self.line(Self.milk, 3)]))[0].map(\.balance) == [2])
    guard case .refused(let shortages) = shelf.take([try Self.line(Self.tea, 5), try Self.line(Self.milk, 3)]) else {
      Issue.record("the sale was not refused")
      return
    }
    #expect(shortages.map(\.available) == [2])
    #expect(
      try Self.taken(shelf.take([Self.line(Self.tea, 5), Self.line(Self.milk, 2)])).flatMap { $0 }.map(\.balance) == [0, 0])
  }

  @Test func aPlanTakesNothingAndShowsHowFarItGets() throws {
    var shelf = Shelf(lots: [Self.lot(1, 5)], today: Self.today)
    let plan = shelf.plan([try Self.line(Self.milk, 4), try Self.line(Self.milk, 4), try Self.line(Self.milk, 4)])
    #expect(plan.lines.map { $0.map(\.taken) } == [[4], [1], []])
    #expect(plan.shortages.map(\.requested) == [12])
    let good = [try Self.line(Self.milk, 5)]
    #expect(shelf.plan(good) == TakingPlan(lines: try Self.taken(shelf.take(good)), shortages: []))
  }

  @Test func nothingIsSold() {
    var shelf = Shelf(lots: [], today: Self.today)
    #expect(shelf.take([]) == .taken([]))
    #expect(shelf.plan([]) == TakingPlan(lines: [], shortages: []))
  }

  /// Serves one piece after the other from the best lot that it finds by looking at all of them.
  private struct SlowShelf {
    let lots: [ShelfLot]
    var remaining: [Int]
    let today: Int32

    func isSellable(_ index: Int) -> Bool {
      lots[index].status == .ok && (lots[index].expiry == nil || today <= lots[index].expiry?.daysSince2000 ?? 0)
    }

    func rank(_ index: Int) -> [Int64] {
      let lot = lots[index]
      return [lot.expiry.map { Int64($0.daysSince2000) } ?? .max, lot.receivedAt.microsecondsSince2000, lot.lotNumber]
    }

    func available(_ product: Identifier) -> Int {
      lots.indices.reduce(0) { $0 + (lots[$1].productID == product && isSellable($1) ? remaining[$1] : 0) }
    }

    mutating func onePiece(_ product: Identifier) -> Int? {
      let candidates = lots.indices.filter { lots[$0].productID == product && remaining[$0] > 0 && isSellable($0) }
      guard let best = candidates.min(by: { rank($0).lexicographicallyPrecedes(rank($1)) }) else { return nil }
      remaining[best] -= 1
      return best
    }
  }

  @Test func agreesWithTheModel() throws {
    var random = Seeded()
    var refusals = 0
    var sales = 0
    for _ in 0..<400 {
      let products = (0..<random.int(1...3)).map { Identifier(high: 7, low: UInt64($0)) }
      let lots = (0..<random.int(0...14)).map { number in
        ShelfLot(
          id: random.identifier(), productID: products[random.int(0...products.count - 1)], lotNumber: Int64(number),
          expiry: random.int(0...3) == 0 ? nil : Day(daysSince2000: Int32(random.int(98...103))),
          receivedAt: Instant(unixSeconds: Int64(random.int(0...2))),
          status: random.int(0...5) == 0 ? (random.int(0...1) == 0 ? .quarantined : .recalled) : .ok,
          remaining: Int32(random.int(0...9)))
      }.shuffled(using: &random)
      var shelf = Shelf(lots: lots, today: Day(daysSince2000: 100))
      var slow = SlowShelf(lots: lots, remaining: lots.map { Int($0.remaining) }, today: 100)
      for _ in 0..<random.int(1...6) {
        let lines = try (0..<random.int(0...4)).map { _ in
          try Self.line(products[random.int(0...products.count - 1)], Int64(random.int(1...10)))
        }
        sales += 1
        let plan = shelf.plan(lines)
        let before = products.map { shelf.available(of: $0) }
        #expect(before == products.map { Int64(slow.available($0)) })
        switch shelf.take(lines) {
        case .refused(let shortages):
          refusals += 1
          #expect(shortages == plan.shortages && !shortages.isEmpty)
          #expect(products.map { shelf.available(of: $0) } == before)
          for product in products {
            let requested = lines.reduce(0) { $0 + ($1.productID == product ? Int($1.quantity.count) : 0) }
            let shortage = shortages.first { $0.productID == product }
            #expect((shortage != nil) == (requested > slow.available(product)))
            guard let shortage else { continue }
            #expect(shortage.requested == requested && shortage.available == slow.available(product))
            let skipped = lots.indices.filter {
              lots[$0].productID == product && lots[$0].remaining > 0 && !slow.isSellable($0)
            }.sorted { slow.rank($0).lexicographicallyPrecedes(slow.rank($1)) }
            #expect(shortage.skippedLots.map(\.lotIndex) == skipped)
          }
        case .taken(let allocations):
          #expect(allocations == plan.lines && plan.shortages.isEmpty)
          #expect(allocations.count == lines.count)
          for (line, takes) in zip(lines, allocations) {
            #expect(takes.reduce(0) { $0 + $1.taken } == line.quantity.count)
            #expect(takes.allSatisfy { $0.taken > 0 && $0.balance >= 0 && lots[$0.lotIndex].id == $0.lotID })
            let pieces = (0..<line.quantity.count).map { _ in slow.onePiece(line.productID) }
            #expect(takes.flatMap { Array(repeating: Optional($0.lotIndex), count: Int($0.taken)) } == pieces)
            for take in takes { #expect(Int(take.balance) == slow.remaining[take.lotIndex]) }
          }
        }
      }
    }
    #expect(refusals > 50 && sales - refusals > 50)
  }
}
