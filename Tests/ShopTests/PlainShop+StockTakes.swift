// The model's stock takes: what was counted, what stands of it, and what it does to the books.
@testable import Shelflife

extension PlainShop {
  struct Count {
    /// The reference of a lot; the name of one that nobody knew.
    let lot: String
    let found: NewLot?
    let counted: Int64
    let expected: Int64
    let by: Identifier
    /// How often the lot was put right before.
    let rightings: Int

    var variance: Int64 { counted - expected }
  }

  /// A lot that nobody knew.
  struct NewLot {
    let product: Identifier
    let batch: String?
    let expiry: Day?
  }

  struct StockTake {
    /// Nil for all.
    let products: [Identifier]?
    let isBlind: Bool
    let tolerance: Int64
    /// What each lot held when it began.
    let start: [String: Int64]
    var isOpen = true
    var entries = 0
    var counts: [Count] = []

    func covers(_ product: Identifier) -> Bool { products?.contains(product) ?? true }

    /// The counts of each lot, the one that stands last.
    var ofLots: [String: [Count]] { Dictionary(grouping: counts, by: \.lot) }

    /// Whether the last of a lot's counts is to be repeated. A second count that has the same difference settles it, unless two people
    /// differ.
    func isDoubtful(_ counts: [Count]) -> Bool {
      guard let last = counts.last else { return false }
      let before = counts.dropLast().last
      if last.found == nil, abs(last.variance) > tolerance, before?.variance != last.variance { return true }
      return before.map { $0.by != last.by && $0.variance != last.variance } ?? false
    }
  }

  mutating func startTake(_ new: NewStockTake, as id: Identifier) -> String {
    let products = new.productIDs ?? []
    if distinct(products).count < products.count { return "validation-error" }
    if products.contains(where: { articles[$0] == nil }) { return "product-not-found" }
    takes[id] = StockTake(
      products: new.productIDs, isBlind: new.isBlind, tolerance: Int64(new.tolerance), start: lots.mapValues(\.left))
    return "Started"
  }

  mutating func cancelTake(_ id: Identifier) -> String {
    guard let take = takes[id] else { return "stock-take-not-found" }
    if !take.isOpen { return "stock-take-ended" }
    takes[id]?.isOpen = false
    return "Cancelled"
  }

  /// - Parameters:
  ///   - new: what somebody counted.
  ///   - person: who.
  ///   - made: the names that the shop gave to lots that nobody knew.
  mutating func count(_ new: NewStockCount, by person: Identifier, made: [Identifier]) -> String {
    if Set(new.items.map { "\($0.target)" }).count < new.items.count { return "validation-error" }
    guard let take = takes[new.stockTakeID] else { return "stock-take-not-found" }
    if !take.isOpen { return "stock-take-ended" }
    var counts: [Count] = []
    var lost = false
    var unknownProduct = false
    var invalid = false
    var names = made[...]
    for item in new.items {
      switch item.target {
      case .lot(let id):
        guard let lot = lot(id) else {
          lost = true
          continue
        }
        if !take.covers(lot.product) { invalid = true }
        counts.append(
          Count(
            lot: lot.reference, found: nil, counted: Int64(item.qty), expected: lot.left, by: person, rightings: lot.rightings))
      case .found(let id):
        guard let before = take.counts.first(where: { $0.lot == id.text }) else {
          lost = true
          continue
        }
        counts.append(
          Count(lot: id.text, found: before.found, counted: Int64(item.qty), expected: 0, by: person, rightings: 0))
      case .unknown(let product, let batch, let expiry):
        if articles[product] == nil { unknownProduct = true }
        if articles[product]?.tracksExpiry != (expiry != nil) || !take.covers(product) { invalid = true }
        let lot = NewLot(product: product, batch: batch, expiry: expiry)
        counts.append(
          Count(
            lot: names.popFirst()?.text ?? "?", found: lot, counted: Int64(item.qty), expected: 0, by: person, rightings: 0))
      }
    }
    if unknownProduct { return "product-not-found" }
    if lost { return "lot-not-found" }
    if invalid { return "validation-error" }
    takes[new.stockTakeID]?.counts += counts
    takes[new.stockTakeID]?.entries += 1
    return "Entry \(take.entries + 1): "
      + counts.map { "\($0.lot) \($0.counted) of \(take.isBlind ? "?" : String($0.expected))" }.joined(separator: ", ")
  }

  private func isOvertaken(_ count: Count) -> Bool { count.found == nil && lots[count.lot]?.rightings != count.rightings }

  /// Lots by their places, then those that nobody knew by their names.
  private func standing(in take: StockTake) -> [Count] {
    let last = take.ofLots.values.compactMap(\.last)
    return last.filter { $0.found == nil }.sorted { lots[$0.lot]?.place ?? 0 < lots[$1.lot]?.place ?? 0 }
      + last.filter { $0.found != nil }.sorted { $0.lot < $1.lot }
  }

  private func uncounted(in take: StockTake) -> [Lot] {
    let counted = Set(take.counts.map(\.lot))
    return open.filter { take.covers($0.product) && take.start[$0.reference] ?? 0 > 0 && !counted.contains($0.reference) }
  }

  private func needsRecount(_ count: Count, in take: StockTake) -> Bool {
    isOvertaken(count) || take.isDoubtful(take.ofLots[count.lot] ?? [])
  }

  /// A lot that nobody knew is taken to cost what the one delivered last costs.
  private func newestCost(_ product: Identifier) -> Int64 {
    let delivered = (shelves[product] ?? []).compactMap { lots[$0] }.filter { $0.moved[.received] != nil }
    return delivered.max { ($0.receivedAt, $0.place) < ($1.receivedAt, $1.place) }?.cost ?? 0
  }

  /// The totals of a review of a stock take that is open.
  func review(_ id: Identifier) -> String {
    guard let take = takes[id] else { return "stock-take-not-found" }
    let counts = standing(in: take)
    let differ = counts.filter { $0.variance != 0 }
    let value = differ.reduce(0) { sum, count in
      sum + count.variance * (count.found.map { newestCost($0.product) } ?? lots[count.lot]?.cost ?? 0)
    }
    return "Counted \(counts.filter { $0.found == nil }.count), \(differ.count) differ, "
      + "+\(differ.reduce(0) { $0 + max(0, $1.variance) }) -\(differ.reduce(0) { $0 + max(0, -$1.variance) }) worth \(value), "
      + "\(counts.filter { needsRecount($0, in: take) }.count) again, \(uncounted(in: take).count) not counted, "
      + "\(counts.filter { $0.found != nil }.count) found"
  }

  mutating func apply(_ new: StockTakeApplication) -> String {
    guard let take = takes[new.stockTakeID] else { return "stock-take-not-found" }
    if !take.isOpen { return "stock-take-ended" }
    let counts = standing(in: take)
    let missing = new.missingLots == .writeDown ? uncounted(in: take) : []
    let again = counts.filter { count in
      // More was taken since than was counted: the count is not true.
      let isImpossible = count.variance < 0 && (lots[count.lot]?.left ?? 0) + count.variance < 0
      return isImpossible || isOvertaken(count) || (!new.acceptVariances && needsRecount(count, in: take))
    }
    if !again.isEmpty {
      return "recount-needed: "
        + again.map { "\($0.found == nil ? $0.lot : "found") \($0.counted) of \($0.expected)" }.joined(separator: "; ")
    }

    takes[new.stockTakeID]?.isOpen = false
    let found = counts.filter { $0.found != nil && $0.counted > 0 }
    let known = counts.filter { $0.found == nil && $0.variance != 0 }
    if known.isEmpty, found.isEmpty, missing.isEmpty { return "Nothing" }
    let costs = found.map { $0.found.map { newestCost($0.product) } ?? 0 }
    let number = next("CNT")
    var tally = Tally()
    for count in known {
      move(count.lot, .counted, count.variance)
      tally.add(count.lot, .counted, count.variance, cost: lots[count.lot]?.cost ?? 0)
    }
    for lot in missing {
      move(lot.reference, .counted, -lot.left)
      tally.add(lot.reference, .counted, -lot.left, cost: lot.cost)
    }
    for (index, count) in found.enumerated() {
      guard let lot = count.found else { continue }
      let reference = "\(number)-\(index + 1)"
      add(
        reference, of: lot.product, receivedAt: now, batch: lot.batch, expiry: lot.expiry, cost: costs[index],
        status: isRecalled(lot.batch, of: lot.product) ? .recalled : .ok)
      move(reference, .counted, count.counted)
      tally.add(reference, .counted, count.counted, cost: costs[index])
    }
    return "\(number) back 0: \(tally.told)"
  }
}
