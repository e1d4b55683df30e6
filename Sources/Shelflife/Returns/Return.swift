// The nouns of taking goods back.

/// What `sales.return` is given. Without items it is all that can still be given back.
package struct NewReturn: Sendable {
  package let id: Identifier?
  package let sale: DocumentReference
  package let items: [NewReturnItem]?
  /// Of every item that names none.
  package let disposition: Disposition?
  package let reason: String?
  package let note: String?

  package init(
    id: Identifier?, sale: DocumentReference, items: [NewReturnItem]?, disposition: Disposition?, reason: String?, note: String?
  ) {
    self.id = id
    self.sale = sale
    self.items = items
    self.disposition = disposition
    self.reason = reason
    self.note = note
  }
}

package struct NewReturnItem: Sendable {
  /// The line of the receipt.
  package let line: Int
  package let qty: Quantity
  package let disposition: Disposition?

  package init(line: Int, qty: Quantity, disposition: Disposition?) {
    self.line = line
    self.qty = qty
    self.disposition = disposition
  }
}

/// What `sales.void` is given.
package struct NewVoid: Sendable {
  package let sale: DocumentReference
  package let reason: String

  package init(sale: DocumentReference, reason: String) {
    self.sale = sale
    self.reason = reason
  }
}

/// A receipt as whoever takes goods back may see it: what was sold at which price, not by whom.
package struct ReturnableSale: Sendable, Equatable {
  package let id: Identifier
  package let number: DocumentNumber
  package let isVoided: Bool
  /// What was refunded so far.
  package let refunded: Money
  package let items: [ReturnableItem]
}

package struct ReturnableItem: Sendable, Equatable {
  package let line: Int
  package let productID: Identifier
  package let productName: String
  package let qty: Int
  package let returnedQty: Int
  package let unitPrice: Money
  /// Units that can still be given back.
  package let returnableQty: Int
}
