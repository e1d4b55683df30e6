// The nouns of stock: lots and a product's totals over them.

/// A lot as clients see it on a given business date.
package struct Lot: Sendable, Equatable {
  package let id: Identifier
  package let productID: Identifier
  package let lotRefNo: String
  package let batchNo: String?
  package let expiryDate: Day?
  package let qtyReceived: Int
  package let qtyRemaining: Int
  /// Nil for staff, who see no cost.
  package let unitCost: UnitCost?
  package let receivedAt: Instant
  package let status: LotStatus
  package let daysUntilExpiry: Int?
  /// Of a lot that came about by a return which may not be sold: the lot that it was sold from.
  package let parentLotID: Identifier?

  package init(
    id: Identifier, productID: Identifier, lotRefNo: String, batchNo: String?, expiryDate: Day?, qtyReceived: Int,
    qtyRemaining:
      Int, unitCost: UnitCost?, receivedAt: Instant, status: LotStatus, daysUntilExpiry: Int?, parentLotID: Identifier?
  ) {
    self.id = id
    self.productID = productID
    self.lotRefNo = lotRefNo
    self.batchNo = batchNo
    self.expiryDate = expiryDate
    self.qtyReceived = qtyReceived
    self.qtyRemaining = qtyRemaining
    self.unitCost = unitCost
    self.receivedAt = receivedAt
    self.status = status
    self.daysUntilExpiry = daysUntilExpiry
    self.parentLotID = parentLotID
  }
}

/// A product with what is on its shelf.
package struct StockedProduct: Sendable {
  package let product: Product
  /// Sellable on the business date: status ok and not expired.
  package let totalQty: Int
  package let expiredQty: Int
  /// Of sellable stock.
  package let nearestExpiry: Day?
  package let lots: [Lot]?

  /// Adds up what `ProductStatements` has the server add up where nobody asks for the lots.
  ///
  /// - Parameter lots: all of the product that have stock, in FEFO order; others may be among them.
  init(product: Product, lots: [Lot]) {
    var totalQty = 0
    var expiredQty = 0
    var nearestExpiry: Day?
    for lot in lots where lot.qtyRemaining > 0 {
      if let days = lot.daysUntilExpiry, days < 0 {
        expiredQty += lot.qtyRemaining
      } else if lot.status == .ok {
        totalQty += lot.qtyRemaining
        nearestExpiry = nearestExpiry ?? lot.expiryDate
      }
    }
    self.init(product: product, totalQty: totalQty, expiredQty: expiredQty, nearestExpiry: nearestExpiry, lots: lots)
  }

  package init(product: Product, totalQty: Int, expiredQty: Int, nearestExpiry: Day?, lots: [Lot]?) {
    self.product = product
    self.totalQty = totalQty
    self.expiredQty = expiredQty
    self.nearestExpiry = nearestExpiry
    self.lots = lots
  }
}
