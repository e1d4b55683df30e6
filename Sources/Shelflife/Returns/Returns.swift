// Taking goods back: returns of single units to the lots they came from, and voids of whole receipts.
import Postgres

package enum Returns {
  /// A receipt with what of it can still be given back. Any signed-in user, whoever sold.
  ///
  /// - Throws: `saleNotFound`.
  package static func returnable(_ reference: DocumentReference, in read: ReadTransaction) throws -> ReturnableSale {
    let heads = try read.run(SaleStatements.get, .init(reference: reference, soldBy: nil))
    guard let sale = heads.first else { throw Fault.saleNotFound }
    let documents = try read.run(ReturnStatements.documents, [sale.id])
    let isVoided = documents.contains { $0.kind == .void }
    let lines = Dictionary(grouping: try read.run(ReturnStatements.takes, sale.id), by: \.receiptLine)
    let items = lines.keys.sorted().compactMap { line -> ReturnableItem? in
      guard let takes = lines[line], let first = takes.first else { return nil }
      let returned = isVoided ? 0 : takes.reduce(0) { $0 + Int($1.givenBack) }
      return ReturnableItem(
        line: line, productID: first.productID, productName: first.productName, qty: takes.reduce(0) { $0 + Int($1.qty) },
        returnedQty: returned, unitPrice: first.unitPrice, returnableQty: takes.reduce(0) { $0 + Int($1.returnable) })
    }
    return ReturnableSale(
      id: sale.id, number: sale.number, isVoided: isVoided, refunded: try refunded(documents.map(\.refund)), items: items)
  }

  /// Takes goods back from a customer: to the lots they came from, to lots of their own that are not sold, or to be destroyed; the
  /// refund is the price that was paid. Any signed-in user on any receipt, staff up to the store's limit for a receipt.
  ///
  /// Locks the receipt (advisory), then the lots, then the counter of returns.
  /// - Throws: `saleNotFound`, `saleVoided`, `validation` (an item without a disposition), `returnExceedsSale`,
  ///   `returnLimitExceeded`, `clockMovedBackwards`, `clockJumpedAhead`, `idTaken`.
  package static func create(_ new: NewReturn, in transaction: WriteTransaction) throws -> StockDocument {
    let (sale, documents) = try lock(new.sale, ownOnly: false, in: transaction)
    if documents.contains(where: { $0.kind == .void }) { throw Fault.saleVoided }
    let takes = try transaction.run(ReturnStatements.takes, sale.id)
    let givings = try ReturnPlan.plan(try items(of: new, takes), of: takes)
    try checkLimit(givings.map { (qty: $0.qty, price: $0.take.unitPrice) }, documents, in: transaction)

    var draft = LedgerDraft(try transaction.hold(givings.map(\.take.lotID)))
    try book(givings, in: &draft, transaction)
    let id = new.id ?? IdentifierMaker.shared.make(at: transaction.info.now)
    let document = try StockDocuments.write(
      NewStockDocument(id: id, subject: .saleReturn(saleID: sale.id, receipt: sale.number), reason: new.reason, note: new.note),
      draft, in: transaction)
    transaction.changes = [
      .made("returnNo", document.number.text), .made("receiptNo", sale.number.text), .made("reason", new.reason),
    ].compactMap(\.self)
    return document
  }

  /// Takes a whole receipt back on its own business day; its number stays. Staff their own sales only, up to the store's limit.
  ///
  /// Locks the receipt (advisory), then the lots, then the counter of voids.
  /// - Throws: `saleNotFound`, `saleVoided`, `voidTooLate`, `saleHasReturns`, `returnLimitExceeded`, `clockMovedBackwards`,
  ///   `clockJumpedAhead`.
  package static func void(_ new: NewVoid, in transaction: WriteTransaction) throws -> Sale {
    let (sale, documents) = try lock(new.sale, ownOnly: true, in: transaction)
    if documents.contains(where: { $0.kind == .void }) { throw Fault.saleVoided }
    guard sale.number.day == transaction.context.today else { throw Fault.voidTooLate }
    if !documents.isEmpty { throw Fault.saleHasReturns }
    let takes = try transaction.run(ReturnStatements.takes, sale.id)
    try checkLimit(takes.map { (qty: $0.qty, price: $0.unitPrice) }, documents, in: transaction)

    var draft = LedgerDraft(try transaction.hold(takes.map(\.lotID)))
    for take in takes {
      // The goods never left: whatever became of the lot since, it is theirs.
      try give(PlannedGiving(take: take, qty: take.qty, disposition: .restock), to: take.lotID, isForced: false, in: &draft)
    }
    let document = try StockDocuments.write(
      NewStockDocument(
        id: IdentifierMaker.shared.make(at: transaction.info.now), subject: .void(saleID: sale.id, receipt: sale.number),
        reason: new.reason, note: nil),
      draft, in: transaction)
    transaction.changes = [
      .made("voidNo", document.number.text), .made("receiptNo", sale.number.text), .made("reason", new.reason),
    ].compactMap(\.self)
    let seesCosts = transaction.info.caller?.role == .owner
    guard let voided = try Sales.whole([sale], seesCosts: seesCosts, on: transaction.connection).first else {
      throw Fault.saleNotFound
    }
    return voided
  }

  /// The sale, its receipt locked, and what was taken back of it before.
  private static func lock(
    _ reference: DocumentReference, ownOnly: Bool, in transaction: WriteTransaction
  ) throws -> (Sale, [ReturnStatements.SaleDocument]) {
    guard let caller = transaction.info.caller else { throw Fault.authorizationRequired }
    let seller = ownOnly && caller.role == .staff ? caller.userID : nil
    guard let sale = try transaction.run(SaleStatements.get, .init(reference: reference, soldBy: seller)).first else {
      throw Fault.saleNotFound
    }
    _ = try transaction.run(IdempotencyStatements.lock, [WriteKey.lock(of: "receipt:" + sale.id.text)])
    return (sale, try transaction.run(ReturnStatements.documents, [sale.id]))
  }

  private static func items(
    of new: NewReturn, _ takes: [GivenTake]
  ) throws(Fault) -> [(line: Int, qty: Int32, disposition: Disposition)] {
    guard let items = new.items else {
      guard let disposition = new.disposition else {
        throw .validation([
          ValidationIssue(path: "disposition", code: "required", message: "Say what becomes of the goods, here or in each item.")
        ])
      }
      return try everything(in: takes, disposition)
    }
    let issues = items.indices.filter { items[$0].disposition == nil && new.disposition == nil }.map {
      ValidationIssue(
        path: "items[\($0)].disposition", code: "required", message: "Say what becomes of the goods, here or for all items.")
    }
    if !issues.isEmpty { throw .validation(issues) }
    return items.map { (line: $0.line, qty: $0.qty.count, disposition: $0.disposition ?? new.disposition ?? .quarantine) }
  }

  /// All that can still be given back.
  ///
  /// - Throws: `returnExceedsSale`, if that is nothing.
  private static func everything(
    in takes: [GivenTake], _ disposition: Disposition
  ) throws(Fault) -> [(line: Int, qty: Int32, disposition: Disposition)] {
    let lines = Dictionary(grouping: takes, by: \.receiptLine)
    let whole = lines.keys.sorted().map { line in
      (line: line, qty: (lines[line] ?? []).reduce(0) { $0 + $1.returnable }, disposition: disposition)
    }
    let items = whole.filter { $0.qty > 0 }
    if items.isEmpty {
      throw .returnExceedsSale(
        lines.keys.sorted().map { line in
          let sold = (lines[line] ?? []).reduce(0) { $0 + Int64($1.qty) }
          return ExcessReturn(line: line, productID: lines[line]?.first?.productID, requested: sold, returnable: 0)
        })
    }
    return items
  }

  /// What staff refund of one receipt, all their returns of it together, stays within the store's limit.
  private static func checkLimit(
    _ givings: [(qty: Int32, price: Money)], _ documents: [ReturnStatements.SaleDocument], in transaction: WriteTransaction
  ) throws {
    guard transaction.info.caller?.role == .staff else { return }
    guard let care = try transaction.run(StoreStatements.care, ()).first else { throw Fault.storeMissing }
    let now = try givings.map { try refund($0.qty, at: $0.price) }
    let total = try refunded(documents.filter(\.isStaffs).map(\.refund) + now)
    if total > care.staffReturnLimit { throw Fault.returnLimitExceeded(limit: care.staffReturnLimit, refund: total) }
  }

  static func refunded(_ amounts: [Money]) throws -> Money {
    try amounts.reduce(.zero) { sum, amount in
      guard let sum = sum.plus(amount) else { throw SumTooLarge() }
      return sum
    }
  }

  private static func refund(_ qty: Int32, at price: Money) throws -> Money {
    guard let refund = price.times(try Quantity(Int64(qty))) else { throw SumTooLarge() }
    return refund
  }

  private static func book(_ givings: [PlannedGiving], in draft: inout LedgerDraft, _ transaction: WriteTransaction) throws {
    let today = transaction.context.today
    var siblings = Siblings(last: try transaction.run(HeldLotStatements.siblings, Array(draft.lots.keys.sorted())))
    for giving in givings {
      guard let lot = draft.lots[giving.take.lotID] else { throw Fault.lotNotFound([giving.take.lotID]) }
      let isForced = giving.disposition == .restock && !lot.takesBack(on: today)
      switch isForced ? .quarantine : giving.disposition {
      case .restock: try give(giving, to: lot.id, isForced: false, in: &draft)
      case .quarantine:
        let sibling = siblings.sibling(of: lot, at: transaction.info.now, in: &draft)
        try give(giving, to: sibling, isForced: isForced, in: &draft)
      case .destroy:
        try give(giving, to: lot.id, isForced: false, in: &draft)
        draft.book(.writtenOff, -giving.qty, of: lot.id)
      }
    }
  }

  private static func give(
    _ giving: PlannedGiving, to lotID: Identifier, isForced: Bool, in draft: inout LedgerDraft
  ) throws {
    // Another item may have given back of the same allocation already.
    let before = draft.lines.last { $0.giving.map { $0.take.isSame(as: giving.take) } ?? false }?.giving
    let disposition = isForced ? .quarantine : giving.disposition
    draft.book(
      .returned, giving.qty, of: lotID, unitCost: giving.take.unitCost,
      giving: DraftGiving(
        take: giving.take, backNo: (before?.backNo ?? giving.take.backNo) + 1,
        givenBack: (before?.givenBack ?? giving.take.givenBack) + giving.qty,
        refund: try refund(giving.qty, at: giving.take.unitPrice), disposition: disposition, isForced: isForced))
  }
}

/// The lots beside others that one return makes: one for each lot of which something may not be sold.
private struct Siblings {
  private var last: [Identifier: Int32]
  private var made: [Identifier: Identifier] = [:]

  init(last: [(id: Identifier, last: Int32)]) {
    self.last = Dictionary(uniqueKeysWithValues: last.map { ($0.id, $0.last) })
  }

  mutating func sibling(of lot: HeldLot, at now: Instant, in draft: inout LedgerDraft) -> Identifier {
    if let id = made[lot.id] { return id }
    let number = (last[lot.id] ?? 0) + 1
    last[lot.id] = number
    let id = IdentifierMaker.shared.make(at: now)
    draft.add(
      HeldLot(
        id: id, productID: lot.productID, productName: lot.productName, refNo: "\(lot.refNo)-Q\(number)",
        stockInID: lot.stockInID,
        receivedAt: lot.receivedAt, origin: .sibling(of: lot.id, number: number), batchNo: lot.batchNo, expiry: lot.expiry,
        unitCost: lot.unitCost, status: .quarantined, seq: 0, remaining: 0))
    made[lot.id] = id
    return id
  }
}

extension HeldLot {
  /// Whether a unit may go back on its shelf: not once it was recalled or has expired.
  fileprivate func takesBack(on today: Day) -> Bool { status != .recalled && expiry.map { $0 >= today } ?? true }
}

extension GivenTake {
  fileprivate func isSame(as other: GivenTake) -> Bool { receiptLine == other.receiptLine && take == other.take }
}
