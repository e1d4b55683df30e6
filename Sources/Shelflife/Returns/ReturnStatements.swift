// SQL of what a sale took and what of it was given back.
import Postgres

enum ReturnStatements {
  /// What a sale took from which lot, with what was given back of each; to be asked once the receipt is locked.
  static let takes = Statement<Identifier, GivenTake>(
    "given_takes",
    #"""
    select m.sale_id, m.line, m.take, m.takes_left, m.taken, -m.qty, m.lot_id, m.product_id, l.product_name, m.unit_cost, l.unit_price,
      coalesce(g.back_no, 0), coalesce(g.given_back, 0)
    from stock_movement m
    join sale_line l on l.sale_id = m.sale_id and l.line = m.line
    left join lateral (
      select d.back_no, d.given_back from stock_document_line d
      where d.sale_id = m.sale_id and d.sale_line = m.line and d.take = m.take order by d.back_no desc limit 1) g on true
    where m.sale_id = $1::uuid order by m.line, m.take
    """#
  ) { id, p in
    p.add(id)
  } decode: { row in
    try GivenTake(row: &row)
  }

  struct SaleDocument {
    let saleID: Identifier
    let kind: StockDocument.Kind
    /// A return may have no reason: then it is empty.
    let reversal: Reversal
    let refund: Money
    let isStaffs: Bool
  }

  /// The returns and voids of some sales.
  static let documents = Statement<[Identifier], SaleDocument>(
    "documents_of_sales",
    #"""
    select d.sale_id, d.kind, d.day, d.number, d.at, d.made_by, d.maker_name, d.reason, d.refund, u.role = 'STAFF'
    from stock_document d join app_user u on u.id = d.made_by
    where d.sale_id = any($1::uuid[]) order by d.at, d.id
    """#
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    let saleID = try row.identifier()
    let kind = try row.stockDocumentKind()
    return SaleDocument(
      saleID: saleID, kind: kind,
      reversal: Reversal(
        number: try row.documentNumber(kind.numbers), at: try row.instant(),
        by: Actor(id: try row.identifier(), name: try row.text()), reason: try row.optionalText() ?? ""),
      refund: try row.money(), isStaffs: try row.bool())
  }

  struct Returned {
    let saleID: Identifier
    let line: Int
    let qty: Int
  }

  /// What was given back of each line of some sales by returns; voids apart.
  static let returned = Statement<[Identifier], Returned>(
    "returned_of_sales",
    #"""
    select l.sale_id, l.sale_line, sum(l.qty)::bigint from stock_document_line l
    where l.sale_id = any($1::uuid[]) and l.document_kind = 'return' group by l.sale_id, l.sale_line
    """#
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    Returned(saleID: try row.identifier(), line: try row.smallInt(), qty: Int(try row.int8()))
  }
}

extension GivenTake {
  fileprivate init(row: inout RowReader) throws {
    saleID = try row.identifier()
    receiptLine = try row.smallInt()
    take = try row.smallInt()
    takesLeft = try row.smallInt()
    taken = try row.int4()
    qty = try row.int4()
    lotID = try row.identifier()
    productID = try row.identifier()
    productName = try row.text()
    unitCost = try row.unitCost()
    unitPrice = try row.money()
    backNo = try row.int4()
    givenBack = try row.int4()
  }
}
