// The model: a shop in a few plain lines, slow and obviously right, that the real one is compared with.
@testable import Shelflife

/// Moves one unit at a time. Knows every lot by the reference that stands on it. What it answers is in words: the name of a fault and
/// its culprits in small letters, or the number of what was made.
struct PlainShop {
  struct Article {
    var name: String
    var price: Int64
    var isActive: Bool
    var tracksExpiry: Bool
  }

  struct Lot {
    let reference: String
    let product: Identifier
    /// The lot beside which it stands, if a customer brought it back.
    var parent: String?
    let receivedAt: Instant
    /// Its place among all lots as they came.
    let place: Int
    var batch: String?
    var expiry: Day?
    var cost: Int64
    var status: LotStatus
    var left: Int64 = 0
    /// What all movements of a kind come to, of the kinds there were.
    var moved: [MovementKind: Int64] = [:]
    /// How often a count or a correction changed what is left.
    var rightings = 0
    var siblings = 0
    /// Known once the shop has told it.
    var id: Identifier?
  }

  /// A unit that a customer took home.
  struct Unit {
    let lot: String
    let cost: Int64
  }

  struct Receipt {
    struct Line {
      let product: Identifier
      let price: Int64
      let qty: Int
      /// In the order in which they were taken; the last one comes back first.
      var out: [Unit]
    }

    let id: Identifier
    let day: Day
    let seller: Identifier?
    /// What the till was told.
    let told: String
    var lines: [Line]
    var isVoided = false
    var hasReturns = false
  }

  /// What a call asks for, and what it was answered if it was made.
  struct Known {
    let call: String
    let saleID: Identifier
  }

  var now: Instant
  var today: Day
  var articles: [Identifier: Article] = [:]
  var lots: [String: Lot] = [:]
  /// All lots as they came, and each product's.
  var order: [String] = []
  /// Each product's lots that hold something.
  private var full: [Identifier: Set<String>] = [:]
  var shelves: [Identifier: [String]] = [:]
  var references: [Identifier: String] = [:]
  /// The lots that each delivery made.
  var deliveries: [String: [String]] = [:]
  var receipts: [Identifier: Receipt] = [:]
  /// The last number of each kind and day: `STK-20260310` to 12.
  var numbers: [String: Int] = [:]
  var known: [String: Known] = [:]
  var losses: [Lost] = []
  var recalls: [Identifier: Recall] = [:]
  var takes: [Identifier: StockTake] = [:]
  /// What each day ended with.
  var evenings: [Day: String] = [:]

  init(at now: Instant) {
    self.now = now
    today = now.day
  }

  // MARK: - Days, numbers and lots

  /// Goes on to a call's clock reading; a day that is over is noted as it ended.
  mutating func turn(to now: Instant) {
    if now.day > today { evenings[today] = evening }
    self.now = now
    today = now.day
  }

  mutating func next(_ kind: String) -> String {
    let day = "\(kind)-\(today.compactText)"
    let number = (numbers[day] ?? 0) + 1
    numbers[day] = number
    return "\(day)-\(String(repeating: "0", count: max(0, 4 - String(number).count)))\(number)"
  }

  mutating func add(
    _ reference: String, of product: Identifier, parent: String? = nil, receivedAt: Instant, batch: String?, expiry: Day?,
    cost: Int64, status: LotStatus
  ) {
    lots[reference] = Lot(
      reference: reference, product: product, parent: parent, receivedAt: receivedAt, place: order.count, batch: batch,
      expiry: expiry, cost: cost, status: status)
    order.append(reference)
    shelves[product, default: []].append(reference)
  }

  /// The one thing that ever happens to what is left of a lot.
  mutating func move(_ reference: String, _ kind: MovementKind, _ qty: Int64) {
    guard let product = lots[reference]?.product else { return }
    lots[reference]?.left += qty
    lots[reference]?.moved[kind, default: 0] += qty
    if qty != 0, kind == .counted || kind == .corrected { lots[reference]?.rightings += 1 }
    if lots[reference]?.left == 0 { full[product]?.remove(reference) } else { full[product, default: []].insert(reference) }
  }

  mutating func learn(_ id: Identifier, is reference: String) {
    references[id] = reference
    lots[reference]?.id = id
  }

  func lot(_ id: Identifier) -> Lot? { references[id].flatMap { lots[$0] } }

  /// The lots that hold something, by what stands on them, and as they came.
  var openReferences: [String] { full.values.joined().sorted() }
  var open: [Lot] { full.values.joined().compactMap { lots[$0] }.sorted { $0.place < $1.place } }

  var shelf: String {
    openReferences.map { "\($0):\(lots[$0]?.left ?? 0):\(lots[$0]?.status.rawValue ?? "")" }.joined(separator: " ")
  }

  /// What there is and what it cost: `2 lots, 12 units, 340000: STK-…-1 10 @ 30000 until 2026-04-01; …`.
  var evening: String {
    let value = open.reduce(0) { $0 + $1.left * $1.cost }
    let each = open.map { "\($0.reference) \($0.left) @ \($0.cost) until \($0.expiry?.text ?? "never")" }
    return "\(open.count) lots, \(open.reduce(0) { $0 + $1.left }) units, \(value): \(each.joined(separator: "; "))"
  }

  /// Earliest expiry first, none last; of one expiry what was received first, then as they came.
  static func sellsBefore(_ a: Lot, _ b: Lot) -> Bool {
    let (first, second) = (a.expiry ?? .latest, b.expiry ?? .latest)
    if first != second { return first < second }
    return a.receivedAt == b.receivedAt ? a.place < b.place : a.receivedAt < b.receivedAt
  }

  func standing(_ product: Identifier) -> [Lot] {
    (full[product] ?? []).compactMap { lots[$0] }.sorted(by: Self.sellsBefore)
  }

  func reasonNotToSell(_ lot: Lot) -> String? {
    if lot.status != .ok { return lot.status.rawValue }
    return lot.expiry.map { $0 < today } == true ? "expired" : nil
  }

  func available(_ product: Identifier) -> Int64 {
    standing(product).filter { reasonNotToSell($0) == nil }.reduce(0) { $0 + $1.left }
  }

  func name(_ id: Identifier) -> String { articles[id]?.name ?? "?" }

  func distinct(_ ids: [Identifier]) -> [Identifier] { ids.reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }

  // MARK: - Deliveries

  mutating func deliver(_ items: [NewStockInItem], allowExpired: Bool) -> String {
    let ids = distinct(items.map(\.productID))
    if ids.contains(where: { articles[$0] == nil }) { return "product-not-found" }
    let inactive = ids.filter { articles[$0]?.isActive == false }
    if !inactive.isEmpty { return "product-inactive: " + inactive.map(name).sorted().joined(separator: "; ") }
    if items.contains(where: { articles[$0.productID]?.tracksExpiry != ($0.expiryDate != nil) }) { return "validation-error" }
    if !allowExpired, items.contains(where: { item in item.expiryDate.map { $0 < today } ?? false }) { return "expiry-in-past" }
    let number = next("STK")
    for (index, item) in items.enumerated() {
      let reference = "\(number)-\(index + 1)"
      add(
        reference, of: item.productID, receivedAt: now, batch: item.batchNo, expiry: item.expiryDate,
        cost: item.unitCost.tenThousandths, status: isRecalled(item.batchNo, of: item.productID) ? .recalled : .ok)
      move(reference, .received, Int64(item.qtyAdded.count))
      deliveries[number, default: []].append(reference)
    }
    return number
  }

  // MARK: - Sales

  /// The outcome in the words of `told(_:)`.
  mutating func sell(_ call: SaleCall) -> String {
    let request = call.request
    let asked = "\(request)"
    if let key = call.info.key?.text, let known = known[key] {
      return known.call == asked ? "replays \(known.saleID)" : "idempotency-key-reused"
    }
    guard let id = request.id else { return "a sale of the model has an id" }
    if receipts[id] != nil { return "id-taken: \(id)" }
    if let refused = refusal(request) { return refused }

    var wanted: [Identifier: Int64] = [:]
    for item in request.items { wanted[item.productID, default: 0] += Int64(item.qty.count) }
    let short = distinct(request.items.map(\.productID)).filter { wanted[$0] ?? 0 > available($0) }
    if !short.isEmpty {
      return "stock-too-low: "
        + short.map { id in
          let skipped = standing(id).compactMap { lot in
            reasonNotToSell(lot).map { "\(shortLot(lot.reference))×\(lot.left) \($0)" }
          }.joined(separator: ", ")
          return "\(name(id)) \(wanted[id] ?? 0) of \(available(id))" + (skipped.isEmpty ? "" : " (\(skipped))")
        }.joined(separator: "; ")
    }

    let taken = take(request)
    let told = "\(next("RCPT").dropFirst(14)) \(taken.told)"
    receipts[id] = Receipt(id: id, day: today, seller: call.info.caller?.userID, told: told, lines: taken.lines)
    if let key = call.info.key?.text { known[key] = Known(call: asked, saleID: id) }
    return told
  }

  /// What a quote answers when nothing refuses it: its total, and of a short product what there is.
  func quote(_ request: SaleRequest) -> String {
    if let refused = refusal(request) { return refused }
    var copy = self
    return copy.take(request).told
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

  private mutating func take(_ request: SaleRequest) -> (lines: [Receipt.Line], told: String) {
    let lines = request.items.map { item in
      Receipt.Line(
        product: item.productID, price: articles[item.productID]?.price ?? 0, qty: Int(item.qty.count),
        out: take(item.productID, item.qty.count))
    }
    let each = lines.map { line in
      var takes: [(lot: String, qty: Int)] = []
      for unit in line.out {
        if takes.last?.lot == unit.lot { takes[takes.count - 1].qty += 1 } else { takes.append((unit.lot, 1)) }
      }
      let lots = takes.map { "\(shortLot($0.lot))×\($0.qty)" }.joined(separator: " ")
      return "\(name(line.product)) \(line.qty) @ \(money(line.price)) [\(lots)]"
    }
    let total = lines.reduce(0) { $0 + $1.price * Int64($1.qty) }
    return (lines, "\(each.joined(separator: "; ")) = \(money(total))")
  }

  private mutating func take(_ product: Identifier, _ qty: Int32) -> [Unit] {
    let sellable = standing(product).filter { reasonNotToSell($0) == nil }
    var units: [Unit] = []
    for _ in 0..<qty {
      guard let best = sellable.first(where: { lots[$0.reference]?.left ?? 0 > 0 }) else { break }
      move(best.reference, .sold, -1)
      units.append(Unit(lot: best.reference, cost: best.cost))
    }
    return units
  }

  private func money(_ minor: Int64) -> String {
    "\(minor / 100).\(minor % 100 < 10 ? "0" : "")\(minor % 100)"
  }
}
