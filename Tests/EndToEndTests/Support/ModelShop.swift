// A small shop in memory that says what the real one has to answer: the first to expire is the first to go, nothing else.

/// A calendar day as a number of days; only what the tests need.
struct TestDay: Comparable, Sendable, CustomStringConvertible {
  private let number: Int

  init(year: Int, month: Int, day: Int) {
    // Counted from March, so that the leap day ends the year.
    let shifted = month > 2 ? year : year - 1
    let sinceMarch = (month + 9) % 12
    number = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * sinceMarch + 2) / 5 + day
  }

  private init(number: Int) { self.number = number }

  func adding(_ days: Int) -> TestDay { TestDay(number: number + days) }

  static func < (a: TestDay, b: TestDay) -> Bool { a.number < b.number }

  var description: String {
    // Guessed a little too early at first.
    var year = (number - 60) * 400 / 146_097
    while TestDay(year: year + 1, month: 1, day: 1) <= self { year += 1 }
    var month = 1
    while month < 12, TestDay(year: year, month: month + 1, day: 1) <= self { month += 1 }
    let day = number - TestDay(year: year, month: month, day: 1).number + 1
    return "\(Params.padded(year, 4))-\(Params.padded(month, 2))-\(Params.padded(day, 2))"
  }

  var digits: String { description.filter { $0 != "-" } }
}

/// The same numbers from the same seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

struct ModelShop {
  struct Product {
    let number: Int
    let name: String
    /// In hundredths.
    let price: Int
    let tracksExpiry: Bool
  }

  struct Lot: Equatable {
    let refNo: String
    let order: Int
    let expiry: TestDay?
    var remaining: Int
  }

  struct Line {
    let product: Int
    let qty: Int
  }

  struct Taken: Equatable {
    let lot: String
    let expiry: String?
    let qty: Int
  }

  struct Shortage: Equatable {
    let product: String
    let requested: Int
    let available: Int
    /// Number and quantity of each lot that is there but not for sale.
    let skipped: [String: Int]
  }

  enum Outcome: Equatable {
    case sold(receipt: String, total: String, lines: [[Taken]])
    case short([String: Shortage])
    case delivered(refNo: String)
  }

  let today: TestDay
  private(set) var products: [Product] = []
  private(set) var lots: [Int: [Lot]] = [:]
  private(set) var sales = 0
  private(set) var deliveries = 0
  private var lotCount = 0

  init(today: TestDay) { self.today = today }

  mutating func add(_ product: Product) {
    products.append(product)
    lots[product.number] = []
  }

  mutating func deliver(_ lines: [(product: Int, qty: Int, expiry: TestDay?)]) -> Outcome {
    deliveries += 1
    let refNo = "STK-\(today.digits)-\(Params.padded(deliveries, 4))"
    for (index, line) in lines.enumerated() {
      lotCount += 1
      lots[line.product]?.append(
        Lot(refNo: "\(refNo)-\(index + 1)", order: lotCount, expiry: line.expiry, remaining: line.qty))
      lots[line.product]?.sort(by: Self.sellsBefore)
    }
    return .delivered(refNo: refNo)
  }

  private static func sellsBefore(_ a: Lot, _ b: Lot) -> Bool {
    switch (a.expiry, b.expiry) {
    case (let first?, let second?) where first != second: first < second
    case (_?, nil): true
    case (nil, _?): false
    default: a.order < b.order
    }
  }

  private func isSellable(_ lot: Lot) -> Bool { lot.expiry.map { today <= $0 } ?? true }

  mutating func sell(_ lines: [Line]) -> Outcome {
    var requested: [Int: Int] = [:]
    for line in lines { requested[line.product, default: 0] += line.qty }
    let short = requested.filter { $0.value > available($0.key) }
    guard short.isEmpty else {
      return .short(
        Dictionary(
          uniqueKeysWithValues: short.map { product, qty in
            let skipped = (lots[product] ?? []).filter { !isSellable($0) && $0.remaining > 0 }
            let shortage = Shortage(
              product: products[product].name, requested: qty, available: available(product),
              skipped: Dictionary(uniqueKeysWithValues: skipped.map { ($0.refNo, $0.remaining) }))
            return (Params.id(product), shortage)
          }))
    }
    sales += 1
    let total = lines.reduce(0) { $0 + $1.qty * products[$1.product].price }
    let taken = lines.map { take($0) }
    return .sold(receipt: Params.receipt(today.digits, sales), total: Self.money(total), lines: taken)
  }

  private mutating func take(_ line: Line) -> [Taken] {
    var wanted = line.qty
    var taken: [Taken] = []
    for index in lots[line.product]?.indices ?? 0..<0 where wanted > 0 {
      guard let lot = lots[line.product]?[index], lot.remaining > 0, isSellable(lot) else { continue }
      let qty = min(wanted, lot.remaining)
      lots[line.product]?[index].remaining -= qty
      wanted -= qty
      taken.append(Taken(lot: lot.refNo, expiry: lot.expiry?.description, qty: qty))
    }
    return taken
  }

  func available(_ product: Int) -> Int { (lots[product] ?? []).reduce(0) { $0 + (isSellable($1) ? $1.remaining : 0) } }

  func expired(_ product: Int) -> Int { (lots[product] ?? []).reduce(0) { $0 + (isSellable($1) ? 0 : $1.remaining) } }

  func nearestExpiry(_ product: Int) -> String? {
    (lots[product] ?? []).filter { isSellable($0) && $0.remaining > 0 }.compactMap(\.expiry).min()?.description
  }

  static func money(_ hundredths: Int) -> String { "\(hundredths / 100).\(Params.padded(hundredths % 100, 2))" }
}
