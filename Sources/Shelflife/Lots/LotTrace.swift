// Where a lot came from and who has it: forwards to every receipt, backwards to its delivery.

/// A lot with the sums of its movements.
package struct ReckonedLot: Sendable, Equatable {
  package let lot: Lot
  package let productName: String
  package let figures: LotFigures

  package var named: NamedLot { NamedLot(lot: lot, productName: productName) }
}

/// The sums of one lot's movements, or of several lots'. Received, less sold, written off and returned to the supplier, with what
/// came back, what counts and what corrections changed, is what is on hand.
package struct LotFigures: Sendable, Equatable {
  /// As delivered.
  package let received: Int
  package let sold: Int
  package let returned: Int
  package let writtenOff: Int
  package let returnedToSupplier: Int
  /// Below zero where less was found than the books had.
  package let counted: Int
  /// Below zero where less had come than was booked.
  package let corrected: Int
  package let onHand: Int
}

/// A receipt that took from a lot, with what of it came back since.
package struct LotReceipt: Sendable, Equatable {
  package let number: DocumentNumber
  package let saleID: Identifier
  package let soldAt: Instant
  /// By the name of that moment.
  package let soldBy: Actor
  package let paymentMethod: String
  package let note: String?
  package let productID: Identifier
  package let productName: String
  package let qty: Int
  package let returnedQty: Int

  var key: LotReceiptKey {
    LotReceiptKey(document: DocumentKey(day: number.day, number: number.number), productID: productID)
  }
}

/// Where a list of such receipts goes on.
package struct LotReceiptKey: Sendable, Equatable {
  package let document: DocumentKey
  package let productID: Identifier

  package init(document: DocumentKey, productID: Identifier) {
    self.document = document
    self.productID = productID
  }
}

/// What `lots.trace` answers.
package struct LotTrace: Sendable {
  package let lot: ReckonedLot
  /// Of units that came back, the delivery of the lot they were sold from; nil for a lot that a count found.
  package let delivery: StockIn?
  /// Of units that came back, the lot they were sold from.
  package let parent: Lot?
  /// Units of this lot that came back and are kept apart.
  package let siblings: [ReckonedLot]
  package let receipts: KeyedPage<LotReceipt, LotReceiptKey>
}

extension Lots {
  /// A lot's way through the shop, with a page of the receipts that took from it, newest first. Owner only.
  ///
  /// - Throws: `lotNotFound`.
  package static func trace(
    _ wanted: WantedLot, limit: Int, after: LotReceiptKey?, in read: ReadTransaction
  ) throws -> LotTrace {
    let id = try identifier(of: wanted, in: read)
    let family = try read.run(LotBookStatements.family, id)
    let today = read.context.today
    let lots = try read.run(LotBookStatements.reckoned, .init(ids: family, today: today))
    guard let lot = lots.first(where: { $0.lot.id == id }) else { throw Fault.lotNotFound([id]) }
    let delivery = try read.run(LotBookStatements.delivery, id).first
    let parent = try lot.lot.parentLotID.flatMap {
      try read.run(LotBookStatements.get, .init(id: $0, today: today, seesCosts: read.seesCosts)).first?.lot
    }
    let receipts = try read.run(LotBookStatements.receipts, .init(lotIDs: [id], limit: limit, after: after))
    return LotTrace(
      lot: lot, delivery: try delivery.flatMap { try read.run(StockInStatements.get, .id($0)).first }, parent: parent,
      siblings: lots.filter { $0.lot.id != id }, receipts: KeyedPage(receipts, limit: limit, key: \.key))
  }
}
