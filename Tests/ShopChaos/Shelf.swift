// First expired, first out, worked out again: every sale in the order of the receipts, against lots of our own.

struct Shelf {
  struct Lot {
    let id: String
    let expiry: String
    let isExpired: Bool
    let received: Int
    var remaining: Int
  }

  private var lots: [Int: [Lot]] = [:]
  /// The first lot of each product that is neither expired nor empty.
  private var next: [Int: Int] = [:]
  private let findings: Findings

  init(_ findings: Findings) { self.findings = findings }

  /// Lots come in the order of their expiry, except that deliveries may be acknowledged in another order than they were sent.
  mutating func add(_ lot: Lot, of product: Int) {
    let place = lots[product, default: []].lastIndex { $0.expiry <= lot.expiry }.map { $0 + 1 } ?? 0
    lots[product, default: []].insert(lot, at: place)
    next[product] = min(next[product] ?? 0, place)
  }

  /// A sale took so many units of a lot, as the next in the order of the receipts.
  mutating func take(_ qty: Int, of lot: String, product: Int, receipt: String) {
    guard var shelf = lots[product] else {
      return findings.violation("fefo", "\(receipt) sold product \(product), which never came")
    }
    lots[product] = nil
    defer { lots[product] = shelf }
    var place = next[product] ?? 0
    while place < shelf.count, shelf[place].isExpired || shelf[place].remaining == 0 { place += 1 }
    next[product] = place
    if place == shelf.count || shelf[place].id != lot {
      let expected = place == shelf.count ? "nothing" : shelf[place].id
      let actual = shelf.firstIndex { $0.id == lot }
      let kind = actual.map { shelf[$0].isExpired } == true ? "expired" : "fefo"
      findings.violation(kind, "\(receipt) took \(qty) of \(lot), product \(product), where \(expected) was next")
      guard let actual else { return }
      place = actual
    }
    shelf[place].remaining -= qty
    if shelf[place].remaining < 0 {
      findings.violation("stock", "\(receipt) took more of \(lot) than there was: \(shelf[place].remaining) are left")
    }
  }

  /// What may be sold of a product, and what has expired.
  func stock(of product: Int) -> (sellable: Int, expired: Int) {
    var stock = (sellable: 0, expired: 0)
    for lot in lots[product] ?? [] {
      if lot.isExpired { stock.expired += lot.remaining } else { stock.sellable += lot.remaining }
    }
    return stock
  }

  var products: [Int] { lots.keys.sorted() }
  var count: Int { lots.values.reduce(0) { $0 + $1.count } }

  /// Each lot with what is left of it.
  var remaining: [String: Int] {
    var left: [String: Int] = [:]
    for lot in lots.values.joined() { left[lot.id] = lot.remaining }
    return left
  }
}
