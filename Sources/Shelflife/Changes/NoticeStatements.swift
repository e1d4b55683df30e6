// SQL of what events tell of stock documents, lots, recalls and stock takes.
import Postgres

enum NoticeStatements {
  static let takenBack = Statement<[Identifier], TakenBackNotice>(
    "change_taken_back",
    #"""
    select d.id, d.kind, d.day, d.number, s.id, s.day, s.number, d.at, d.made_by, d.maker_name, d.refund, s.sold_by
    from stock_document d join sale s on s.id = d.sale_id where d.id = any($1::uuid[])
    """#
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    let id = try row.identifier()
    let kind = try row.stockDocumentKind()
    return TakenBackNotice(
      id: id, number: try row.documentNumber(kind.numbers), saleID: try row.identifier(),
      receipt: try row.documentNumber(.receipt), at: try row.instant(),
      by: Actor(id: try row.identifier(), name: try row.text()), refund: try row.money(), soldBy: try row.identifier())
  }

  /// What each document did to each product's stock, in an order that does not change.
  static let turnovers = Statement<[Identifier], ChangeStatements.Turnover>(
    "change_document_turnovers",
    #"""
    select l.document_id, l.product_id, sum(l.qty)::bigint from stock_document_line l where l.document_id = any($1::uuid[])
    group by l.document_id, l.product_id order by 1, 2
    """#
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    ChangeStatements.Turnover(
      documentID: try row.identifier(), productID: try row.identifier(), change: Int(try row.int8()))
  }

  static let lots = Statement<[Identifier], LotNotice>(
    "change_lots",
    #"""
    select l.id, l.ref_no, l.product_id, p.name, l.batch_no, l.expiry, l.status, l.qty_remaining
    from lot l join product p on p.id = l.product_id where l.id = any($1::uuid[])
    """#
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    LotNotice(
      id: try row.identifier(), refNo: try row.text(), productID: try row.identifier(), productName: try row.text(),
      batchNo: try row.optionalText(), expiryDate: try row.optionalDay(), status: try row.lotStatus(),
      qtyRemaining: try row.int())
  }

  static let recalls = Statement<[Identifier], RecallNotice>(
    "change_recalls",
    "select id, batch_no, product_id, reason, ended_at is null from recall where id = any($1::uuid[])"
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    RecallNotice(
      id: try row.identifier(), batchNo: try row.text(), productID: try row.optionalIdentifier(), reason: try row.text(),
      isOpen: try row.bool())
  }

  struct NotedTake {
    /// The record that an audit entry names: the take, or an entry of it.
    let recordID: Identifier
    let take: StockTakeNotice
  }

  static let stockTakes = Statement<[Identifier], NotedTake>(
    "change_stock_takes",
    #"""
    select t.id, t.id, t.state, t.last_entry from stock_take t where t.id = any($1::uuid[])
    union all
    select e.id, t.id, t.state, t.last_entry from stock_take_entry e join stock_take t on t.id = e.stock_take_id where e.id = any($1::uuid[])
    """#
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    NotedTake(
      recordID: try row.identifier(),
      take: StockTakeNotice(id: try row.identifier(), state: try StockTake.State(parsing: try row.text()), entries: try row.int())
    )
  }
}
