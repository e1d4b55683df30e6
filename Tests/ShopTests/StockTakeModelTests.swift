// What stands on the shelf, kept as a plain number beside the books: whatever is sold, delivered, lost and counted, applying a stock
// take makes the two equal.
import TestSupport
import Testing

@testable import Shelflife

@Suite struct StockTakeModelTests {
  @Test func afterApplyingTheBooksAreTheShelf() throws {
    var walk = try CountingWalk()
    var documents = 0
    while walk.rounds < 25 || documents < 5 {
      if try walk.round() { documents += 1 }
      guard walk.rounds < 200 else { break }
    }
    #expect(documents >= 5 && walk.lost > 0 && walk.foundLots > 0 && walk.sold > 0, "the walk met all there is to meet")
    #expect(try walk.till.violations() == [])
  }
}

/// Random days beside their model. Goods vanish and turn up behind the books' back; people count what is truly there.
private struct CountingWalk {
  let till: Till
  var dice: Seeded
  var rounds = 0
  var lost = 0
  var foundLots = 0
  var sold = 0

  private let products: [Identifier]
  /// What truly is there of each lot of the books.
  private var shelf: [Identifier: Int] = [:]
  private var product: [Identifier: Identifier] = [:]
  /// What truly is there of lots that nobody knew, by the names that the open stock take gave them.
  private var unknown: [Identifier: Int] = [:]
  /// Lots that changed behind the books' back after they were last counted in the open stock take.
  private var stale: Set<Identifier> = []
  private var counted: Set<Identifier> = []

  init(_ test: String = #function) throws {
    dice = Seeded(test)
    till = try Till()
    products = try [till.product("Pills").id, till.product("Drops").id, till.product("Soap", tracksExpiry: false).id]
    for id in products { try deliver(id) }
  }

  /// One stock take from its beginning to its end; true if it was applied with a document.
  mutating func round() throws -> Bool {
    rounds += 1
    let covered = dice.percent(50) ? nil : Array(products.shuffled(using: &dice).prefix(dice.int(1...3)))
    let take = try till.startTake(covered, blind: dice.percent(50), tolerance: dice.int(0...3))
    unknown = [:]
    stale = []
    counted = []
    for _ in 0..<dice.int(5...40) { try step(take, covered ?? products) }
    if dice.percent(10) {
      _ = try till.done("stockTake.cancel") { try StockTakes.cancel(take.id, reason: "enough", in: $0) }
      return false
    }
    // Only a count that is still true can make the books true.
    for id in stale.sorted() { try count(take, [id]) }
    let writesDown = dice.percent(50)
    let neverCounted = writesDown ? try till.review(take, .notCounted).page.items.map(\.lot.id) : []
    let applied = try till.apply(take, accepting: true, missing: writesDown ? .writeDown : .keep)
    let books = try books()
    for id in counted { #expect(books[id] == shelf[id], "lot \(id) of round \(rounds)") }
    for id in neverCounted {
      #expect(books[id] == 0)
      // Whoever writes down what is there hides it; the shelf is taken to be empty from now on.
      shelf[id] = 0
    }
    for (id, qty) in unknown {
      #expect(books[id] ?? 0 == qty, "found \(id) of round \(rounds)")
      if qty > 0 {
        foundLots += 1
        shelf[id] = qty
      }
    }
    return applied.document != nil
  }

  private func books() throws -> [Identifier: Int] {
    let rows = try till.sql("select id || ' ' || qty_remaining from lot")
    return Dictionary(
      uniqueKeysWithValues: try rows.map { row in
        let parts = row.split(separator: " ")
        return (try Identifier(parsing: String(parts[0])), Int(parts[1]) ?? -1)
      })
  }

  private mutating func step(_ take: StockTake, _ covered: [Identifier]) throws {
    till.pass(seconds: Int64(dice.int(1...200)))
    switch dice.int(1...100) {
    case 1...10: try deliver(dice.pick(products))
    case 11...45: try sell(dice.pick(products))
    case 46...55: disturb()
    case 56...60: try find(take, dice.pick(covered))
    case 61...64:
      if let id = unknown.keys.sorted().randomElement(using: &dice) {
        unknown[id] = dice.int(0...4)
        try till.count(take, [(.found(id), Int32(unknown[id] ?? 0))], by: dice.pick([.sam, .tess]))
      }
    default:
      let lots = shelf.keys.filter { covered.contains(product[$0] ?? $0) }.sorted()
      try count(take, Array(lots.shuffled(using: &dice).prefix(dice.int(1...4))))
    }
  }

  private mutating func deliver(_ id: Identifier) throws {
    let qty = dice.int(1...15)
    let expiry = id == products[2] ? nil : till.now.day.adding(days: dice.int(60...90))?.text
    let lot = try till.deliver(id, Int64(qty), expiry).items[0].lotID
    shelf[lot] = qty
    product[lot] = id
  }

  /// Nobody can sell what is not there, whatever the books say.
  private mutating func sell(_ id: Identifier) throws {
    let lines = [(id, Int64(dice.int(1...5)))]
    let quote = try till.read { try Sales.quote(till.call(lines).request, in: $0) }
    let takes = quote.items.flatMap(\.allocations)
    guard quote.shortages.isEmpty, takes.allSatisfy({ shelf[$0.lotID] ?? 0 >= $0.qtyTaken }) else { return }
    for take in try till.sell(lines).items.flatMap(\.allocations) {
      shelf[take.lotID, default: 0] -= take.qtyTaken
      sold += take.qtyTaken
    }
  }

  private mutating func disturb() {
    guard let id = shelf.keys.sorted().randomElement(using: &dice), let there = shelf[id] else { return }
    let now = max(0, there + dice.int(-3...2))
    if now < there { lost += there - now }
    shelf[id] = now
    if now != there, counted.contains(id) { stale.insert(id) }
  }

  private mutating func find(_ take: StockTake, _ productID: Identifier) throws {
    let qty = dice.int(0...6)
    let expiry = productID == products[2] ? nil : till.now.day.adding(days: dice.int(60...90))
    let target = CountTarget.unknown(productID: productID, batchNo: nil, expiryDate: expiry)
    let id = try till.count(take, [(target, Int32(qty))], by: .tess).items[0].lot.id
    unknown[id] = qty
    product[id] = productID
  }

  private mutating func count(_ take: StockTake, _ lots: [Identifier]) throws {
    guard !lots.isEmpty else { return }
    try till.count(take, lots.map { (.lot($0), Int32(shelf[$0] ?? 0)) }, by: dice.pick([.sam, .tess]))
    counted.formUnion(lots)
    stale.subtract(lots)
  }
}
