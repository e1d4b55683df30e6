// What events tell of goods that came back, of lots, recalls and stock takes.

/// Goods that a customer brought back, or a receipt that was voided.
package struct TakenBackNotice: Sendable {
  package let id: Identifier
  package let number: DocumentNumber
  package let saleID: Identifier
  package let receipt: DocumentNumber
  package let at: Instant
  package let by: Actor
  package let refund: Money
  let soldBy: Identifier
}

/// A lot as it stands now, without cost.
package struct LotNotice: Sendable {
  package let id: Identifier
  package let refNo: String
  package let productID: Identifier
  package let productName: String
  package let batchNo: String?
  package let expiryDate: Day?
  package let status: LotStatus
  package let qtyRemaining: Int
}

package struct RecallNotice: Sendable {
  package let id: Identifier
  package let batchNo: String
  /// Nil is every product.
  package let productID: Identifier?
  package let reason: String
  package let isOpen: Bool
}

package struct StockTakeNotice: Sendable {
  package let id: Identifier
  package let state: StockTake.State
  /// How many calls have counted so far.
  package let entries: Int
}
