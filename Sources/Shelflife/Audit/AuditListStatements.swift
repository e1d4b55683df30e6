// SQL that reads the audit back: which entries a page holds, then what their records are called.
import Postgres

enum AuditListStatements {
  struct Input {
    let filter: AuditFilter
    let zone: String
  }

  /// The page is chosen first; only its own records are looked up, each in the one table that its kind names.
  private static func page(_ chosen: String) -> String {
    #"""
    with page as materialized (\#(chosen))
    select p.link, p.entry, p.at, p.user_id, (select u.name from app_user u where u.id = p.user_id), p.session_id, p.action,
      p.record_kind, p.record_id, r.day, r.number, r.label, p.before, p.after
    from page p
    left join lateral (
      select s.day, s.number, null::text as label from sale s where p.record_kind = 'sale' and s.id = p.record_id
      union all
      select d.day, d.number, null from stock_in d where p.record_kind = 'stock-in' and d.id = p.record_id
      union all
      select s.day, s.number, null from receipt_copy c join sale s on s.id = c.sale_id
      where p.record_kind = 'copy' and c.id = p.record_id
      union all
      select null, null, l.ref_no from lot l where p.record_kind = 'lot' and l.id = p.record_id
      union all
      select null, null, o.name from product o where p.record_kind = 'product' and o.id = p.record_id
      union all
      select null, null, u.username from app_user u where p.record_kind = 'user' and u.id = p.record_id
      union all
      select null, null, nullif(t.name, '') from store t where p.record_kind = 'store'
      union all
      select d.day, d.number, null from stock_document d where d.kind = p.record_kind and d.id = p.record_id
      union all
      select null, null, c.batch_no from recall c where p.record_kind = 'recall' and c.id = p.record_id) r on true
    order by p.link desc, p.entry desc
    """#
  }

  /// What all three share: the place, and filters that only entries which are read anyway are tested for.
  private static let tests = #"""
    (e.link, e.entry) < (coalesce($1::bigint, 9223372036854775807), coalesce($2::int, 2147483647))
      and ($3::uuid is null or e.user_id = $3::uuid) and ($4::text is null or e.action = $4::text)
      and ($5::text is null or e.record_kind = $5::text)
    """#

  /// The business date is compared as it was taken, since a midnight may come twice or never.
  private static let days = #"""
    (e.at at time zone $9::text)::date between coalesce($7::date, '-infinity') and coalesce($8::date, 'infinity')
    """#

  /// Along the chain from its end: a page without filters reads what it shows.
  static let newest = Statement<Input, AuditRecord>(
    "list_audit",
    page("select e.* from audit_entry e where \(tests) order by e.link desc, e.entry desc limit $6::int + 1")
  ) { input, p in
    bindTests(input.filter, &p)
  } decode: { row in
    try AuditRecord(row: &row)
  }

  /// What almost every entry is of: so many that the way along the chain meets them at once. No index has them.
  static let usualAction = "sales.create"
  static let usualKind = AuditedRecord.sale

  /// By the index on actions, which has all but the usual one.
  static let ofAction = Statement<Input, AuditRecord>(
    "list_audit_of_action", page(indexed("e.action = $4::text and e.action <> '\(usualAction)'"))
  ) { input, p in
    bindTests(input.filter, &p)
  } decode: { row in
    try AuditRecord(row: &row)
  }

  /// By the index on kinds of records, which has all but the usual one.
  static let ofKind = Statement<Input, AuditRecord>(
    "list_audit_of_kind", page(indexed("e.record_kind = $5::text and e.record_kind <> '\(usualKind.rawValue)'"))
  ) { input, p in
    bindTests(input.filter, &p)
  } decode: { row in
    try AuditRecord(row: &row)
  }

  private static func indexed(_ which: String) -> String {
    "select e.* from audit_entry e where \(which) and \(tests) order by e.link desc, e.entry desc limit $6::int + 1"
  }

  /// By the index on time, which tells pages of the table; a business day lies within two days of its date.
  static let ofDays = Statement<Input, AuditRecord>(
    "list_audit_of_days",
    page(
      #"""
      select e.* from (
        select d.* from audit_entry d
        where d.at >= coalesce($7::date - 2, '-infinity') and d.at < coalesce($8::date + 3, 'infinity') offset 0) e
      where \#(days) and \#(tests)
      order by e.link desc, e.entry desc limit $6::int + 1
      """#)
  ) { input, p in
    bindTests(input.filter, &p)
    bindDays(input, &p)
  } decode: { row in
    try AuditRecord(row: &row)
  }

  /// By the index on records.
  static let ofRecord = Statement<Input, AuditRecord>(
    "list_audit_of_record",
    page(
      #"""
      select e.* from (select f.* from audit_entry f where f.record_id = $10::uuid offset 0) e
      where \#(days) and \#(tests)
      order by e.link desc, e.entry desc limit $6::int + 1
      """#)
  ) { input, p in
    bindTests(input.filter, &p)
    bindDays(input, &p)
    p.add(input.filter.recordID)
  } decode: { row in
    try AuditRecord(row: &row)
  }

  private static func bindTests(_ filter: AuditFilter, _ p: inout Parameters) {
    p.add(filter.after?.link)
    p.add(filter.after?.entry)
    p.add(filter.userID)
    p.add(filter.action)
    p.add(filter.kind?.rawValue)
    p.add(int32: filter.limit)
  }

  private static func bindDays(_ input: Input, _ p: inout Parameters) {
    p.add(input.filter.from)
    p.add(input.filter.to)
    p.add(input.zone)
  }
}

extension AuditRecord {
  fileprivate init(row: inout RowReader) throws {
    key = AuditKey(link: try row.int8(), entry: try row.int4())
    at = try row.instant()
    let userID = try row.optionalIdentifier()
    let userName = try row.optionalText()
    user = userID.map { Actor(id: $0, name: userName ?? "") }
    sessionID = try row.optionalIdentifier()
    action = try row.text()
    kind = try row.auditedRecord()
    recordID = try row.identifier()
    let day = try row.optionalDay()
    let number = try row.optionalInt4()
    let name = try row.optionalText()
    if let day, let number {
      let numbers = StockDocument.Kind(rawValue: kind.rawValue)?.numbers ?? (kind == .stockIn ? .delivery : .receipt)
      label = DocumentNumber(numbers, day: day, number: number)?.text
    } else {
      label = name
    }
    before = try row.optionalText()
    after = try row.optionalText()
  }
}
