// The model's goods that come back and goods that go otherwise than by a sale.
@testable import Shelflife

/// How many units of a document go which way, whatever its lines: `STK-…-1 returned @ 10000 restock of 1: 3`.
struct Tally {
  private var units: [String: Int64] = [:]

  mutating func add(_ lot: String, _ kind: MovementKind, _ qty: Int64, cost: Int64, _ fate: String = "") {
    units["\(lot) \(kind.rawValue) @ \(cost)\(fate)", default: 0] += qty
  }

  var told: String { units.map { "\($0.key): \($0.value)" }.sorted().joined(separator: "; ") }
}

extension PlainShop {
  /// Units written off, and why.
  struct Lost {
    let day: Day
    let reason: String
    let qty: Int64
    let value: Int64
  }

  // MARK: - What customers bring back

  mutating func takeBack(_ new: NewReturn) -> String {
    guard case .id(let id) = new.sale, var receipt = receipts[id] else { return "sale-not-found" }
    if receipt.isVoided { return "sale-voided" }
    let all = receipt.lines.indices.map { (line: $0 + 1, qty: receipt.lines[$0].out.count, fate: new.disposition) }
    let items =
      new.items?.map { (line: $0.line, qty: Int($0.qty.count), fate: $0.disposition ?? new.disposition) }
      ?? all.filter { $0.qty > 0 || new.disposition == nil }
    if items.contains(where: { $0.fate == nil }) { return "validation-error" }
    if items.isEmpty {
      return "return-exceeds-sale: "
        + receipt.lines.enumerated().map { "\($0 + 1) \($1.qty) of 0" }.joined(separator: "; ")
    }
    var wanted: [Int: Int] = [:]
    for item in items { wanted[item.line, default: 0] += item.qty }
    let excess = wanted.sorted { $0.key < $1.key }.compactMap { line, qty -> String? in
      let returnable = receipt.lines.indices.contains(line - 1) ? receipt.lines[line - 1].out.count : 0
      return qty > returnable ? "\(line) \(qty) of \(returnable)" : nil
    }
    if !excess.isEmpty { return "return-exceeds-sale: " + excess.joined(separator: "; ") }

    var tally = Tally()
    var refund: Int64 = 0
    var apart: [String: String] = [:]
    for item in items {
      for _ in 0..<item.qty {
        let unit = receipt.lines[item.line - 1].out.removeLast()
        refund += receipt.lines[item.line - 1].price
        guard let lot = lots[unit.lot], let fate = item.fate else { continue }
        // What was recalled or has expired goes on no shelf.
        let isForced = fate == .restock && (lot.status == .recalled || lot.expiry.map { $0 < today } ?? false)
        let goes = isForced ? .quarantine : fate
        let target = goes == .quarantine ? apart[lot.reference] ?? addSibling(of: lot) : lot.reference
        if goes == .quarantine { apart[lot.reference] = target }
        move(target, .returned, 1)
        tally.add(target, .returned, 1, cost: unit.cost, " \(isForced ? "forced " : "")\(goes.rawValue) of \(item.line)")
        if goes == .destroy {
          move(target, .writtenOff, -1)
          losses.append(Lost(day: today, reason: "returned", qty: 1, value: lot.cost))
          tally.add(target, .writtenOff, -1, cost: lot.cost)
        }
      }
    }
    receipt.hasReturns = true
    receipts[id] = receipt
    return "\(next("RET")) back \(refund): \(tally.told)"
  }

  private mutating func addSibling(of lot: Lot) -> String {
    let number = (lots[lot.reference]?.siblings ?? 0) + 1
    lots[lot.reference]?.siblings = number
    let reference = "\(lot.reference)-Q\(number)"
    add(
      reference, of: lot.product, parent: lot.reference, receivedAt: lot.receivedAt, batch: lot.batch, expiry: lot.expiry,
      cost: lot.cost, status: .quarantined)
    return reference
  }

  /// What the receipt says afterwards, and the number of its void.
  mutating func void(_ id: Identifier, by caller: Caller) -> String {
    guard let receipt = receipts[id], caller.role == .owner || receipt.seller == caller.userID else { return "sale-not-found" }
    if receipt.isVoided { return "sale-voided" }
    if receipt.day != today { return "void-too-late" }
    if receipt.hasReturns { return "sale-has-returns" }
    for index in receipt.lines.indices {
      for unit in receipt.lines[index].out { move(unit.lot, .returned, 1) }
      receipts[id]?.lines[index].out = []
    }
    receipts[id]?.isVoided = true
    return "\(next("VOID")): \(receipt.told)"
  }

  /// What can still be given back of each line: `2 of 5; 0 of 1`.
  func returnable(_ id: Identifier) -> String {
    guard let receipt = receipts[id] else { return "sale-not-found" }
    let lines = receipt.lines.map { "\($0.out.count) of \($0.qty)" }.joined(separator: "; ")
    return receipt.isVoided ? "Voided: \(lines)" : "Open: \(lines)"
  }

  // MARK: - What is thrown away or sent back

  mutating func remove(_ new: NewRemoval) -> String {
    if case .loss(.other) = new.purpose, new.note == nil { return "validation-error" }
    if new.items.contains(where: { lot($0.lotID) == nil }) { return "lot-not-found" }
    var copy = self
    var wanted: [String: Int64] = [:]
    var short: [String] = []
    var tally = Tally()
    for item in new.items {
      guard let held = copy.lot(item.lotID) else { continue }
      let qty = item.qty.map { Int64($0.count) } ?? max(1, held.left)
      wanted[held.reference, default: 0] += qty
      if qty > held.left {
        if !short.contains(held.reference) { short.append(held.reference) }
        continue
      }
      switch new.purpose {
      case .loss(let loss): copy.writeOff(held, qty, because: loss.rawValue, &tally)
      case .supplier:
        copy.move(held.reference, .returnedToSupplier, -qty)
        tally.add(held.reference, .returnedToSupplier, -qty, cost: held.cost)
      }
    }
    if !short.isEmpty {
      return "lot-too-low: "
        + short.map { "\($0) \(wanted[$0] ?? 0) of \(lots[$0]?.left ?? 0)" }.joined(separator: "; ")
    }
    self = copy
    if case .loss = new.purpose { return "\(next("WOF")) back 0: \(tally.told)" }
    return "\(next("SUP")) back 0: \(tally.told)"
  }

  private mutating func writeOff(_ lot: Lot, _ qty: Int64, because reason: String, _ tally: inout Tally) {
    move(lot.reference, .writtenOff, -qty)
    losses.append(Lost(day: today, reason: reason, qty: qty, value: qty * lot.cost))
    tally.add(lot.reference, .writtenOff, -qty, cost: lot.cost)
  }

  private var expired: [Lot] {
    open.filter { lot in lot.expiry.map { $0 < today } ?? false }.sorted(by: Self.sellsBefore)
  }

  /// What has expired: `STK-…-1×3, STK-…-2×1`.
  var proposal: String { expired.map { "\($0.reference)×\($0.left)" }.joined(separator: ", ") }

  /// Writes off all that has expired, if it still is what was proposed.
  mutating func confirm(_ proposed: String) -> String {
    guard !proposed.isEmpty, proposed == proposal else { return "proposal-changed" }
    var tally = Tally()
    for lot in expired { writeOff(lot, lot.left, because: "expired", &tally) }
    return "\(next("WOF")) back 0: \(tally.told)"
  }
}
