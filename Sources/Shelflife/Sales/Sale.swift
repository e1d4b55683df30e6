// The nouns of selling: what a till asks for, what a receipt says, which lots went out.

/// What `sales.create` and `sales.quote` are given.
package struct SaleRequest: Sendable {
  package let id: Identifier?
  package let items: [SaleRequestItem]
  package let paymentMethod: String
  package let note: String?

  package init(id: Identifier?, items: [SaleRequestItem], paymentMethod: String, note: String?) {
    self.id = id
    self.items = items
    self.paymentMethod = paymentMethod
    self.note = note
  }
}

package struct SaleRequestItem: Sendable {
  package let productID: Identifier
  package let qty: Quantity
  package let expectedUnitPrice: Money?

  package init(productID: Identifier, qty: Quantity, expectedUnitPrice: Money?) {
    self.productID = productID
    self.qty = qty
    self.expectedUnitPrice = expectedUnitPrice
  }
}

/// A sale as its receipt has it. Names, prices and costs are frozen at the moment of sale.
package struct Sale: Sendable, Equatable {
  package let id: Identifier
  package let number: DocumentNumber
  package let soldBy: Actor
  package let soldAt: Instant
  package let totalAmount: Money
  package let paymentMethod: String
  package let note: String?
  /// The till that sold; nil for what was sold before tills had names.
  package let till: String?
  package let items: [SaleItem]
  /// What became of the receipt since; a sale that was just made knows nothing of it.
  package var voided: Reversal?
  package var refunded: Money?
}

/// A receipt printed again: copy 1 is the first one after the receipt itself.
package struct Reprint: Sendable {
  package let sale: Sale
  package let copyNo: Int
}

package struct SaleItem: Sendable, Equatable {
  package let id: Identifier
  package let line: Int
  package let productID: Identifier
  package let productName: String
  package let qty: Int
  package let unitPrice: Money
  package let lineTotal: Money
  package let allocations: [SaleAllocation]
  /// Units that were brought back since; nil if none was.
  package var returnedQty: Int?
}

/// What a line took from one lot.
package struct SaleAllocation: Sendable, Equatable {
  package let lotID: Identifier
  package let lotRefNo: String
  package let expiryDate: Day?
  package let qtyTaken: Int
  /// Nil for staff, who see no cost.
  package let unitCost: UnitCost?
}

/// What a sale would be, made now: nothing is reserved.
package struct Quote: Sendable {
  package let items: [QuoteItem]
  package let totalAmount: Money
  package let shortages: [ShortProduct]
}

package struct QuoteItem: Sendable {
  package let line: Int
  package let productID: Identifier
  package let productName: String
  package let qty: Int
  package let unitPrice: Money
  package let lineTotal: Money
  package let allocations: [SaleAllocation]
  package let skippedLots: [UnsellableLot]
}

/// Which sales a list is asked for, newest first.
package struct SaleFilter: Sendable {
  package let from: Day?
  package let to: Day?
  package let soldByUserID: Identifier?
  package let productID: Identifier?
  /// Only sales that took from this lot.
  package let lotID: Identifier?
  package let receiptNo: DocumentNumber?
  package let limit: Int
  package let after: DocumentKey?

  package init(
    from: Day?, to: Day?, soldByUserID: Identifier?, productID: Identifier?, lotID: Identifier? = nil,
    receiptNo: DocumentNumber?, limit: Int, after: DocumentKey?
  ) {
    self.from = from
    self.to = to
    self.soldByUserID = soldByUserID
    self.productID = productID
    self.lotID = lotID
    self.receiptNo = receiptNo
    self.limit = limit
    self.after = after
  }
}
