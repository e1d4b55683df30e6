// SQL of the stock card. The page is cut before anything is looked up for it, so that it costs what it shows.
import Postgres

enum CardStatements {
  struct Input {
    let subject: CardSubject
    let limit: Int
    let after: CardKey?
  }

  /// What a card is about, with the units that are there now.
  struct Head {
    let productID: Identifier
    let productName: String
    let lot: CardLot?
    let onHand: Int64
  }

  static let product = Statement<Identifier, Head>(
    "card_product",
    #"""
    select p.id, p.name, (select coalesce(sum(l.qty_remaining), 0)::bigint from lot l where l.product_id = p.id and l.is_open)
    from product p where p.id = $1::uuid
    """#
  ) { id, p in
    p.add(id)
  } decode: { row in
    Head(productID: try row.identifier(), productName: try row.text(), lot: nil, onHand: try row.int8())
  }

  static let lot = Statement<Identifier, Head>(
    "card_lot",
    #"""
    select p.id, p.name, l.id, l.ref_no, l.qty_remaining from lot l join product p on p.id = l.product_id where l.id = $1::uuid
    """#
  ) { id, p in
    p.add(id)
  } decode: { row in
    Head(
      productID: try row.identifier(), productName: try row.text(),
      lot: CardLot(id: try row.identifier(), refNo: try row.text()), onHand: Int64(try row.int4()))
  }

  struct Row {
    let kind: MovementKind
    let lotID: Identifier
    let lotRefNo: String
    let seq: Int32
    let qty: Int32
    let lotBalance: Int32
    let at: Instant
    let day: Day
    let unitCost: UnitCost
    let expiry: Day?
    let cause: MovementCause
    let by: Actor
  }

  /// What moved the stock is looked up for each movement of the page by itself, whatever the plan thinks of the page's length.
  private static func described(_ page: String, order: String) -> String {
    #"""
    select m.kind, m.lot_id, l.ref_no, m.seq, m.qty, m.balance, m.at, m.day, m.unit_cost, m.expiry,
      c.kind, c.id, c.day, c.number, c.user_id, c.user_name
    from (\#(page) order by \#(order) limit $1::int + 1) m
    left join lateral (select t.ref_no, t.stock_in_id from lot t where t.id = m.lot_id offset 0) l on true
    left join lateral (
      select 'sale' as kind, s.id, s.day, s.number, s.sold_by as user_id, s.seller_name as user_name
      from sale s where s.id = m.sale_id
      union all
      select 'stock-in', i.id, i.day, i.number, i.created_by, (select u.name from app_user u where u.id = i.created_by)
      from stock_in i where i.id = l.stock_in_id and m.kind = 'received'
      union all
      select d.kind, d.id, d.day, d.number, d.made_by, d.maker_name
      from (select e.document_id from stock_document_line e where e.lot_id = m.lot_id and e.seq = m.document_seq offset 0) e
      cross join lateral (select d.* from stock_document d where d.id = e.document_id offset 0) d
      offset 0) c on true
    order by \#(order)
    """#
  }

  /// A lot's movements in its own order, whatever the clock did.
  static let ofLot = Statement<Input, Row>(
    "card_of_lot",
    described(
      "select m.* from stock_movement m where m.lot_id = $2::uuid and m.seq < coalesce($3::int, 2147483647)", order: "m.seq desc")
  ) { input, p in
    p.add(int32: input.limit)
    p.add(input.subject.id)
    p.add(input.after?.seq)
  } decode: { row in
    try Row(row: &row)
  }

  /// A product's movements by time. Those of one instant, such as a sale's that took from several lots, are sorted by themselves.
  static let ofProduct = Statement<Input, Row>(
    "card_of_product",
    described(
      #"""
      select m.* from stock_movement m
      where m.product_id = $2::uuid
        and (m.at, m.lot_id, m.seq) < (
          coalesce($3::timestamptz, 'infinity'), coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
          coalesce($5::int, 2147483647))
      """#, order: "m.at desc, m.lot_id desc, m.seq desc")
  ) { input, p in
    p.add(int32: input.limit)
    p.add(input.subject.id)
    p.add(input.after?.at)
    p.add(input.after?.lotID)
    p.add(input.after?.seq)
  } decode: { row in
    try Row(row: &row)
  }
}

extension CardSubject {
  fileprivate var id: Identifier {
    switch self {
    case .product(let id), .lot(let id): id
    }
  }
}

extension CardStatements.Row {
  fileprivate init(row: inout RowReader) throws {
    kind = try MovementKind(parsing: try row.text())
    lotID = try row.identifier()
    lotRefNo = try row.text()
    seq = try row.int4()
    qty = try row.int4()
    lotBalance = try row.int4()
    at = try row.instant()
    day = try row.day()
    unitCost = try row.unitCost()
    expiry = try row.optionalDay()
    let causeKind = try MovementCause.Kind(name: try row.text())
    cause = MovementCause(kind: causeKind, id: try row.identifier(), number: try row.documentNumber(causeKind.numbers))
    by = Actor(id: try row.identifier(), name: try row.text())
  }
}

extension MovementCause.Kind {
  fileprivate init(name: String) throws(ValueFault) {
    switch name {
    case "sale": self = .sale
    case "stock-in": self = .delivery
    default: self = .document(try StockDocument.Kind(parsing: name))
    }
  }

  fileprivate var numbers: DocumentNumber.Kind {
    switch self {
    case .sale: .receipt
    case .delivery: .delivery
    case .document(let kind): kind.numbers
    }
  }
}
