// The model's decisions about lots: set right, blocked, recalled, taken out of the books.
@testable import Shelflife

extension PlainShop {
  struct Recall {
    let batch: String
    /// Nil for all.
    let product: Identifier?
    var isEnded = false

    func blocks(_ batchNo: String?, of id: Identifier) -> Bool {
      batchNo?.lowercased() == batch.lowercased() && (product == nil || product == id)
    }
  }

  /// As `Lot.told` says it of the shop's.
  func told(_ reference: String) -> String {
    guard let lot = lots[reference] else { return "lot-not-found" }
    let cost = UnitCost(tenThousandths: lot.cost).text
    return [
      "\(lot.left) of \(lot.moved[.received] ?? 0)", lot.expiry?.text ?? "never", cost, lot.batch ?? "-", lot.status.rawValue,
    ].joined(separator: ", ")
  }

  mutating func correct(_ new: LotCorrection) -> String {
    guard let old = lot(new.lotID) else { return "lot-not-found" }
    let tracksExpiry = articles[old.product]?.tracksExpiry == true
    switch new.expiryDate {
    case .cleared where tracksExpiry: return "validation-error"
    case .set where !tracksExpiry: return "validation-error"
    default: break
    }
    // What was not delivered has no delivered quantity.
    if new.qtyReceived != nil, old.moved[.received] == nil { return "validation-error" }
    let received = (old.moved[.received] ?? 0) + (old.moved[.corrected] ?? 0)
    let qty = new.qtyReceived.map { Int64($0) - received } ?? 0
    let expiry = new.expiryDate.applied(to: old.expiry)
    let cost = new.unitCost?.tenThousandths ?? old.cost
    let batch = new.batchNo.applied(to: old.batch)
    if qty == 0, expiry == old.expiry, cost == old.cost, batch == old.batch { return "validation-error" }
    if old.left + qty < 0 { return "lot-too-low: \(old.reference) \(-qty) of \(old.left)" }

    // A batch that was typed wrong was wrong of what customers brought back, too.
    let siblings = batch == old.batch ? [] : lots.values.filter { $0.parent == old.reference && $0.batch == old.batch }
    var tally = Tally()
    lots[old.reference]?.expiry = expiry
    lots[old.reference]?.cost = cost
    move(old.reference, .corrected, qty)
    tally.add(old.reference, .corrected, qty, cost: cost)
    for sibling in siblings {
      move(sibling.reference, .corrected, 0)
      tally.add(sibling.reference, .corrected, 0, cost: sibling.cost)
    }
    if batch != old.batch {
      for reference in [old.reference] + siblings.map(\.reference) {
        lots[reference]?.batch = batch
        if isRecalled(batch, of: old.product) { lots[reference]?.status = .recalled }
      }
    }
    return "\(next("COR")) back 0: \(tally.told) = \(told(old.reference))"
  }

  mutating func setStatus(_ new: LotStatusChange) -> String {
    guard let lot = lot(new.lotID) else { return "lot-not-found" }
    lots[lot.reference]?.status = new.status
    return "Now \(told(lot.reference))"
  }

  func isRecalled(_ batch: String?, of product: Identifier) -> Bool {
    recalls.values.contains { !$0.isEnded && $0.blocks(batch, of: product) }
  }

  /// What became of the batch: received, sold, returned, written off, sent back; there, apart.
  mutating func recall(_ new: NewRecall, as id: Identifier) -> String {
    if let product = new.productID, articles[product] == nil { return "product-not-found" }
    let recall = Recall(batch: new.batchNo, product: new.productID)
    if recalls.values.contains(where: {
      !$0.isEnded && $0.product == recall.product && $0.batch.lowercased() == recall.batch.lowercased()
    }) {
      return "recall-exists"
    }
    recalls[id] = recall
    let all = order.compactMap { lots[$0] }.filter { recall.blocks($0.batch, of: $0.product) }
    for lot in all { lots[lot.reference]?.status = .recalled }
    func sum(_ kind: MovementKind) -> Int64 { all.reduce(0) { $0 + ($1.moved[kind] ?? 0) } }
    let apart = all.filter { $0.parent != nil }.reduce(0) { $0 + $1.left }
    let there = all.filter { $0.parent == nil }.reduce(0) { $0 + $1.left }
    return "Of \(all.count) lots \(sum(.received) + sum(.corrected)), \(-sum(.sold)), \(sum(.returned)), \(-sum(.writtenOff)), "
      + "\(-sum(.returnedToSupplier)); \(there), \(apart)"
  }

  mutating func endRecall(_ id: Identifier) -> String {
    guard let recall = recalls[id] else { return "recall-not-found" }
    if recall.isEnded { return "recall-ended" }
    recalls[id]?.isEnded = true
    return "Ended \(recall.batch)"
  }

  /// Empties the lots that nothing but corrections ever moved.
  mutating func cancel(_ delivery: String, isPartial: Bool) -> String {
    guard let references = deliveries[delivery] else { return "stock-in-not-found" }
    func isUsed(_ reference: String) -> Bool {
      lots[reference]?.moved.keys.contains { $0 != .received && $0 != .corrected } ?? true
    }
    let used = references.filter(isUsed)
    if !isPartial, !used.isEmpty { return "stock-in-used: " + used.joined(separator: ", ") }
    let full = references.filter { !isUsed($0) }.compactMap { lots[$0] }.filter { $0.left > 0 }
    if full.isEmpty { return "stock-in-used: " + references.joined(separator: ", ") }
    var tally = Tally()
    for lot in full {
      move(lot.reference, .corrected, -lot.left)
      tally.add(lot.reference, .corrected, -lot.left, cost: lot.cost)
    }
    return "\(next("CAN")) back 0: \(tally.told)"
  }
}
