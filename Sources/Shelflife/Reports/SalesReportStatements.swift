// SQL of what was sold: the days' totals and, beside them, the sales that no total holds yet, so that a sum is right at any time.
import Postgres

enum SalesReportStatements {
  struct Input {
    let from: Day?
    let to: Day?
    var limit = 0
    var after: NameKey?
  }

  /// The days from the first parameter to the second that have sales beyond their totals.
  private static let span = #"""
    span as materialized (
      select c.day, coalesce(t.number, 0) as low, c.receipts as high
      from day_counter c left join totalled_day t on t.day = c.day
      where \#(days("c")) and c.receipts > coalesce(t.number, 0))
    """#

  private static func days(_ table: String) -> String {
    "\(table).day >= coalesce($1::date, '-infinity') and \(table).day <= coalesce($2::date, 'infinity')"
  }

  /// What was sold in the span, by day, seller and till ('' for none); several rows may stand for one of each.
  private static let bySeller = #"""
    with \#(span), \#(TotalsStatements.freshSales),
    sold as (
      select t.day, t.user_id, t.till, t.sales, t.qty, t.revenue, t.cost from seller_day_total t where \#(days("t"))
      union all
      select day, sold_by, coalesce(till, ''), 1, qty, revenue, cost from fresh
      union all
      select d.day, s.sold_by, coalesce(s.till, ''), \#(voided), -b.qty, -b.revenue, -b.cost
      from stock_document d join sale s on s.id = d.sale_id
      cross join lateral (
        select sum(l.qty) as qty, sum(l.refund) as revenue, sum(l.qty::bigint * l.unit_cost) as cost
        from stock_document_line l where l.document_id = d.id and l.kind = 'returned') b
      where \#(takenBack))
    """#

  /// Returns and voids of the span, which take from what was sold on their own day, whoever took them back.
  private static let takenBack = "d.kind in ('return', 'void') and \(days("d"))"

  /// A void takes the receipt itself too.
  private static let voided = "case d.kind when 'void' then -1 else 0 end"

  /// What was sold in the span, by product. The totals are added up by themselves first: most rows go through one node only.
  private static let byProduct = #"""
    with \#(span), \#(TotalsStatements.freshLines),
    totalled as (
      select t.product_id, sum(t.sales) as sales, sum(t.qty) as qty, sum(t.revenue) as revenue, sum(t.cost) as cost
      from product_day_total t where \#(days("t")) group by t.product_id),
    sold as materialized (
      select product_id, sum(sales) as sales, sum(qty) as qty, sum(revenue) as revenue, sum(cost) as cost
      from (
        select * from totalled
        union all
        select product_id, count(distinct sale_id), sum(qty), sum(revenue), sum(cost) from fresh group by product_id
        union all
        select l.product_id, -count(distinct d.id) filter (where d.kind = 'void'), -sum(l.qty), -sum(l.refund),
          -sum(l.qty::bigint * l.unit_cost)
        from stock_document d join stock_document_line l on l.document_id = d.id and l.kind = 'returned'
        where \#(takenBack) group by l.product_id) part
      group by product_id)
    """#

  /// The columns that `SalesSums.init(row:)` reads, of rows that are still to be added up.
  private static let added =
    "coalesce(sum(s.sales), 0)::bigint, coalesce(sum(s.qty), 0)::bigint, coalesce(sum(s.revenue), 0)::text, coalesce(sum(s.cost), 0)::text"

  /// The same of a row that is a sum already.
  private static let sums = "s.sales::bigint, s.qty::bigint, s.revenue::text, s.cost::text"

  private static func bind(_ input: Input, _ p: inout Parameters) {
    p.add(input.from)
    p.add(input.to)
  }

  private static func bindPage(_ input: Input, _ p: inout Parameters) {
    bind(input, &p)
    p.add(int32: input.limit)
    p.add(input.after?.name)
    p.add(input.after?.id)
  }

  static let totals = Statement<Input, SalesSums>(
    "report_totals", bySeller + " select \(added) from sold s"
  ) { input, p in
    bind(input, &p)
  } decode: { row in
    try SalesSums(row: &row)
  }

  /// What was taken back in the span, returns and voids apart.
  static let taken = Statement<Input, TakenBackSums>(
    "report_taken_back",
    #"""
    select d.kind, count(*), coalesce(sum(b.qty), 0)::bigint, coalesce(sum(d.refund), 0)::text
    from stock_document d
    cross join lateral (select sum(l.qty) as qty from stock_document_line l where l.document_id = d.id and l.kind = 'returned') b
    where \#(takenBack) group by d.kind
    """#
  ) { input, p in
    bind(input, &p)
  } decode: { row in
    TakenBackSums(
      kind: try row.stockDocumentKind(), count: Int(try row.int8()), qty: Int(try row.int8()),
      amount: MoneySum(minor: try row.wholeNumber()))
  }

  /// The voided receipts of a span, the newest first.
  static let voidedReceipts = Statement<Input, DocumentNumber>(
    "report_voided_receipts",
    #"""
    select s.day, s.number from stock_document d join sale s on s.id = d.sale_id
    where d.kind = 'void' and \#(days("d")) order by d.day desc, d.number desc limit $3::int
    """#
  ) { input, p in
    bind(input, &p)
    p.add(int32: input.limit)
  } decode: { row in
    try row.documentNumber(.receipt)
  }

  struct OwnInput {
    let day: Day
    let userID: Identifier
  }

  /// One seller's day.
  static let ownTotals = Statement<OwnInput, SalesSums>(
    "report_own_totals", bySeller + " select \(added) from sold s where s.user_id = $3::uuid"
  ) { input, p in
    p.add(input.day)
    p.add(input.day)
    p.add(input.userID)
  } decode: { row in
    try SalesSums(row: &row)
  }

  struct DayRow {
    let day: Day
    let sums: SalesSums
  }

  static let perDay = Statement<Input, DayRow>(
    "report_per_day", bySeller + " select s.day, \(added) from sold s group by s.day order by s.day limit $3::int + 1"
  ) { input, p in
    bind(input, &p)
    p.add(int32: input.limit)
  } decode: { row in
    DayRow(day: try row.day(), sums: try SalesSums(row: &row))
  }

  struct NamedRow {
    let id: Identifier
    let name: String
    let sums: SalesSums

    init(row: inout RowReader) throws {
      id = try row.identifier()
      name = try row.text()
      sums = try SalesSums(row: &row)
    }
  }

  static let perUser = Statement<Input, NamedRow>(
    "report_per_user",
    bySeller + #"""
       select u.id, u.name, \#(added) from sold s join app_user u on u.id = s.user_id
      where $4::text is null or (u.name collate "und-x-icu", u.id) > ($4::text collate "und-x-icu", $5::uuid)
      group by u.id, u.name order by u.name collate "und-x-icu", u.id limit $3::int + 1
      """#
  ) { input, p in
    bindPage(input, &p)
  } decode: { row in
    try NamedRow(row: &row)
  }

  struct TillInput {
    let span: Input
    let after: TillKey?
  }

  struct TillRow {
    let till: String
    let sums: SalesSums
  }

  /// A page goes on behind a till's name.
  static let perTill = Statement<TillInput, TillRow>(
    "report_per_till",
    bySeller + #"""
       select s.till, \#(added) from sold s
      where $4::text is null or (s.till collate "und-x-icu", s.till collate "C") > ($4::text collate "und-x-icu", $4::text collate "C")
      group by s.till order by s.till collate "und-x-icu", s.till collate "C" limit $3::int + 1
      """#
  ) { input, p in
    bind(input.span, &p)
    p.add(int32: input.span.limit)
    p.add(input.after?.name)
  } decode: { row in
    TillRow(till: try row.text(), sums: try SalesSums(row: &row))
  }

  static let perProduct = Statement<Input, NamedRow>(
    "report_per_product",
    byProduct + #"""
       select p.id, p.name, \#(sums) from sold s join product p on p.id = s.product_id
      where $4::text is null or (p.name collate "und-x-icu", p.id) > ($4::text collate "und-x-icu", $5::uuid)
      order by p.name collate "und-x-icu", p.id limit $3::int + 1
      """#
  ) { input, p in
    bindPage(input, &p)
  } decode: { row in
    try NamedRow(row: &row)
  }

  struct RankInput {
    let from: Day?
    let to: Day?
    let ranking: ProductRanking
    /// Ten-thousandths in a minor unit, which make revenue comparable with cost.
    let scale: Int32
    let limit: Int
    let after: RankKey?
  }

  struct RankedRow {
    let named: NamedRow
    let value: Int128
  }

  /// Best first. Names are looked up for the page alone.
  static let ranked = Statement<RankInput, RankedRow>(
    "report_ranked_products",
    byProduct + #"""
      , valued as (
        select s.*, case $3::text when 'qty' then s.qty when 'revenue' then s.revenue else s.revenue * $4::int - s.cost end as value
        from sold s),
      best as materialized (
        select * from valued v
        where $5::text::numeric is null or v.value < $5::text::numeric or (v.value = $5::text::numeric and v.product_id > $6::uuid)
        order by v.value desc, v.product_id limit $7::int + 1)
      select p.id, p.name, \#(sums), s.value::text from best s join product p on p.id = s.product_id
      order by s.value desc, s.product_id
      """#
  ) { input, p in
    p.add(input.from)
    p.add(input.to)
    p.add(input.ranking.rawValue)
    p.add(input.scale)
    p.add(input.after.map { String($0.value) })
    p.add(input.after?.id)
    p.add(int32: input.limit)
  } decode: { row in
    RankedRow(named: try NamedRow(row: &row), value: try row.wholeNumber())
  }
}

extension SalesSums {
  fileprivate init(row: inout RowReader) throws {
    sales = Int(try row.int8())
    qty = Int(try row.int8())
    revenue = MoneySum(minor: try row.wholeNumber())
    cost = Amount(tenThousandths: try row.wholeNumber())
  }
}
