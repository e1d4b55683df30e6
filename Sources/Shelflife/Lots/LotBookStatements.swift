// SQL of single lots: found by what people call them, changed, and reckoned up with what they came to.
import Postgres

enum LotBookStatements {
  struct Wanted {
    let id: Identifier
    let today: Day
    let seesCosts: Bool
  }

  static let get = Statement<Wanted, NamedLot>(
    "get_lot",
    "select " + LotStatements.columns("$2", cost: "case when $3::bool then l.unit_cost end")
      + ", p.name from lot l join product p on p.id = l.product_id where l.id = $1::uuid"
  ) { wanted, p in
    p.add(wanted.id)
    p.add(wanted.today)
    p.add(wanted.seesCosts)
  } decode: { row in
    NamedLot(lot: try Lot(row: &row), productName: try row.text())
  }

  struct Reference {
    let text: String
    let document: DocumentNumber

    init(_ text: String, _ document: DocumentNumber) {
      self.text = text
      self.document = document
    }
  }

  /// Through the document whose number the lot's begins with: there is no index of the lots' own.
  static let byReference = Statement<Reference, Identifier>(
    "lot_by_reference",
    #"""
    select l.id from stock_in s join lot l on l.stock_in_id = s.id
    where $1::text = 'STK' and s.day = $2::date and s.number = $3::int and l.ref_no = $4::text
    union all
    select l.id from stock_document d join lot l on l.found_in = d.id
    where $1::text = 'CNT' and d.kind = 'count' and d.day = $2::date and d.number = $3::int and l.ref_no = $4::text
    """#
  ) { reference, p in
    p.add(reference.document.kind.rawValue)
    p.add(reference.document.day)
    p.add(reference.document.number)
    p.add(reference.text)
  } decode: { row in
    try row.identifier()
  }

  static let product = Statement<Identifier, Identifier>(
    "product_of_lot", "select l.product_id from lot l where l.id = $1::uuid"
  ) { id, p in
    p.add(id)
  } decode: { row in
    try row.identifier()
  }

  static let delivery = Statement<Identifier, Identifier>(
    "delivery_of_lot", "select l.stock_in_id from lot l where l.id = $1::uuid and l.stock_in_id is not null"
  ) { id, p in
    p.add(id)
  } decode: { row in
    try row.identifier()
  }

  /// A lot and the lots of its units that came back and may not be sold, the lot itself first.
  static let family = Statement<Identifier, Identifier>(
    "lot_family",
    #"""
    select f.id from (
      select l.id, 0 as no from lot l where l.id = $1::uuid
      union all
      select l.id, l.sibling_no from lot l where l.parent_lot_id = $1::uuid) f
    order by f.no
    """#
  ) { id, p in
    p.add(id)
  } decode: { row in
    try row.identifier()
  }

  /// The sum of all corrections of a lot so far. To be asked once the lot is locked.
  static let corrections = Statement<Identifier, Int32>(
    "lot_corrections",
    #"""
    select coalesce(sum(m.qty), 0)::int from stock_movement m where m.lot_id = $1::uuid and m.kind = 'corrected'
    """#
  ) { id, p in
    p.add(id)
  } decode: { row in
    try row.int4()
  }

  struct Standing {
    let ids: [Identifier]
    let status: LotStatus
  }

  static let setStatus = Statement<Standing, Void>(
    "set_lot_status", "update lot set status = $2::text where id = any($1::uuid[])"
  ) { standing, p in
    p.add(standing.ids)
    p.add(standing.status.rawValue)
  }

  struct Reckoning {
    let ids: [Identifier]
    let today: Day
  }

  /// Lots with the sums of their movements, in the order in which they would be sold. Costs what their ledgers hold.
  static let reckoned = Statement<Reckoning, ReckonedLot>(
    "reckoned_lots",
    #"""
    select \#(LotStatements.columns("$2", cost: "l.unit_cost")), p.name, f.received, f.sold, f.returned, f.written_off,
      f.returned_to_supplier, f.counted, f.corrected
    from (select * from lot w where w.id = any($1::uuid[]) offset 0) l
    join product p on p.id = l.product_id
    cross join lateral (
      select coalesce(sum(m.qty) filter (where m.kind = 'received'), 0)::bigint as received,
        coalesce(-sum(m.qty) filter (where m.kind = 'sold'), 0)::bigint as sold,
        coalesce(sum(m.qty) filter (where m.kind = 'returned'), 0)::bigint as returned,
        coalesce(-sum(m.qty) filter (where m.kind = 'written-off'), 0)::bigint as written_off,
        coalesce(-sum(m.qty) filter (where m.kind = 'returned-to-supplier'), 0)::bigint as returned_to_supplier,
        coalesce(sum(m.qty) filter (where m.kind = 'counted'), 0)::bigint as counted,
        coalesce(sum(m.qty) filter (where m.kind = 'corrected'), 0)::bigint as corrected
      from stock_movement m where m.lot_id = l.id) f
    order by l.expiry nulls last, l.received_at, l.lot_no
    """#
  ) { input, p in
    p.add(input.ids)
    p.add(input.today)
  } decode: { row in
    let lot = try Lot(row: &row)
    return ReckonedLot(
      lot: lot, productName: try row.text(),
      figures: LotFigures(
        received: Int(try row.int8()), sold: Int(try row.int8()), returned: Int(try row.int8()), writtenOff: Int(try row.int8()),
        returnedToSupplier: Int(try row.int8()), counted: Int(try row.int8()), corrected: Int(try row.int8()),
        onHand: lot.qtyRemaining))
  }

  struct Buyers {
    let lotIDs: [Identifier]
    let limit: Int
    let after: LotReceiptKey?
  }

  /// Receipts that took from some lots, newest first, one row for each product of a receipt. Found through the lots' movements, and
  /// only those of the page are looked up.
  static let receipts = Statement<Buyers, LotReceipt>(
    "lot_receipts",
    #"""
    select s.day, s.number, s.id, s.sold_at, s.sold_by, s.seller_name, s.payment_method, s.note, s.product_id, p.name, s.qty,
      coalesce((
        select sum(b.qty)
        from (
          select m.line, m.take from stock_movement m
          where m.sale_id = s.id and m.lot_id = any($1::uuid[]) and m.product_id = s.product_id offset 0) a
        cross join lateral (
          select g.qty from stock_document_line g
          where g.sale_id = s.id and g.sale_line = a.line and g.take = a.take and g.kind = 'returned' offset 0) b), 0)::bigint
    from (
      select f.*, t.product_id, t.qty
      from (
        select m.sale_id, m.product_id, -sum(m.qty) as qty
        from unnest($1::uuid[]) w (lot_id)
        cross join lateral (
          select k.sale_id, k.product_id, k.qty from stock_movement k where k.lot_id = w.lot_id and k.kind = 'sold' offset 0) m
        group by m.sale_id, m.product_id offset 0) t
      cross join lateral (select * from sale h where h.id = t.sale_id offset 0) f
      where (f.day, f.number, t.product_id)
        < (coalesce($2::date, 'infinity'), coalesce($3::int, 2147483647), coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
      order by f.day desc, f.number desc, t.product_id desc limit $5::int + 1) s
    join product p on p.id = s.product_id
    order by s.day desc, s.number desc, s.product_id desc
    """#
  ) { input, p in
    p.add(input.lotIDs)
    p.add(input.after?.document)
    p.add(input.after?.productID)
    p.add(int32: input.limit)
  } decode: { row in
    LotReceipt(
      number: try row.documentNumber(.receipt), saleID: try row.identifier(), soldAt: try row.instant(),
      soldBy: Actor(id: try row.identifier(), name: try row.text()), paymentMethod: try row.text(), note: try row.optionalText(),
      productID: try row.identifier(), productName: try row.text(), qty: Int(try row.int8()), returnedQty: Int(try row.int8()))
  }
}
