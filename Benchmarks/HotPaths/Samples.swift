// The fixed inputs: a small catalogue, its lots, sales of three lines, and a tree of JSON.
import Shelflife

enum Samples {
  static let now = Instant(microsecondsSince2000: 826_459_200_000_000)
  static let today = Day(daysSince2000: 9_565)

  static var till: TillName {
    get throws { try TillName(parsing: "Till 1") }
  }

  private static func identifier(_ kind: UInt64, _ number: Int) -> Identifier {
    Identifier(high: 0x0190_0000_0000_7000 | kind, low: 0x8000_0000_0000_0000 | UInt64(number))
  }

  static let products = (0..<50).map(product)

  private static func product(_ number: Int) -> Product {
    Product(
      id: identifier(1, number), name: "Paracetamol 500 mg, \(number + 10) tablets", sellingPrice: Money(minor: 450),
      reorderLevel: 10, isActive: true, tracksExpiry: true, createdAt: now, updatedAt: now)
  }

  private static let byID = Dictionary(uniqueKeysWithValues: products.map { ($0.id, $0) })

  /// Five lots of each product, in the order in which they are locked; the second unit of the first sale comes from the second lot.
  private static let shelf = (0..<5).flatMap { place in
    products.enumerated().map { number, product in
      ShelfLot(
        id: identifier(2, number * 5 + place), productID: product.id, lotNumber: Int64(number * 5 + place),
        expiry: Day(daysSince2000: 9_700 + Int32(place)), receivedAt: now, status: .ok, remaining: place == 0 ? 1 : 1_000)
    }
  }

  private static let caller = Caller(userID: identifier(3, 1), sessionID: identifier(3, 2), role: .owner, credentialVersion: 1)

  private static let requests: [SaleRequest] = (0..<64).map { sale in
    SaleRequest(
      id: identifier(4, sale),
      items: [0, 7, 19].map { step in
        // Allowed: two units are a quantity.
        SaleRequestItem(
          productID: products[(sale * 3 + step) % products.count].id, qty: try! Quantity(2), expectedUnitPrice: Money(minor: 450))
      }, paymentMethod: "CARD", note: nil)
  }

  /// The lots that so many sales lock.
  static func shelf(_ size: Int) -> [ShelfLot] {
    let wanted = Set(requests.prefix(size).flatMap { $0.items.map(\.productID) })
    return shelf.filter { wanted.contains($0.productID) }
  }

  /// The sales and the lots that they lock.
  static func group(of size: Int) -> (sales: [PlannedSale], lots: [StockedLot]) {
    let lots = shelf(size)
    let stocked = lots.map {
      StockedLot(shelf: $0, refNo: "STK-20260310-0001-\($0.lotNumber)", seq: 3, unitCost: UnitCost(tenThousandths: 21_000))
    }
    return (plan(size, lots), stocked)
  }

  static func receipt(of sale: PlannedSale, _ lots: [StockedLot]) throws -> Sale {
    guard let number = DocumentNumber(.receipt, day: today, number: 1_234) else { throw Unexpected("no number") }
    return sale.sale(number: number, till: try till, lots: lots)
  }

  /// Plans sales the way a group does.
  static func plan(_ size: Int, _ lots: [ShelfLot]) -> [PlannedSale] {
    var shelf = Shelf(lots: lots, today: today)
    return requests.prefix(size).enumerated().map { place, request in
      // Allowed: the samples pass the rules.
      try! SaleRules.check(request, against: byID)
      let totals = try! SaleRules.totals(of: request, at: byID)
      guard case .taken(let allocations) = shelf.take(request.lines) else { preconditionFailure("the shelf is empty") }
      let lines = request.items.enumerated().map { index, item in
        PlannedLine(
          id: identifier(5, place * 3 + index), product: byID[item.productID] ?? products[0], qty: item.qty,
          lineTotal: totals.lines[index], allocations: allocations[index])
      }
      return PlannedSale(
        id: identifier(4, place), info: info(place), seller: Actor(id: caller.userID, name: "Asta Lind"),
        paymentMethod: request.paymentMethod, note: request.note, total: totals.total, lines: lines)
    }
  }

  private static func info(_ place: Int) -> CallInfo {
    CallInfo(
      method: "sales.create", now: now, caller: caller,
      key: WriteKey(client: "till-1-\(1_000_000 + place)", digest: Array(repeating: 7, count: 32)), moneyScale: 2,
      mayCommit: { true })
  }

  static func stockedProduct(_ number: Int) -> StockedProduct {
    let product = product(number)
    return StockedProduct(
      product: product, totalQty: 500, expiredQty: 0, nearestExpiry: Day(daysSince2000: 9_700),
      lots: (0..<5).map { place in
        Lot(
          id: identifier(2, number * 5 + place), productID: product.id, lotRefNo: "STK-20260310-0001-\(number * 5 + place)",
          batchNo: "B\(number)", expiryDate: Day(daysSince2000: 9_700 + Int32(place)), qtyReceived: 100, qtyRemaining: 100,
          unitCost: UnitCost(tenThousandths: 21_000), receivedAt: now, status: .ok, daysUntilExpiry: 135 + place, parentLotID: nil
        )
      })
  }

  /// Eight levels, about 4 KiB: text plain, escaped and beyond ASCII, numbers, literals, objects and arrays, written the way we write.
  static let tree: [UInt8] = Array(level(1).utf8)

  private static func level(_ depth: Int) -> String {
    let leaves = (0..<3).map { number in
      #"{"id":"01900000-0000-7001-8000-00000000000\#(number)","name":"Ibuprofène 400 mg","qty":\#(number * 1_250),"price":"12.50"}"#
    }
    let inner = depth == 4 ? "null" : level(depth + 1)
    return
      #"{"note":"a \"quoted\" line\nand another","active":true,"score":-12.5e3,"leaves":[\#(leaves.joined(separator: ","))],"#
      + #""plain":"The quick brown fox jumps over the lazy dog and comes back by the same way in the evening.","inner":[\#(inner)]}"#
  }
}
