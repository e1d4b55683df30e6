// SQL that writes stock documents: the number, the head, the movements and the lines that name them.
import Postgres

enum StockDocumentStatements {
  struct Numbering {
    let kind: StockDocument.Kind
    let day: Day
  }

  /// Takes the next number of a kind and moves the clock mark to that day. Locks the counter.
  static let nextNumber = Statement<Numbering, Int32>(
    "next_document_number",
    #"""
    with marked as (update clock_mark set day = $2::date where day is null or day < $2::date)
    insert into document_counter (kind, day, number) values ($1::text, $2::date, 1)
    on conflict (kind, day) do update set number = document_counter.number + 1
    returning number
    """#
  ) { numbering, p in
    p.add(numbering.kind.rawValue)
    p.add(numbering.day)
  } decode: { row in
    try row.int4()
  }

  struct Written {
    let head: NewStockDocument
    let number: DocumentNumber
    let maker: Actor
    let at: Instant
    let refund: Money
    let lines: [DraftLine]
  }

  static let insert = Statement<Written, Void>(
    "insert_stock_document",
    #"""
    insert into stock_document (id, kind, day, number, at, made_by, maker_name, reason, note, loss, sale_id, stock_in_id, stock_take_id,
      supplier_name, refund, last_line)
    values ($1::uuid, $2::text, $3::date, $4::int, $5::timestamptz, $6::uuid, $7::text, $8::text, $9::text, $10::text, $11::uuid, $12::uuid,
      $13::uuid, $14::text, $15::bigint, $16::int)
    """#
  ) { written, p in
    let head = written.head
    p.add(head.id)
    p.add(head.subject.kind.rawValue)
    p.add(written.number.day)
    p.add(written.number.number)
    p.add(written.at)
    p.add(written.maker.id)
    p.add(written.maker.name)
    p.add(head.reason)
    p.add(head.note)
    p.add(head.subject.loss?.rawValue)
    p.add(head.subject.saleID)
    p.add(head.subject.stockInID)
    p.add(head.subject.stockTakeID)
    p.add(head.subject.supplierName)
    p.add(written.refund)
    p.add(int32: written.lines.count)
  }

  static let insertMovements = Statement<Written, Void>(
    "insert_document_movements",
    #"""
    insert into stock_movement (lot_id, seq, product_id, kind, qty, balance, at, day, expiry, unit_cost)
    select u.lot_id, u.seq, u.product_id, u.kind, u.qty, u.balance, $1::timestamptz, $2::date, u.expiry, u.unit_cost
    from unnest($3::uuid[], $4::int[], $5::uuid[], $6::text[], $7::int[], $8::int[], $9::date[], $10::bigint[])
      u (lot_id, seq, product_id, kind, qty, balance, expiry, unit_cost)
    """#
  ) { written, p in
    let lines = written.lines
    p.add(written.at)
    p.add(written.number.day)
    p.add(lines.map(\.lot.id))
    p.add(lines.map(\.lot.seq))
    p.add(lines.map(\.lot.productID))
    p.add(lines.map(\.kind.rawValue))
    p.add(lines.map(\.qty))
    p.add(lines.map(\.lot.remaining))
    p.add(lines.map(\.lot.expiry))
    p.add(lines.map(\.lot.unitCost))
  }

  /// The lines of a document, whose movements are there already: a trigger compares the two.
  static let insertLines = Statement<Written, Void>(
    "insert_document_lines",
    #"""
    insert into stock_document_line (document_id, document_kind, line, lines_left, kind, lot_id, seq, product_id, qty, balance, unit_cost,
      sale_id, sale_line, take, takes_left, taken, taken_before, back_no, given_back, unit_price, refund, running_refund, disposition,
      is_forced, reason, count_entry, count_line)
    select $1::uuid, $2::text, u.ord, cardinality($3::text[]) - u.ord, u.kind, u.lot_id, u.seq, u.product_id, u.qty, u.balance, u.unit_cost,
      u.sale_id, u.sale_line, u.take, u.takes_left, u.taken, u.taken_before, u.back_no, u.given_back, u.unit_price, u.refund,
      sum(u.refund) over (order by u.ord)::bigint, u.disposition, u.is_forced, u.reason, u.count_entry, u.count_line
    from unnest($3::text[], $4::uuid[], $5::int[], $6::uuid[], $7::int[], $8::int[], $9::bigint[], $10::uuid[], $11::smallint[],
      $12::smallint[], $13::smallint[], $14::int[], $15::int[], $16::int[], $17::int[], $18::bigint[], $19::bigint[], $20::text[],
      $21::bool[], $22::text[], $23::uuid[], $24::int[])
      with ordinality u (kind, lot_id, seq, product_id, qty, balance, unit_cost, sale_id, sale_line, take, takes_left, taken, taken_before,
        back_no, given_back, unit_price, refund, disposition, is_forced, reason, count_entry, count_line, ord)
    """#
  ) { written, p in
    let lines = written.lines
    p.add(written.head.id)
    p.add(written.head.subject.kind.rawValue)
    p.add(lines.map(\.kind.rawValue))
    p.add(lines.map(\.lot.id))
    p.add(lines.map(\.lot.seq))
    p.add(lines.map(\.lot.productID))
    p.add(lines.map(\.qty))
    p.add(lines.map(\.lot.remaining))
    p.add(lines.map(\.unitCost))
    bindGiving(lines.map(\.giving), &p)
    p.add(lines.map(\.reason))
    p.add(lines.map { $0.count?.entryID })
    p.int4s(lines.map { $0.count?.line })
  }

  private static func bindGiving(_ givings: [DraftGiving?], _ p: inout Parameters) {
    p.add(givings.map { $0?.take.saleID })
    p.int2s(givings.map { $0.map { Int16(clamping: $0.take.receiptLine) } })
    p.int2s(givings.map { $0.map { Int16(clamping: $0.take.take) } })
    p.int2s(givings.map { $0.map { Int16(clamping: $0.take.takesLeft) } })
    p.int4s(givings.map { $0?.take.taken })
    p.int4s(givings.map { $0.map { $0.take.taken - $0.take.qty } })
    p.int4s(givings.map { $0?.backNo })
    p.int4s(givings.map { $0?.givenBack })
    p.int8s(givings.map { $0?.take.unitPrice.minor })
    p.add(givings.map { $0?.refund.minor ?? 0 })
    p.add(givings.map { $0?.disposition.rawValue })
    p.bools(givings.map { $0?.isForced })
  }
}
