// Goods that leave other than by a sale: thrown away, or sent back to the supplier.

/// What `stock.writeOff` and `stock.returnToSupplier` are given.
package struct NewRemoval: Sendable {
  package let id: Identifier?
  package let items: [NewRemovalItem]
  package let purpose: Purpose
  package let note: String?

  package enum Purpose: Sendable {
    case loss(Loss)
    case supplier(name: String?, reason: String)
  }

  package init(id: Identifier?, items: [NewRemovalItem], purpose: Purpose, note: String?) {
    self.id = id
    self.items = items
    self.purpose = purpose
    self.note = note
  }
}

package struct NewRemovalItem: Sendable {
  package let lotID: Identifier
  /// Nil is all that the lot holds.
  package let qty: Quantity?

  package init(lotID: Identifier, qty: Quantity?) {
    self.lotID = lotID
    self.qty = qty
  }
}

/// Everything that has expired, to be written off once somebody has looked at it.
package struct ExpiredProposal: Sendable {
  package let items: [ExpiredItem]
  /// Stands for exactly these lots and quantities.
  package let confirmation: String
  /// Whether there are more lots than one call writes off.
  package let hasMore: Bool
  /// The write-off; nil while it is a proposal.
  package let document: StockDocument?

  package var qty: Int { items.reduce(0) { $0 + $1.qty } }
  package var value: Amount { Amount(tenThousandths: items.reduce(0) { $0 + $1.value.tenThousandths }) }
}

package struct ExpiredItem: Sendable, Equatable {
  package let lotID: Identifier
  package let lotRefNo: String
  package let productID: Identifier
  package let productName: String
  package let expiryDate: Day?
  package let qty: Int
  package let unitCost: UnitCost

  package var value: Amount { unitCost.times(Int32(clamping: qty)) }
}

package enum Removals {
  /// Books goods out under a document of their own. Owner only.
  ///
  /// Locks the lots, then the counter of the document's kind.
  /// - Throws: `validation` (a loss of no known kind without a note), `lotNotFound`, `lotTooLow`, `clockMovedBackwards`,
  ///   `clockJumpedAhead`, `idTaken`.
  package static func create(_ new: NewRemoval, in transaction: WriteTransaction) throws -> StockDocument {
    if case .loss(.other) = new.purpose, (new.note ?? "").isEmpty {
      throw Fault.validation([
        ValidationIssue(path: "note", code: "required", message: "Say in a note why the goods were thrown away.")
      ])
    }
    var draft = LedgerDraft(try transaction.hold(new.items.map(\.lotID)))
    for item in new.items {
      // All that is left of an empty lot is still one unit too many.
      let qty = item.qty?.count ?? max(1, draft.lots[item.lotID]?.remaining ?? 0)
      draft.book(new.purpose.movement, -qty, of: item.lotID)
    }
    let document = try StockDocuments.write(
      NewStockDocument(
        id: new.id ?? IdentifierMaker.shared.make(at: transaction.info.now), subject: new.purpose.subject,
        reason: new.purpose.reason, note: new.note),
      draft, in: transaction)
    transaction.changes = changes(of: document)
    return document
  }

  /// Proposes to write off everything that has expired, or does it once that very proposal is confirmed. Owner only.
  ///
  /// Locks those lots, the confirmed write-off then the counter of write-offs. A proposal changes nothing.
  /// - Throws: `proposalChanged` where the lots or quantities are no longer those of the confirmation; `clockMovedBackwards`,
  ///   `clockJumpedAhead`.
  package static func writeOffExpired(
    confirmation: String?, note: String?, in transaction: WriteTransaction
  ) throws -> ExpiredProposal {
    let today = transaction.context.today
    let ids = try transaction.run(
      RemovalStatements.expired, .init(today: today, limit: ShopLimits.lotsPerProposal + 1))
    let hasMore = ids.count > ShopLimits.lotsPerProposal
    let lots = try transaction.hold(ids.prefix(ShopLimits.lotsPerProposal)).filter {
      $0.remaining > 0 && $0.expiry.map { $0 < today } ?? false
    }
    let token = token(for: lots)
    let items = lots.map { lot in
      ExpiredItem(
        lotID: lot.id, lotRefNo: lot.refNo, productID: lot.productID, productName: lot.productName, expiryDate: lot.expiry,
        qty: Int(lot.remaining), unitCost: lot.unitCost)
    }
    guard let confirmation else {
      return ExpiredProposal(items: items, confirmation: token, hasMore: hasMore, document: nil)
    }
    guard confirmation == token, !lots.isEmpty else { throw Fault.proposalChanged }
    var draft = LedgerDraft(lots)
    for lot in lots { draft.book(.writtenOff, -lot.remaining, of: lot.id) }
    let document = try StockDocuments.write(
      NewStockDocument(
        id: IdentifierMaker.shared.make(at: transaction.info.now), subject: .writeOff(.expired), reason: nil, note: note),
      draft, in: transaction)
    transaction.changes = changes(of: document)
    return ExpiredProposal(items: items, confirmation: token, hasMore: hasMore, document: document)
  }

  private static func token(for lots: [HeldLot]) -> String {
    Digest.sha256(lots.map { "\($0.id.text) \($0.remaining)" }.joined(separator: "\n")).hex
  }

  private static func changes(of document: StockDocument) -> [AuditChange] {
    [
      .made("documentNo", document.number.text), .made("loss", document.subject.loss?.rawValue),
      .made("supplierName", document.subject.supplierName), .made("reason", document.reason),
      .made("costValue", document.costValue.text),
    ].compactMap(\.self)
  }
}

extension NewRemoval.Purpose {
  fileprivate var movement: MovementKind {
    switch self {
    case .loss: .writtenOff
    case .supplier: .returnedToSupplier
    }
  }

  fileprivate var subject: StockDocument.Subject {
    switch self {
    case .loss(let loss): .writeOff(loss)
    case .supplier(let name, _): .supplierReturn(supplier: name)
    }
  }

  fileprivate var reason: String? {
    if case .supplier(_, let reason) = self { reason } else { nil }
  }
}
