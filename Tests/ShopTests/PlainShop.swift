// The model: a shop in a few plain lines, slow and obviously right, that the real one is compared with.
@testable import Shelflife

/// Sells one unit at a time, each from the best lot that may be sold.
struct PlainShop {
  struct Article {
    var name: String
    var price: Int64
    var isActive: Bool
    var tracksExpiry: Bool
  }

  struct Lot {
    let reference: String
    let expiry: Day?
    var left: Int64
  }

  /// What a call asks for, and what it was answered if it was made.
  struct Known {
    let call: String
    let saleID: Identifier
  }

  var articles: [Identifier: Article] = [:]
  /// Each product's lots in the order in which they came.
  var lots: [Identifier: [Lot]] = [:]
  var receipts: [Day: Int] = [:]
  var deliveries: [Day: Int] = [:]
  var known: [String: Known] = [:]
  var saleIDs: Set<Identifier> = []

  var openLots: String {
    lots.values.joined().filter { $0.left > 0 }.map { "\($0.reference):\($0.left)" }.sorted().joined(separator: " ")
  }

  static func number(_ kind: String, _ day: Day, _ number: Int) -> String {
    "\(kind)-\(day.compactText)-\(String(repeating: "0", count: max(0, 4 - String(number).count)))\(number)"
  }

  mutating func deliver(_ items: [NewStockInItem], today: Day, allowExpired: Bool) -> String {
    let missing = distinct(items.map(\.productID)).filter { articles[$0] == nil }
    if !missing.isEmpty { return "product-not-found \(missing.count)" }
    let inactive = distinct(items.map(\.productID)).filter { articles[$0]?.isActive == false }
    if !inactive.isEmpty { return "product-inactive \(inactive.count)" }
    if items.contains(where: { articles[$0.productID]?.tracksExpiry != ($0.expiryDate != nil) }) { return "validation-error" }
    if !allowExpired, items.contains(where: { item in item.expiryDate.map { $0 < today } ?? false }) { return "expiry-in-past" }
    deliveries[today, default: 0] += 1
    let number = Self.number("STK", today, deliveries[today] ?? 0)
    for (index, item) in items.enumerated() {
      lots[item.productID, default: []].append(
        Lot(reference: "\(number)-\(index + 1)", expiry: item.expiryDate, left: Int64(item.qtyAdded.count)))
    }
    return number
  }

  /// The outcome in the words of `told(_:)`.
  mutating func sell(_ call: SaleCall, today: Day) -> String {
    let request = call.request
    let asked = "\(request)"
    if let key = call.info.key?.text, let known = known[key] {
      return known.call == asked ? "replays \(known.saleID)" : "idempotency-key-reused"
    }
    if let id = request.id, saleIDs.contains(id) { return "id-taken: \(id)" }
    if let refused = refusal(request) { return refused }

    var wanted: [Identifier: Int64] = [:]
    for item in request.items { wanted[item.productID, default: 0] += Int64(item.qty.count) }
    let short = distinct(request.items.map(\.productID)).filter { wanted[$0] ?? 0 > available($0, today) }
    if !short.isEmpty {
      return "stock-too-low: "
        + short.map { id in
          let old = sorted(id).filter { $0.left > 0 && !isSellable($0, today) }
          let skipped = old.map { "\(shortLot($0.reference))×\($0.left) expired" }.joined(separator: ", ")
          return "\(name(id)) \(wanted[id] ?? 0) of \(available(id, today))" + (skipped.isEmpty ? "" : " (\(skipped))")
        }.joined(separator: "; ")
    }

    var total: Int64 = 0
    let lines = request.items.map { item -> String in
      let price = articles[item.productID]?.price ?? 0
      total += price * Int64(item.qty.count)
      return "\(name(item.productID)) \(item.qty.count) @ \(money(price)) [\(take(item.productID, item.qty.count, today))]"
    }
    receipts[today, default: 0] += 1
    if let id = request.id {
      saleIDs.insert(id)
      if let key = call.info.key?.text { known[key] = Known(call: asked, saleID: id) }
    }
    let number = Self.number("RCPT", today, receipts[today] ?? 0)
    return "\(number.dropFirst(14)) \(lines.joined(separator: "; ")) = \(money(total))"
  }

  /// What a quote answers when nothing refuses it: its total and which products are short.
  func quote(_ request: SaleRequest, today: Day) -> String {
    if let refused = refusal(request) { return refused }
    var copy = self
    var total: Int64 = 0
    let lines = request.items.map { item -> String in
      let price = articles[item.productID]?.price ?? 0
      total += price * Int64(item.qty.count)
      return "\(name(item.productID)) \(item.qty.count) @ \(money(price)) [\(copy.take(item.productID, item.qty.count, today))]"
    }
    return "\(lines.joined(separator: "; ")) = \(money(total))"
  }

  private func refusal(_ request: SaleRequest) -> String? {
    let ids = distinct(request.items.map(\.productID))
    let missing = ids.filter { articles[$0] == nil }
    if !missing.isEmpty { return "product-not-found: " + missing.map { _ in "?" }.joined(separator: "; ") }
    let inactive = ids.filter { articles[$0]?.isActive == false }
    if !inactive.isEmpty { return "product-inactive: " + inactive.map(name).joined(separator: "; ") }
    let changed = request.items.enumerated().compactMap { index, item -> String? in
      guard let expected = item.expectedUnitPrice?.minor, let price = articles[item.productID]?.price, price != expected else {
        return nil
      }
      return "items[\(index)].expectedUnitPrice \(name(item.productID)) \(money(expected)) now \(money(price))"
    }
    return changed.isEmpty ? nil : "price-changed: " + changed.joined(separator: "; ")
  }

  func available(_ id: Identifier, _ today: Day) -> Int64 {
    (lots[id] ?? []).filter { isSellable($0, today) }.reduce(0) { $0 + $1.left }
  }

  private mutating func take(_ id: Identifier, _ qty: Int32, _ today: Day) -> String {
    var taken: [(reference: String, qty: Int)] = []
    for _ in 0..<qty {
      guard let best = sorted(id).first(where: { $0.left > 0 && isSellable($0, today) }),
        let place = lots[id]?.firstIndex(where: { $0.reference == best.reference })
      else { break }
      lots[id]?[place].left -= 1
      if taken.last?.reference == best.reference { taken[taken.count - 1].qty += 1 } else { taken.append((best.reference, 1)) }
    }
    return taken.map { "\(shortLot($0.reference))×\($0.qty)" }.joined(separator: " ")
  }

  private func isSellable(_ lot: Lot, _ today: Day) -> Bool { lot.expiry.map { today <= $0 } ?? true }

  /// Earliest expiry first, none last; of one expiry as they came, which a stable sort keeps.
  private func sorted(_ id: Identifier) -> [Lot] {
    (lots[id] ?? []).sorted { ($0.expiry ?? .latest) < ($1.expiry ?? .latest) }
  }

  private func name(_ id: Identifier) -> String { articles[id]?.name ?? "?" }

  private func distinct(_ ids: [Identifier]) -> [Identifier] {
    ids.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  private func money(_ minor: Int64) -> String {
    "\(minor / 100).\(minor % 100 < 10 ? "0" : "")\(minor % 100)"
  }
}
