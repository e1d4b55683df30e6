// Which lots a sale takes: first expired, first out. A pure function of the stock picture, the lines and today.

/// A lot as the planner sees it.
package struct ShelfLot: Equatable, Sendable {
  package let id: Identifier
  package let productID: Identifier
  /// Total and unique: the last tie-break.
  package let lotNumber: Int64
  /// nil for stock that does not expire.
  package let expiry: Day?
  package let receivedAt: Instant
  package let status: LotStatus
  package let remaining: Int32

  package init(
    id: Identifier, productID: Identifier, lotNumber: Int64, expiry: Day?, receivedAt: Instant, status: LotStatus,
    remaining: Int32
  ) {
    self.id = id
    self.productID = productID
    self.lotNumber = lotNumber
    self.expiry = expiry
    self.receivedAt = receivedAt
    self.status = status
    self.remaining = remaining
  }

  /// nil if it may be sold today; a lot is good through its last day. What people decided outweighs the date.
  package func reasonNotToSell(on today: Day) -> SkippedLot.Reason? {
    switch status {
    case .recalled: .recalled
    case .quarantined: .quarantined
    case .ok: if let expiry, expiry < today { .expired } else { nil }
    }
  }

  /// Expiry with none last, then received first, then lot number: the order of selling and of locking.
  package static func sellsBefore(_ a: ShelfLot, _ b: ShelfLot) -> Bool {
    if a.expiry != b.expiry {
      guard let first = a.expiry else { return false }
      guard let second = b.expiry else { return true }
      return first < second
    }
    return a.receivedAt == b.receivedAt ? a.lotNumber < b.lotNumber : a.receivedAt < b.receivedAt
  }
}

/// What one line of a sale asks for.
package struct SaleLine: Equatable, Sendable {
  package let productID: Identifier
  package let quantity: Quantity

  package init(productID: Identifier, quantity: Quantity) {
    self.productID = productID
    self.quantity = quantity
  }
}

/// What one line takes from one lot.
package struct Allocation: Equatable, Sendable {
  package let lotID: Identifier
  /// The lot's place in the array that the shelf was made from.
  package let lotIndex: Int
  package let taken: Int32
  /// What the lot holds afterwards.
  package let balance: Int32
}

/// Stock that is there but may not be sold.
package struct SkippedLot: Equatable, Sendable {
  package enum Reason: String, CaseIterable, Sendable { case expired, quarantined, recalled }

  package let lotID: Identifier
  package let lotIndex: Int
  package let remaining: Int32
  package let reason: Reason
}

/// A product of which there is not enough for all lines together.
package struct Shortage: Equatable, Sendable {
  package let productID: Identifier
  /// The sum over all lines of the product.
  package let requested: Int64
  /// What could be sold.
  package let available: Int64
  /// In the order of selling.
  package let skippedLots: [SkippedLot]
}

/// What became of a sale.
package enum Taking: Equatable, Sendable {
  /// The allocations of each line, in the order of the lines.
  case taken([[Allocation]])
  /// Every short product, in the order in which the lines name them first. Nothing was taken.
  case refused([Shortage])
}

/// What a sale would take now. A line of a short product has what there is.
package struct TakingPlan: Equatable, Sendable {
  package let lines: [[Allocation]]
  package let shortages: [Shortage]
}

/// The stock of some products on one day, from which the sales of one transaction take one after the other.
///
/// A sale that is refused leaves it as it was; the next one sees what earlier ones took. Making it costs the sorting of the lots,
/// a line afterwards the lots that it empties.
package struct Shelf: Sendable {
  private struct Slot: Sendable {
    var remaining: Int32
    let lotIndex: Int
  }

  private struct ProductStock: Sendable {
    /// Sellable slots, in the order of selling, none empty before `next`.
    var next: Int
    let end: Int
    var available: Int64
  }

  private struct SortKey {
    let product: Int32
    let expiry: Int32
    let receivedAt: Int64
    let lotNumber: Int64
    let lotIndex: Int32

    static func precedes(_ a: SortKey, _ b: SortKey) -> Bool {
      if a.product != b.product { return a.product < b.product }
      if a.expiry != b.expiry { return a.expiry < b.expiry }
      if a.receivedAt != b.receivedAt { return a.receivedAt < b.receivedAt }
      return a.lotNumber < b.lotNumber
    }
  }

  package let lots: [ShelfLot]
  package let today: Day

  private var slots: [Slot] = []
  private var stocks: [ProductStock] = []
  private var stockOfProduct: [Identifier: Int] = [:]

  /// Lots in any order. Those of other products than a sale names do no harm.
  package init(lots: [ShelfLot], today: Day) {
    self.lots = lots
    self.today = today
    var keys: [SortKey] = []
    keys.reserveCapacity(lots.count)
    for (index, lot) in lots.enumerated() where lot.remaining > 0 && lot.reasonNotToSell(on: today) == nil {
      let product = stockOfProduct[lot.productID] ?? stockOfProduct.count
      stockOfProduct[lot.productID] = product
      // No date of the calendar is as late as the largest number of days.
      keys.append(
        SortKey(
          product: Int32(product), expiry: lot.expiry?.daysSince2000 ?? .max,
          receivedAt: lot.receivedAt.microsecondsSince2000, lotNumber: lot.lotNumber, lotIndex: Int32(index)))
    }
    keys.sort(by: SortKey.precedes)
    slots.reserveCapacity(keys.count)
    stocks.reserveCapacity(stockOfProduct.count)
    var start = 0
    while start < keys.count {
      var end = start
      var available: Int64 = 0
      while end < keys.count, keys[end].product == keys[start].product {
        let index = Int(keys[end].lotIndex)
        slots.append(Slot(remaining: lots[index].remaining, lotIndex: index))
        available += Int64(lots[index].remaining)
        end += 1
      }
      stocks.append(ProductStock(next: start, end: end, available: available))
      start = end
    }
  }

  /// What can be sold of a product now.
  package func available(of productID: Identifier) -> Int64 {
    stockOfProduct[productID].map { stocks[$0].available } ?? 0
  }

  /// What there is of these products but may not be sold, for each in the order of selling. Costs one pass over all lots.
  package func skippedLots(of productIDs: some Sequence<Identifier>) -> [Identifier: [SkippedLot]] {
    let wanted = Set(productIDs)
    var skipped: [Identifier: [SkippedLot]] = [:]
    guard !wanted.isEmpty else { return skipped }
    for (index, lot) in lots.enumerated() where lot.remaining > 0 && wanted.contains(lot.productID) {
      guard let reason = lot.reasonNotToSell(on: today) else { continue }
      skipped[lot.productID, default: []].append(
        SkippedLot(lotID: lot.id, lotIndex: index, remaining: lot.remaining, reason: reason))
    }
    for productID in skipped.keys {
      skipped[productID]?.sort { ShelfLot.sellsBefore(lots[$0.lotIndex], lots[$1.lotIndex]) }
    }
    return skipped
  }

  /// Serves the lines in order, or none of them.
  package mutating func take(_ lines: [SaleLine]) -> Taking {
    let shortages = shortages(lines)
    guard shortages.isEmpty else { return .refused(shortages) }
    return .taken(allocate(lines))
  }

  /// What `take` would do, and how far a short sale would get. Takes nothing.
  package func plan(_ lines: [SaleLine]) -> TakingPlan {
    var copy = self
    return TakingPlan(lines: copy.allocate(lines), shortages: shortages(lines))
  }

  private func shortages(_ lines: [SaleLine]) -> [Shortage] {
    if isPlain(lines) { return [] }
    var requested: [Identifier: Int64] = [:]
    var order: [Identifier] = []
    for line in lines {
      if requested[line.productID] == nil { order.append(line.productID) }
      requested[line.productID, default: 0] += Int64(line.quantity.count)
    }
    let short = order.filter { requested[$0] ?? 0 > available(of: $0) }
    let skipped = skippedLots(of: short)
    return short.map { productID in
      Shortage(
        productID: productID, requested: requested[productID] ?? 0, available: available(of: productID),
        skippedLots: skipped[productID] ?? [])
    }
  }

  /// A few lines of as many products, of each of which there is enough: nearly every sale.
  private func isPlain(_ lines: [SaleLine]) -> Bool {
    lines.count <= 8
      && lines.indices.allSatisfy { index in
        let line = lines[index]
        return Int64(line.quantity.count) <= available(of: line.productID)
          && !lines[..<index].contains { $0.productID == line.productID }
      }
  }

  private mutating func allocate(_ lines: [SaleLine]) -> [[Allocation]] {
    lines.map { line in
      guard let product = stockOfProduct[line.productID] else { return [] }
      return allocate(line.quantity.count, from: product)
    }
  }

  private mutating func allocate(_ quantity: Int32, from product: Int) -> [Allocation] {
    var allocations: [Allocation] = []
    var wanted = quantity
    while wanted > 0, stocks[product].next < stocks[product].end {
      let slot = stocks[product].next
      let taken = min(wanted, slots[slot].remaining)
      slots[slot].remaining -= taken
      stocks[product].available -= Int64(taken)
      wanted -= taken
      let index = slots[slot].lotIndex
      allocations.append(
        Allocation(lotID: lots[index].id, lotIndex: index, taken: taken, balance: slots[slot].remaining))
      if slots[slot].remaining == 0 { stocks[product].next += 1 }
    }
    return allocations
  }
}
