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

  /// Filters that only entries which are read anyway are tested for.
  private static let filters = #"""
    ($3::uuid is null or e.user_id = $3::uuid) and ($4::text is null or e.action = $4::text)
      and ($5::text is null or e.record_kind = $5::text)
    """#

  /// The place where a page goes on, and the filters.
  private static let tests = #"""
    (e.link, e.entry) < (coalesce($1::bigint, 9223372036854775807), coalesce($2::int, 2147483647)) and \#(filters)
    """#

  private static let days = #"""
    (e.at at time zone $9::text)::date between coalesce($7::date, '-infinity') and coalesce($8::date, 'infinity')
    """#

  /// Along the chain from its end: a page without filters reads what it shows.
  static let newest = Statement<Input, AuditRecord>(
    "list_audit",
    page("select e.* from audit_entry e where \(tests) order by e.link desc, e.entry desc limit $6::int + 1"), bind: bindTests,
    decode: AuditRecord.init(row:))

  /// What almost every entry is of: so many that the way along the chain meets them at once. No index has them.
  static let usualAction = "sales.create"
  static let usualKind = AuditedRecord.sale

  private static let isOfAction = "e.action = $4::text and e.action <> '\(usualAction)'"
  private static let isOfKind = "e.record_kind = $5::text and e.record_kind <> '\(usualKind.rawValue)'"

  /// By the index on actions, which has all but the usual one.
  static let ofAction = Statement<Input, AuditRecord>(
    "list_audit_of_action", page(indexed(isOfAction)), bind: bindTests, decode: AuditRecord.init(row:))

  /// By the index on kinds of records, which has all but the usual one.
  static let ofKind = Statement<Input, AuditRecord>(
    "list_audit_of_kind", page(indexed(isOfKind)), bind: bindTests, decode: AuditRecord.init(row:))

  private static func indexed(_ which: String) -> String {
    "select e.* from audit_entry e where \(which) and \(tests) order by e.link desc, e.entry desc limit $6::int + 1"
  }

  // MARK: - Entries of a span of days or of a user

  /// Where the days lie in the chain, by bisection: behind the link `lower` and up to `upper`. That is where they lie if entries follow each
  /// other in time, which they need not, since clocks are set and calls wait: it is the place to look first, and whoever looks there looks
  /// at all others too, so that a wrong one costs time and changes nothing. An upper end that a missing link hides is 0.
  private static let placed = #"""
    recursive place (is_end, low, high) as (
      select v.is_end, 0::bigint, coalesce($1::bigint, (select h.seq from audit_head h)) from (values (false), (true)) v (is_end)
      union all
      select p.is_end, case when m.is_before then p.middle else p.low end, case when m.is_before then p.high else p.middle - 1 end
      from (select is_end, low, high, (low + high + 1) / 2 as middle from place where low < high) p
      cross join lateral (
        select e.at < case when p.is_end
          then coalesce(($8::date + 1)::timestamp at time zone $9::text, 'infinity')
          else coalesce($7::date::timestamp at time zone $9::text, '-infinity') end as is_before
        from audit_entry e where e.link = p.middle and e.entry = 1) m),
    reached as (
      select coalesce(max(p.low) filter (where not p.is_end), 0) as lower, coalesce(max(p.low) filter (where p.is_end), 0) as upper
      from place p where p.low = p.high),
    stretch as materialized (
      select least(lower, upper) as lower, upper, case when upper = $1::bigint then upper else upper + 1 end as end_link,
        case when upper = $1::bigint then $2::int else 0 end as end_entry
      from reached)
    """#

  private static let (lower, upper) = ("(select t.lower from stretch t)", "(select t.upper from stretch t)")

  /// Up to the end of the days and to the place where a page goes on, which is one bound: of two the server may begin at the farther one
  /// and walk to the nearer.
  private static let untilEnd = "(e.link, e.entry) < ((select t.end_link from stretch t), (select t.end_entry from stretch t))"

  /// Entries of the days among some links, through the index that tells pages of the table. The business date is compared as it was taken,
  /// since a midnight may come twice or never; its instants lie from a day before it in UTC to a day after, wherever on earth the shop is.
  private static func byPage(_ which: String, limit: String) -> String {
    #"""
    select e.* from (
      select d.* from audit_entry d
      where d.at >= coalesce(($7::date - 1)::timestamp at time zone 'UTC', '-infinity')
        and d.at < coalesce(($8::date + 2)::timestamp at time zone 'UTC', 'infinity') and \#(which) offset 0) e
    where \#(days) and \#(tests)
    order by e.link desc, e.entry desc limit \#(limit)
    """#
  }

  /// No entry of a page lies behind the page before it.
  private static let notPast = "d.link + 0 <= coalesce($1::bigint, 9223372036854775807)"

  /// Beyond the place where the days lie, in it along an index whose order is the chain's, and before it, as far as the page is not full.
  private static func ofDays(along which: String) -> String {
    #"""
    with \#(placed),
    beyond as materialized (\#(byPage("d.link + 0 > \(upper) and \(notPast)", limit: "$6::int + 1"))),
    within as materialized (
      select e.* from audit_entry e
      where \#(which) and e.link > \#(lower) and \#(untilEnd) and \#(days) and \#(filters)
      order by e.link desc, e.entry desc limit $6::int + 1 - (select count(*) from beyond)),
    before as (
      \#(byPage("d.link + 0 <= \(lower)", limit: "$6::int + 1 - (select count(*) from beyond) - (select count(*) from within)")))
    select * from beyond union all select * from within union all select * from before
    """#
  }

  static let ofDays = Statement<Input, AuditRecord>(
    "list_audit_of_days", page(ofDays(along: "true")), bind: bindWithDays, decode: AuditRecord.init(row:))

  static let ofActionAndDays = Statement<Input, AuditRecord>(
    "list_audit_of_action_and_days", page(ofDays(along: isOfAction)), bind: bindWithDays, decode: AuditRecord.init(row:))

  static let ofKindAndDays = Statement<Input, AuditRecord>(
    "list_audit_of_kind_and_days", page(ofDays(along: isOfKind)), bind: bindWithDays, decode: AuditRecord.init(row:))

  /// A user's newest entries of the place, those of sales by the sales, which have an index on sellers. Sales of several days may stand in
  /// another order than their links, so this tells where to look and not what is there. The seller is a range and stands in the order, which
  /// only that index has.
  private static let guess = #"""
    newest_sale as materialized (
      select s.day, s.number
      from (
        select a.record_id from audit_entry a where a.link <= \#(upper) and a.action = '\#(usualAction)'
        order by a.link desc, a.entry desc limit 1) a
      join sale s on s.id = a.record_id),
    guess as materialized (
      select coalesce(min(w.link), 0) as link
      from (
        select g.link
        from (
          (select e.link, e.entry from audit_entry e
           where e.user_id = $3::uuid and e.action <> '\#(usualAction)' and \#(untilEnd) and \#(filters)
           order by e.link desc, e.entry desc limit $6::int + 1)
          union all
          (select e.link, e.entry
           from (
             select s.id from sale s
             where s.sold_by >= $3::uuid
               and (s.sold_by, s.day, s.number) <= ($3::uuid, (select n.day from newest_sale n), (select n.number from newest_sale n))
             order by s.sold_by desc, s.day desc, s.number desc limit $6::int + 1) s
           cross join lateral (select a.* from audit_entry a where a.record_id = s.id and a.action = '\#(usualAction)' offset 0) e
           where \#(tests))) g
        order by g.link desc, g.entry desc limit $6::int + 1) w)
    """#

  /// From the guessed link on, and before it as far as the page is not full.
  static let ofUser = Statement<Input, AuditRecord>(
    "list_audit_of_user",
    page(
      #"""
      with \#(placed),
      \#(guess),
      near as materialized (
        \#(byPage("d.user_id = $3::uuid and d.link + 0 >= (select g.link from guess g) and \(notPast)", limit: "$6::int + 1"))),
      rest as (
        \#(byPage(
          "d.user_id = $3::uuid and d.link + 0 < (select g.link from guess g)", limit: "$6::int + 1 - (select count(*) from near)")))
      select * from near union all select * from rest
      """#), bind: bindWithDays, decode: AuditRecord.init(row:))

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
    bindWithDays(input, &p)
    p.add(input.filter.recordID)
  } decode: { row in
    try AuditRecord(row: &row)
  }

  private static func bindTests(_ input: Input, _ p: inout Parameters) {
    let filter = input.filter
    p.add(filter.after?.link)
    p.add(filter.after?.entry)
    p.add(filter.userID)
    p.add(filter.action)
    p.add(filter.kind?.rawValue)
    p.add(int32: filter.limit)
  }

  private static func bindWithDays(_ input: Input, _ p: inout Parameters) {
    bindTests(input, &p)
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
