// SQL of cancelled deliveries.
import Postgres

extension StockInStatements {
  /// The lots that a delivery's lines made, in their order. They never change.
  static let lotIDs = Statement<Identifier, Identifier>(
    "lots_of_stock_in",
    "select l.id from lot l where l.stock_in_id = $1::uuid and l.line is not null order by l.line"
  ) { id, p in
    p.add(id)
  } decode: { row in
    try row.identifier()
  }

  /// Which of some lots anything but corrections ever moved. To be asked once they are locked.
  static let usedLots = Statement<[Identifier], Identifier>(
    "used_lots",
    #"""
    select u.id from unnest($1::uuid[]) u (id)
    where exists (select from stock_movement m where m.lot_id = u.id and m.kind not in ('received', 'corrected'))
    """#
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    try row.identifier()
  }

  struct CancellationRow {
    let stockInID: Identifier
    let cancellation: Reversal
  }

  /// The cancellations of some deliveries, the latest last.
  static let cancellations = Statement<[Identifier], CancellationRow>(
    "stock_in_cancellations",
    #"""
    select d.stock_in_id, d.day, d.number, d.at, d.made_by, d.maker_name, d.reason
    from stock_document d where d.stock_in_id = any($1::uuid[]) and d.kind = 'cancellation' order by d.day, d.number
    """#
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    CancellationRow(
      stockInID: try row.identifier(),
      cancellation: Reversal(
        number: try row.documentNumber(.cancellation), at: try row.instant(),
        by: Actor(id: try row.identifier(), name: try row.text()), reason: try row.text()))
  }

  /// What the cancellations of some deliveries took out of each lot.
  static let cancelledLots = Statement<[Identifier], (lotID: Identifier, qty: Int)>(
    "cancelled_lots",
    #"""
    select l.lot_id, (-sum(l.qty))::int
    from stock_document d join stock_document_line l on l.document_id = d.id
    where d.stock_in_id = any($1::uuid[]) and d.kind = 'cancellation' group by l.lot_id
    """#
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    (lotID: try row.identifier(), qty: try row.int())
  }
}
