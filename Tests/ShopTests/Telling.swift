// Outcomes in words, so that a table of scenarios reads like a shop day and two outcomes compare as text.
@testable import Shelflife

extension Sale {
  /// `0001 Aspirin 5 @ 2.50 [1×3 2×2]; Zinc 1 @ 4.00 [3×1] = 16.50`, the lots by the numbers of their deliveries.
  var told: String {
    let lines = items.map { item in
      let takes = item.allocations.map { "\(shortLot($0.lotRefNo))×\($0.qtyTaken)" }.joined(separator: " ")
      return "\(item.productName) \(item.qty) @ \(item.unitPrice.text(digits: 2)) [\(takes)]"
    }
    return "\(number.text.dropFirst(14)) \(lines.joined(separator: "; ")) = \(totalAmount.text(digits: 2))"
  }
}

/// `STK-20260310-0012-1` is `12`; a later line of the delivery shows.
func shortLot(_ reference: String) -> String {
  let parts = reference.split(separator: "-")
  let delivery = parts[2].drop { $0 == "0" }
  return parts[3] == "1" ? String(delivery) : "\(delivery).\(parts[3])"
}

extension Fault {
  /// The name and every culprit.
  func told(_ names: [Identifier: String]) -> String {
    func called(_ id: Identifier) -> String { names[id] ?? "?" }
    let culprits: [String] =
      switch self {
      case .productNotFound(let ids), .productInactive(let ids): ids.map(called)
      case .priceChanged(let changes):
        changes.map { "\($0.path) \(called($0.productID)) \($0.expected.text(digits: 2)) now \($0.current.text(digits: 2))" }
      case .stockTooLow(let shortages):
        shortages.map { short in
          let skipped = short.skippedLots.map { "\(shortLot($0.lotRefNo))×\($0.qty) \($0.reason)" }.joined(separator: ", ")
          return "\(short.productName) \(short.requested) of \(short.available)" + (skipped.isEmpty ? "" : " (\(skipped))")
        }
      case .idTaken(let id): [id.text]
      case .clockMovedBackwards(let today, let newest), .clockJumpedAhead(let today, let newest): ["\(today) against \(newest)"]
      case .validation(let issues), .expiryInPast(let issues): issues.map { "\($0.path) \($0.code)" }
      default: []
      }
    return ([description.name] + [culprits.joined(separator: "; ")]).filter { !$0.isEmpty }.joined(separator: ": ")
  }
}

extension SaleOutcome<Sale> {
  func told(_ names: [Identifier: String]) -> String {
    switch self {
    case .done(.done(let sale), _): sale.told
    case .done(.replayed(.sale(let id)), _): "replays \(id)"
    case .done(.replayed(.bytes), _): "replays bytes"
    case .refused(let fault): fault.told(names)
    case .notYet: "not yet"
    }
  }
}

extension ShopSession {
  /// Makes sales whose replies are the sales themselves.
  func sell(_ calls: [SaleCall], at till: TillName) throws -> [SaleOutcome<Sale>] {
    try sell(calls, at: till) { _, sale, _ in sale }
  }
}

extension Inventory {
  /// A page of the products themselves.
  static func list(
    _ filter: ProductFilter, withLots: Bool, includeEmpty: Bool = false, in read: ReadTransaction
  ) throws -> KeyedPage<StockedProduct, NameKey> {
    try list(filter, withLots: withLots, includeEmpty: includeEmpty, in: read) { $0 }
  }
}
