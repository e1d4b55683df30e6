// One sale worked out in memory against prices and lots already read: lines, prices, totals, and where each unit comes from.

/// A lot as the database gave it to a sale, with what the receipt and the ledger need of it.
package struct StockedLot: Sendable {
  let shelf: ShelfLot
  let refNo: String
  let seq: Int32
  let unitCost: UnitCost

  package init(shelf: ShelfLot, refNo: String, seq: Int32, unitCost: UnitCost) {
    self.shelf = shelf
    self.refNo = refNo
    self.seq = seq
    self.unitCost = unitCost
  }

  /// The same lot after its movement `seq`, which left so much.
  func moved(to seq: Int32, leaving remaining: Int32) -> StockedLot {
    StockedLot(
      shelf: ShelfLot(
        id: shelf.id, productID: shelf.productID, lotNumber: shelf.lotNumber, expiry: shelf.expiry, receivedAt: shelf.receivedAt,
        status: shelf.status, remaining: remaining),
      refNo: refNo, seq: seq, unitCost: unitCost)
  }
}

/// A line that may be sold: its product as it is now and the lots it takes from.
package struct PlannedLine: Sendable {
  let id: Identifier
  let product: Product
  let qty: Quantity
  let lineTotal: Money
  let allocations: [Allocation]

  package init(id: Identifier, product: Product, qty: Quantity, lineTotal: Money, allocations: [Allocation]) {
    self.id = id
    self.product = product
    self.qty = qty
    self.lineTotal = lineTotal
    self.allocations = allocations
  }
}

/// A sale that may be written.
package struct PlannedSale: Sendable {
  let id: Identifier
  let info: CallInfo
  let seller: Actor
  let paymentMethod: String
  let note: String?
  let total: Money
  let lines: [PlannedLine]

  package init(
    id: Identifier, info: CallInfo, seller: Actor, paymentMethod: String, note: String?, total: Money, lines: [PlannedLine]
  ) {
    self.id = id
    self.info = info
    self.seller = seller
    self.paymentMethod = paymentMethod
    self.note = note
    self.total = total
    self.lines = lines
  }

  /// The receipt, once its number is known.
  package func sale(number: DocumentNumber, till: TillName, lots: [StockedLot]) -> Sale {
    Sale(
      id: id, number: number, soldBy: seller, soldAt: info.now, totalAmount: total, paymentMethod: paymentMethod, note: note,
      till: till.text,
      items: lines.enumerated().map { index, line in
        SaleItem(
          id: line.id, line: index + 1, productID: line.product.id, productName: line.product.name, qty: Int(line.qty.count),
          unitPrice: line.product.sellingPrice, lineTotal: line.lineTotal,
          allocations: line.allocations.map { $0.described(by: lots, withCost: info.caller?.role == .owner) })
      })
  }
}

extension Allocation {
  func described(by lots: [StockedLot], withCost: Bool) -> SaleAllocation {
    let lot = lots[lotIndex]
    return SaleAllocation(
      lotID: lotID, lotRefNo: lot.refNo, expiryDate: lot.shelf.expiry, qtyTaken: Int(taken),
      unitCost: withCost ? lot.unitCost : nil)
  }
}

/// The rules that a sale passes before any stock is taken, each naming every culprit, in the order of the contract.
package enum SaleRules {
  package static func check(_ request: SaleRequest, against products: [Identifier: Product]) throws(Fault) {
    let isPlain = request.items.allSatisfy { item in
      guard let product = products[item.productID], product.isActive else { return false }
      return item.expectedUnitPrice.map { $0 == product.sellingPrice } ?? true
    }
    if isPlain { return }
    let ids = request.distinctProducts
    let missing = ids.filter { products[$0] == nil }
    if !missing.isEmpty { throw .productNotFound(missing) }
    let inactive = ids.filter { products[$0]?.isActive == false }
    if !inactive.isEmpty { throw .productInactive(inactive) }
    let changes = request.items.enumerated().compactMap { index, item -> PriceChange? in
      guard let expected = item.expectedUnitPrice, let current = products[item.productID]?.sellingPrice, current != expected
      else {
        return nil
      }
      return PriceChange(
        path: "items[\(index)].expectedUnitPrice", productID: item.productID, expected: expected, current: current)
    }
    if !changes.isEmpty { throw .priceChanged(changes) }
  }

  /// A sale's line totals and their sum.
  ///
  /// - Throws: `validation`, if the sum is beyond what an amount can hold.
  package static func totals(
    of request: SaleRequest, at products: [Identifier: Product]
  ) throws(Fault) -> (lines: [Money], total: Money) {
    var lines: [Money] = []
    var total = Money.zero
    for (index, item) in request.items.enumerated() {
      guard let line = (products[item.productID]?.sellingPrice ?? .zero).times(item.qty), let sum = total.plus(line) else {
        throw .validation([
          ValidationIssue(
            path: "items[\(index)].qty", code: "out-of-range", message: "The total is larger than an amount can be.")
        ])
      }
      lines.append(line)
      total = sum
    }
    return (lines, total)
  }
}

extension SaleRequest {
  /// The products of the sale, in the order in which its lines name them first.
  var distinctProducts: [Identifier] {
    var seen = Set<Identifier>()
    return items.map(\.productID).filter { seen.insert($0).inserted }
  }

  package var lines: [SaleLine] { items.map { SaleLine(productID: $0.productID, quantity: $0.qty) } }
}

extension Shortage {
  func described(by products: [Identifier: Product], lots: [StockedLot]) -> ShortProduct {
    ShortProduct(
      productID: productID, productName: products[productID]?.name ?? "", requested: requested, available: available,
      skippedLots: skippedLots.map { $0.described(by: lots) })
  }
}

extension SkippedLot {
  func described(by lots: [StockedLot]) -> UnsellableLot {
    let lot = lots[lotIndex]
    return UnsellableLot(
      lotID: lotID, lotRefNo: lot.refNo, expiryDate: lot.shelf.expiry, qty: Int(remaining), reason: reason)
  }
}
