// What tests of lots, recalls and cancellations do at the shelf: single steps, and a lot in words.
import TestSupport

@testable import Shelflife

extension Till {
  /// A delivery of one line; its lot.
  @discardableResult
  func lot(_ product: Identifier, _ qty: Int64, _ expiry: String?, batch: String? = nil, cost: Int64 = 10_000) throws
    -> Identifier
  {
    let item = NewStockInItem(
      productID: product, qtyAdded: try Quantity(qty), unitCost: UnitCost(tenThousandths: cost),
      expiryDate: try expiry.map { try Day(parsing: $0) }, batchNo: batch)
    return try deliver([item], allowExpired: true).items[0].lotID
  }

  @discardableResult
  func setStatus(_ lot: Identifier, _ status: LotStatus, reason: String = "As told") throws -> Lot {
    try done("lots.setStatus") { try Lots.setStatus(.init(lotID: lot, status: status, reason: reason), in: $0) }
  }

  @discardableResult
  func correct(
    _ lot: Identifier, expiry: Setting<String> = .kept, cost: Int64? = nil, batch: Setting<String> = .kept, qty: Int32? = nil
  ) throws -> CorrectedLot {
    let expiryDate: Setting<Day> =
      switch expiry {
      case .kept: .kept
      case .cleared: .cleared
      case .set(let text): .set(try Day(parsing: text))
      }
    let correction = LotCorrection(
      lotID: lot, expiryDate: expiryDate, unitCost: cost.map(UnitCost.init(tenThousandths:)), batchNo: batch, qtyReceived: qty,
      reason: "Typing error")
    return try done("lots.correct") { try Lots.correct(correction, in: $0) }
  }

  func shown(_ lot: Identifier) throws -> Lot { try read { try Lots.get(.id(lot), in: $0) }.lot }

  /// What is there of a lot after whatever happened: `7 of 10, 2026-06-01, 1.0000, AB-1, ok`.
  func told(_ lot: Identifier) throws -> String { try shown(lot).told }

  /// Gives back units of a sale's first line, all of which came from one lot, and keeps them apart or destroys them; the lot they went to.
  @discardableResult
  func bringBack(_ sale: Sale, _ qty: Int32, _ disposition: Disposition) throws -> Identifier {
    let item = sale.items[0]
    let took = item.allocations[0]
    let take = GivenTake(
      saleID: sale.id, receiptLine: 1, take: 1, takesLeft: 0, taken: Int32(took.qtyTaken), qty: Int32(took.qtyTaken),
      lotID: took.lotID, productID: item.productID, productName: item.productName, unitCost: took.unitCost ?? .zero,
      unitPrice: item.unitPrice, backNo: 0, givenBack: 0)
    let refund = Money(minor: item.unitPrice.minor * Int64(qty))
    return try done("sales.return") { transaction in
      let lot = try transaction.hold([took.lotID])[0]
      var draft = LedgerDraft([lot])
      var id = lot.id
      if disposition == .quarantine {
        id = IdentifierMaker.shared.make(at: self.now)
        let last = try transaction.run(HeldLotStatements.siblings, [lot.id]).first?.last ?? 0
        draft.add(
          HeldLot(
            id: id, productID: lot.productID, productName: lot.productName, refNo: "\(lot.refNo)-Q\(last + 1)",
            stockInID: lot.stockInID,
            receivedAt: lot.receivedAt, origin: .sibling(of: lot.id, number: last + 1), batchNo: lot.batchNo, expiry: lot.expiry,
            unitCost: lot.unitCost, status: .quarantined, seq: 0, remaining: 0))
      }
      draft.book(
        .returned, qty, of: id, unitCost: take.unitCost,
        giving: DraftGiving(take: take, backNo: 1, givenBack: qty, refund: refund, disposition: disposition, isForced: false))
      if disposition == .destroy { draft.book(.writtenOff, -qty, of: id) }
      _ = try StockDocuments.write(
        NewStockDocument(
          id: IdentifierMaker.shared.make(at: self.now), subject: .saleReturn(saleID: sale.id, receipt: sale.number), reason: nil,
          note: nil),
        draft, in: transaction)
      return id
    }
  }

  /// Takes units out of a lot by a document of its own.
  func take(_ qty: Int32, from lot: Identifier, _ kind: MovementKind = .writtenOff) throws {
    try done("stock.take") { transaction in
      var draft = LedgerDraft(try transaction.hold([lot]))
      draft.book(kind, -qty, of: lot)
      _ = try StockDocuments.write(
        NewStockDocument(
          id: IdentifierMaker.shared.make(at: self.now),
          subject: kind == .writtenOff ? .writeOff(.damaged) : .supplierReturn(supplier: "Acme"), reason: "Broken", note: nil),
        draft, in: transaction)
    }
  }
}

extension Lot {
  var told: String {
    [
      "\(qtyRemaining) of \(qtyReceived)", expiryDate?.text ?? "never", unitCost?.text ?? "-", batchNo ?? "-", status.rawValue,
    ].joined(separator: ", ")
  }
}
