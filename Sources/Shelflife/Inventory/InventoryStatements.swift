// SQL of lots: what stands on the shelf, in FEFO order, and what a sale locks.
import Postgres

enum LotStatements {
  struct Input {
    let productIDs: [Identifier]
    let today: Day
    let seesCosts: Bool
  }

  /// The columns of a lot on a date, as `Lot.init(row:)` reads them.
  static func columns(_ today: String, cost: String) -> String {
    "l.id, l.product_id, l.ref_no, l.batch_no, l.expiry, l.qty_received, l.qty_remaining, \(cost), l.received_at, l.status, l.expiry - \(today)::date, l.parent_lot_id"
  }

  private static let wanted =
    "select " + columns("$2", cost: "case when $3::bool then l.unit_cost end")
    + " from lot l where l.product_id = any($1::uuid[])"

  private static let inOrder = " order by l.product_id, l.expiry nulls last, l.received_at, l.lot_no"

  /// The lots with stock of some products, each product's in FEFO order.
  static let open = Statement<Input, Lot>("open_lots", wanted + " and l.is_open" + inOrder) { input, p in
    bind(input, &p)
  } decode: { row in
    try Lot(row: &row)
  }

  /// The same with the lots that are empty.
  static let every = Statement<Input, Lot>("every_lot", wanted + inOrder) { input, p in
    bind(input, &p)
  } decode: { row in
    try Lot(row: &row)
  }

  private static func bind(_ input: Input, _ p: inout Parameters) {
    p.add(input.productIDs)
    p.add(input.today)
    p.add(input.seesCosts)
  }
}

extension Lot {
  init(row: inout RowReader) throws {
    id = try row.identifier()
    productID = try row.identifier()
    lotRefNo = try row.text()
    batchNo = try row.optionalText()
    expiryDate = try row.optionalDay()
    qtyReceived = try row.int()
    qtyRemaining = try row.int()
    unitCost = try row.optionalUnitCost()
    receivedAt = try row.instant()
    status = try row.lotStatus()
    daysUntilExpiry = try row.optionalInt4().map(Int.init)
    parentLotID = try row.optionalIdentifier()
  }
}
