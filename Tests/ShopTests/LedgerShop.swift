// A random shop for the ledger's tests, and beside it what each lot should hold, kept in a few plain lines.
import TestSupport
import Testing

@testable import Shelflife

struct LedgerShop {
  /// A lot as it should be.
  struct PlainLot: Equatable {
    let product: Identifier
    var qty: Int
    var cost: UnitCost
    var expiry: Day?
  }

  let till: Till
  var dice: Seeded
  let products: [Identifier]
  private(set) var lots: [Identifier: PlainLot] = [:]
  /// In the order in which they came.
  private(set) var order: [Identifier] = []
  private var moved: [Identifier: Int] = [:]
  private(set) var documents: [StockDocument] = []
  private var fresh: [Sale] = []

  init(_ test: String = #function, zone: String, at time: String = "2026-03-10T09:00:00Z") throws {
    till = try Till(at: time)
    dice = Seeded(test)
    try till.sql("update store set time_zone = '\(zone)'")
    let till = till
    products = try ["Aspirin", "Milk", "Zinc"].map { try till.product($0).id }
    for product in products { try deliver([product, product]) }
  }

  func stock(of product: Identifier) -> Int { lots.values.reduce(0) { $1.product == product ? $0 + $1.qty : $0 } }
  func movements(of product: Identifier) -> Int { moved[product, default: 0] }

  /// Something that happens in a shop; now and then at the instant of what happened before, or with a clock that was set back a little.
  mutating func step(stepsBack: Bool = false) throws {
    switch dice.int(1...10) {
    case 1...3: till.pass(seconds: 0)
    case 4 where stepsBack: till.pass(seconds: -20)
    default: till.pass(seconds: Int64(dice.int(1...900)))
    }
    switch dice.int(1...12) {
    case 1: try deliver((0..<dice.int(1...3)).map { _ in dice.pick(products) })
    case 2: try writeOff()
    case 3: try correct()
    case 4:
      if let id = open(), let lot = lots[id] { note(try till.sendBack(id, Int32(dice.int(1...min(3, lot.qty))))) }
    case 5: try takeBack()
    default: try sell()
    }
  }

  private mutating func open() -> Identifier? {
    let some = order.filter { lots[$0].map { $0.qty > 0 } ?? false }
    return some.isEmpty ? nil : dice.pick(some)
  }

  private mutating func deliver(_ products: [Identifier]) throws {
    let items = try products.map { product in
      try till.item(product, Int64(dice.int(5...30)), "2026-0\(dice.int(5...9))-01", cost: Int64(dice.int(0...30_000)))
    }
    for (item, made) in zip(items, try till.deliver(items).items) {
      order.append(made.lotID)
      lots[made.lotID] = PlainLot(product: item.productID, qty: made.qtyAdded, cost: item.unitCost, expiry: item.expiryDate)
      moved[item.productID, default: 0] += 1
    }
  }

  private mutating func sell() throws {
    let lines = (0..<dice.int(1...3)).map { _ in (dice.pick(products), Int64(dice.int(1...6))) }
    guard products.allSatisfy({ product in lines.reduce(0) { $1.0 == product ? $0 + Int($1.1) : $0 } <= stock(of: product) })
    else { return }
    let sale = try till.sell(lines, by: dice.pick([.sam, .tess, .olga]))
    for item in sale.items {
      for taken in item.allocations {
        lots[taken.lotID]?.qty -= taken.qtyTaken
        moved[item.productID, default: 0] += 1
      }
    }
    if sale.items.count == 1, sale.items[0].allocations.count == 1 { fresh.append(sale) }
  }

  private mutating func takeBack() throws {
    guard let sale = fresh.popLast() else { return }
    let qty = Int32(dice.int(1...sale.items[0].qty))
    note(try till.takeBack(sale, qty, dice.pick([.restock, .destroy])))
  }

  private mutating func writeOff() throws {
    guard let first = open(), let second = open() else { return }
    let chosen = first == second ? [first] : [first, second]
    let lines = chosen.map { (lot: $0, qty: Int32(dice.int(1...min(2, lots[$0]?.qty ?? 1)))) }
    note(try till.writeOff(lines, dice.pick(Loss.allCases)))
  }

  /// Empty lots too: what they had cost may be put right at any time.
  private mutating func correct() throws {
    let id = dice.pick(order)
    guard let lot = lots[id] else { return }
    let qty = dice.percent(50) ? 0 : Int32(max(-lot.qty, dice.int(-3...3)))
    let cost = dice.percent(60) ? Int64(dice.int(0...40_000)) : nil
    let expiry = dice.percent(30) ? try Day(parsing: "2026-0\(dice.int(5...9))-15") : nil
    note(try till.adjust(id, qty: qty, cost: cost, expiry: expiry))
    if let cost { lots[id]?.cost = UnitCost(tenThousandths: cost) }
    if let expiry { lots[id]?.expiry = expiry }
  }

  private mutating func note(_ document: StockDocument) {
    documents.append(document)
    for line in document.lines {
      lots[line.lotID]?.qty += line.qty
      moved[line.productID, default: 0] += 1
    }
  }
}
