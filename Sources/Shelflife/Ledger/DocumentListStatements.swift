// SQL that reads stock documents back: heads, lines, and what was written off.
import Postgres

enum DocumentListStatements {
  /// The receipt or delivery that a document is about is looked up for each one shown, so that the index alone gives the order.
  private static let columns = #"""
    select d.id, d.kind, d.day, d.number, d.at, d.made_by, d.maker_name, d.reason, d.note, d.loss, d.supplier_name, d.stock_take_id,
      d.refund, d.sale_id, (select s.day from sale s where s.id = d.sale_id), (select s.number from sale s where s.id = d.sale_id),
      d.stock_in_id, (select i.day from stock_in i where i.id = d.stock_in_id),
      (select i.number from stock_in i where i.id = d.stock_in_id)
    """#

  static let get = Statement<DocumentReference, StockDocument>(
    "get_stock_document",
    columns + " from stock_document d where d.id = $1::uuid or (d.kind = $2::text and d.day = $3::date and d.number = $4::int)"
  ) { reference, p in
    switch reference {
    case .id(let id):
      p.add(id)
      p.add(nil as String?)
      p.add(nil as DocumentKey?)
    case .number(let number):
      p.add(nil as Identifier?)
      // No document has the number of a sale or of a delivery.
      p.add(StockDocument.Kind.allCases.first { $0.numbers == number.kind }?.rawValue)
      p.add(DocumentKey(day: number.day, number: number.number))
    }
  } decode: { row in
    try StockDocument(row: &row)
  }

  /// Documents of the business dates from the first parameter to the second, newest first from where the third and fourth say. A date
  /// has instants from a day before it in UTC to a day after, wherever on earth the shop is. The bounds are so written that a plan which
  /// knows no values expects many rows and takes them in the order of the index on the time: two plain comparisons of one column would
  /// pass for a narrow range, to be sorted whole.
  private static func span(_ comparison: String, ofKind: Bool = false) -> String {
    let (column, value) = ofKind ? ("d.kind, ", "$5::text, ") : ("", "")
    return #"""
      (d.day >= $1::date) is not false and (d.day <= $2::date) is not false
        and d.at >= coalesce(($1::date - 1)::timestamp at time zone 'UTC', '-infinity')
        and (\#(column)d.at, d.id) \#(comparison) (
          \#(value)coalesce($3::timestamptz, ($2::date + 2)::timestamp at time zone 'UTC', 'infinity'),
          coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
      """#
  }

  private static let bounds = span("<") + " and (d.kind = $5::text) is not false"

  private static let newestFirst = " order by d.at desc, d.id desc limit $6::int + 1"

  private static func bind(_ filter: StockDocumentFilter, _ p: inout Parameters) {
    p.add(filter.from)
    p.add(filter.to)
    p.add(filter.after?.at)
    p.add(filter.after?.id)
    p.add(filter.kind?.rawValue)
    p.add(int32: filter.limit)
  }

  static let list = Statement<StockDocumentFilter, StockDocument>(
    "list_stock_documents", columns + " from stock_document d where " + bounds + newestFirst
  ) { filter, p in
    bind(filter, &p)
  } decode: { row in
    try StockDocument(row: &row)
  }

  /// By the index on kinds, however many documents there are of others: with the kind in the bound, no plan prefers the one on times.
  static let listOfKind = Statement<StockDocumentFilter, StockDocument>(
    "list_stock_documents_of_kind",
    columns + " from stock_document d where d.kind = $5::text and " + span("<", ofKind: true) + newestFirst
  ) { filter, p in
    bind(filter, &p)
  } decode: { row in
    try StockDocument(row: &row)
  }

  struct OfLots {
    let filter: StockDocumentFilter
    let lotIDs: [Identifier]
  }

  private static let ofProduct = #"""
    ($7::uuid is null or exists (select from stock_document_line l where l.document_id = d.id and l.product_id = $7::uuid))
    """#

  /// Found through the lots' lines; the inner select is fenced, since a plan that knows no values would rather walk along the times.
  static let listOfLots = Statement<OfLots, StockDocument>(
    "list_stock_documents_of_lots",
    columns + #"""
       from (
        select f.* from stock_document f where f.id = any (array(
          select l.document_id from unnest($8::uuid[]) w (lot_id)
          cross join lateral (select t.document_id from stock_document_line t where t.lot_id = w.lot_id offset 0) l))
        offset 0) d
      where \#(ofProduct) and
      """# + " " + bounds + newestFirst
  ) { input, p in
    bind(input.filter, &p)
    p.add(input.filter.productID)
    p.add(input.lotIDs)
  } decode: { row in
    try StockDocument(row: &row)
  }

  static let listOfReceipt = Statement<StockDocumentFilter, StockDocument>(
    "list_stock_documents_of_receipt",
    columns + #"""
       from (
        select f.* from stock_document f
        where f.sale_id = (select s.id from sale s where s.day = $9::date and s.number = $10::int) offset 0) d
      where \#(ofProduct)
        and ($8::uuid is null or exists (select from stock_document_line l where l.document_id = d.id and l.lot_id = $8::uuid)) and
      """# + " " + bounds + newestFirst
  ) { filter, p in
    bind(filter, &p)
    p.add(filter.productID)
    p.add(filter.lotID)
    p.add(filter.receiptNo.map { DocumentKey(day: $0.day, number: $0.number) })
  } decode: { row in
    try StockDocument(row: &row)
  }

  struct LineRow {
    let documentID: Identifier
    let line: StockDocumentLine
  }

  static let lines = Statement<[Identifier], LineRow>(
    "stock_document_lines",
    #"""
    select l.document_id, l.line, l.kind, l.lot_id, t.ref_no, l.product_id, p.name, l.qty, l.unit_cost, l.reason, l.sale_line,
      l.unit_price, l.refund, l.disposition, l.is_forced
    from unnest($1::uuid[]) w (id)
    cross join lateral (select f.* from stock_document_line f where f.document_id = w.id offset 0) l
    cross join lateral (select f.ref_no from lot f where f.id = l.lot_id offset 0) t
    cross join lateral (select f.name from product f where f.id = l.product_id offset 0) p
    order by l.document_id, l.line
    """#
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    LineRow(documentID: try row.identifier(), line: try StockDocumentLine(row: &row))
  }

  // MARK: - What was written off

  /// The lines by which units were written off, each through its document.
  private static let writtenOff = #"""
    stock_document d
    cross join lateral (
      select f.* from stock_document_line f where f.document_id = d.id and f.kind = 'written-off' offset 0) l
    where d.kind in ('write-off', 'return') and \#(span("<="))
    """#

  static let writeOffSums = Statement<DaySpan, WriteOffsOfReason>(
    "report_write_off_sums",
    #"""
    select d.loss, -sum(l.qty), (-sum(l.qty * l.unit_cost))::text from \#(writtenOff) group by d.loss
    """#
  ) { span, p in
    p.add(span.from)
    p.add(span.to)
    p.add(nil as Instant?)
    p.add(nil as Identifier?)
  } decode: { row in
    WriteOffsOfReason(
      reason: try row.writeOffReason(),
      figures: WriteOffFigures(qty: Int(try row.int8()), value: Amount(tenThousandths: try row.wholeNumber())))
  }

  struct WriteOffInput {
    let span: DaySpan
    let limit: Int
    let after: DocumentLineKey?
  }

  /// Newest document first, the lines of each in their order.
  static let writeOffs = Statement<WriteOffInput, WrittenOffLine>(
    "report_write_offs",
    #"""
    select w.id, w.kind, w.day, w.number, w.at, w.made_by, w.maker_name, w.loss, w.note, w.lot_id, t.ref_no, w.product_id, p.name,
      -w.qty, w.unit_cost, w.line
    from (
      select d.id, d.kind, d.day, d.number, d.at, d.made_by, d.maker_name, d.loss, d.note, l.lot_id, l.product_id, l.qty, l.unit_cost, l.line
      from \#(writtenOff)
        and (d.id <> $4::uuid or l.line > $5::int) is not false
      order by d.at desc, d.id desc, l.line limit $6::int + 1) w
    cross join lateral (select f.ref_no from lot f where f.id = w.lot_id offset 0) t
    cross join lateral (select f.name from product f where f.id = w.product_id offset 0) p
    order by w.at desc, w.id desc, w.line
    """#
  ) { input, p in
    p.add(input.span.from)
    p.add(input.span.to)
    p.add(input.after?.document.at)
    p.add(input.after?.document.id)
    p.add(input.after?.line)
    p.add(int32: input.limit)
  } decode: { row in
    try WrittenOffLine(row: &row)
  }
}
