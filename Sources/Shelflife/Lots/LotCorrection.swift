// Setting right what a delivery got wrong of a lot: its expiry, cost, batch or quantity. What was sold keeps what it saw.
import Postgres

/// What `lots.correct` is given: the members that are to be otherwise.
package struct LotCorrection: Sendable {
  package let lotID: Identifier
  package let expiryDate: Setting<Day>
  package let unitCost: UnitCost?
  package let batchNo: Setting<String>
  /// What the delivery should have said; 0 if it never came.
  package let qtyReceived: Int32?
  package let reason: String

  package init(
    lotID: Identifier, expiryDate: Setting<Day>, unitCost: UnitCost?, batchNo: Setting<String>, qtyReceived: Int32?,
    reason: String
  ) {
    self.lotID = lotID
    self.expiryDate = expiryDate
    self.unitCost = unitCost
    self.batchNo = batchNo
    self.qtyReceived = qtyReceived
    self.reason = reason
  }
}

/// A lot as a correction left it, and the document that says so.
package struct CorrectedLot: Sendable {
  package let lot: Lot
  package let document: StockDocument
}

extension Lots {
  /// Corrects a lot by a document with one movement, which carries the expiry and cost that hold from then on. Owner only.
  ///
  /// A corrected batch goes for the units that customers brought back too, which are kept in lots of their own. Under an open recall
  /// it makes them recalled. Locks the recalls (shared, if the batch changes), the product (shared), the lots, the kind's counter.
  /// - Throws: `lotNotFound`, `validation`, `lotTooLow`, `clockMovedBackwards`, `clockJumpedAhead`.
  package static func correct(_ correction: LotCorrection, in transaction: WriteTransaction) throws -> CorrectedLot {
    let id = correction.lotID
    guard let productID = try transaction.run(LotBookStatements.product, id).first else { throw Fault.lotNotFound([id]) }
    if case .set = correction.batchNo { try Recalls.shareOpen(in: transaction) }
    guard let product = try transaction.run(ProductStatements.share, [productID]).first else {
      throw Fault.productNotFound([productID])
    }
    let family = try holdFamily(of: id, withSiblings: correction.changesBatch, in: transaction)
    guard let old = family.first(where: { $0.id == id }) else { throw Fault.lotNotFound([id]) }
    try correction.check(old, of: product)

    let received = try qtyReceived(of: old, if: correction.qtyReceived != nil, in: transaction)
    let qty = correction.qtyReceived.map { $0 - received } ?? 0
    var new = old
    new.expiry = correction.expiryDate.applied(to: old.expiry)
    new.unitCost = correction.unitCost ?? old.unitCost
    new.batchNo = correction.batchNo.applied(to: old.batchNo)
    let isOtherBatch = new.batchNo != old.batchNo
    guard isOtherBatch || qty != 0 || new.expiry != old.expiry || new.unitCost != old.unitCost else {
      throw Fault.validation([
        ValidationIssue(path: "", code: "nothing-changes", message: "The lot is like that already: say what is to be otherwise.")
      ])
    }

    var draft = LedgerDraft(family)
    draft.change(id) { $0 = new }
    draft.book(.corrected, qty, of: id)
    let siblings = isOtherBatch ? family.filter { $0.id != id && $0.batchNo == old.batchNo }.map(\.id) : []
    for sibling in siblings {
      draft.change(sibling) { $0.batchNo = new.batchNo }
      draft.book(.corrected, 0, of: sibling)
    }
    let document = try StockDocuments.write(
      NewStockDocument(
        id: IdentifierMaker.shared.make(at: transaction.info.now), subject: .correction, reason: correction.reason, note: nil),
      draft, changed: [id] + siblings, in: transaction)

    if isOtherBatch, let batchNo = new.batchNo, try Recalls.blocks(batchNo, of: productID, in: transaction) {
      _ = try transaction.run(LotBookStatements.setStatus, .init(ids: [id] + siblings, status: .recalled))
      new.status = .recalled
    }
    // A delivery's digest holds the batches of its lines.
    if isOtherBatch, old.isDelivered, let stockInID = old.stockInID { transaction.audit(.stockIn, stockInID) }
    transaction.changes = [
      .changed("expiryDate", old.expiry?.text, new.expiry?.text), .changed("unitCost", old.unitCost.text, new.unitCost.text),
      .changed("batchNo", old.batchNo, new.batchNo), .changed("qtyReceived", String(received), String(received + qty)),
      .changed("status", old.status.rawValue, new.status.rawValue), .made("reason", correction.reason),
    ].compactMap(\.self)
    new.remaining += qty
    return CorrectedLot(lot: new.shown(on: transaction.context.today), document: document)
  }

  /// Locks a lot, and with it the lots of units that came back, if they are wanted.
  private static func holdFamily(
    of id: Identifier, withSiblings: Bool, in transaction: WriteTransaction
  ) throws -> [HeldLot] {
    try withSiblings ? transaction.holdAll { try transaction.run(LotBookStatements.family, id) } : transaction.hold([id])
  }

  /// What the delivery says by now: what it said, and all corrections since. Asked for under the lot's lock.
  private static func qtyReceived(of lot: HeldLot, if isWanted: Bool, in transaction: WriteTransaction) throws -> Int32 {
    guard isWanted, case .delivery(let delivered) = lot.origin else { return 0 }
    return delivered + (try transaction.run(LotBookStatements.corrections, lot.id).first ?? 0)
  }
}

extension LotCorrection {
  fileprivate var changesBatch: Bool { if case .kept = batchNo { false } else { true } }

  /// - Throws: `validation`, against what the lot and its product allow.
  fileprivate func check(_ lot: HeldLot, of product: Product) throws(Fault) {
    var issues: [ValidationIssue] = []
    if expiryDate != .kept, let issue = product.issue(with: expiryDate.applied(to: nil), at: "expiryDate") {
      issues.append(issue)
    }
    if qtyReceived != nil, !lot.isDelivered {
      issues.append(
        .init(path: "qtyReceived", code: "not-allowed", message: "This lot was not delivered: only its other members can change.")
      )
    }
    if !issues.isEmpty { throw .validation(issues) }
  }
}
