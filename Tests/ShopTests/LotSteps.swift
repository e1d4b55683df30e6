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
    let document = try done("sales.return") {
      try Returns.create(
        NewReturn(
          id: nil, sale: .id(sale.id), items: [.init(line: 1, qty: try Quantity(Int64(qty)), disposition: disposition)],
          disposition: nil, reason: nil, note: nil), in: $0)
    }
    return document.lines[0].lotID
  }

  /// Takes units out of a lot by a document of its own.
  func take(_ qty: Int32, from lot: Identifier, _ kind: MovementKind = .writtenOff) throws {
    let purpose: NewRemoval.Purpose = kind == .writtenOff ? .loss(.damaged) : .supplier(name: "Acme", reason: "Broken")
    let item = NewRemovalItem(lotID: lot, qty: try Quantity(Int64(qty)))
    _ = try done("stock.take") {
      try Removals.create(NewRemoval(id: nil, items: [item], purpose: purpose, note: nil), in: $0)
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
