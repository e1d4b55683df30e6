// SQL of what happened since: the audit's entries in their order, and what is to be told of their records.
import Postgres

enum ChangeStatements {
  /// The channel on which every transaction that writes an audit link says so. Delivered by the server once it has committed.
  static let channel = "shelflife_changes"

  /// The last link of the audit.
  static let head = Statement<Void, Int64>("change_head", "select seq from audit_head") { row in
    try row.int8()
  }

  struct Span {
    let from: ChangePosition
    let limit: Int
  }

  struct Entry {
    let at: Instant
    let link: Int64
    let entry: Int32
    let userID: Identifier?
    let action: String
    let kind: AuditedRecord
    let recordID: Identifier
  }

  static let entries = Statement<Span, Entry>(
    "change_entries",
    #"""
    select e.at, e.link, e.entry, e.user_id, e.action, e.record_kind, e.record_id from audit_entry e
    where (e.link, e.entry) >= ($1::bigint, $2::int) order by e.link, e.entry limit $3::int
    """#
  ) { span, p in
    p.add(span.from.link)
    p.add(span.from.entry)
    p.add(int32: span.limit)
  } decode: { row in
    Entry(
      at: try row.instant(), link: try row.int8(), entry: try row.int4(), userID: try row.optionalIdentifier(),
      action: try row.text(), kind: try row.auditedRecord(), recordID: try row.identifier())
  }

  static let sales = Statement<[Identifier], SaleNotice>(
    "change_sales",
    "select id, day, number, sold_by, seller_name, sold_at, total from sale where id = any($1::uuid[])"
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    SaleNotice(
      id: try row.identifier(), number: try row.documentNumber(.receipt),
      soldBy: Actor(id: try row.identifier(), name: try row.text()), soldAt: try row.instant(), totalAmount: try row.money())
  }

  static let deliveries = Statement<[Identifier], StockInNotice>(
    "change_deliveries",
    #"""
    select d.id, d.day, d.number, d.created_by, u.name, d.created_at
    from stock_in d join app_user u on u.id = d.created_by where d.id = any($1::uuid[])
    """#
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    StockInNotice(
      id: try row.identifier(), number: try row.documentNumber(.delivery),
      createdBy: Actor(id: try row.identifier(), name: try row.text()), createdAt: try row.instant())
  }

  struct Documents {
    let sales: [Identifier]
    let deliveries: [Identifier]
  }

  struct Turnover {
    let documentID: Identifier
    let productID: Identifier
    let change: Int
  }

  /// What each document did to each product's stock, in an order that does not change.
  static let turnovers = Statement<Documents, Turnover>(
    "change_turnovers",
    #"""
    select m.sale_id, m.product_id, sum(m.qty)::bigint from stock_movement m where m.sale_id = any($1::uuid[])
    group by m.sale_id, m.product_id
    union all
    select l.stock_in_id, l.product_id, sum(l.qty_received)::bigint from lot l where l.stock_in_id = any($2::uuid[])
    group by l.stock_in_id, l.product_id
    order by 1, 2
    """#
  ) { documents, p in
    p.add(documents.sales)
    p.add(documents.deliveries)
  } decode: { row in
    Turnover(documentID: try row.identifier(), productID: try row.identifier(), change: Int(try row.int8()))
  }
}
