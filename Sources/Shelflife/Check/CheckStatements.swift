// SQL of the checks. Each answers how many records it looked at and, in words, what is wrong with which.
import Postgres

enum CheckStatements {
  struct Found {
    let checked: Int
    let violations: [String]
  }

  struct Named {
    let name: String
    /// Half of the work, as it was measured: what a second session takes over.
    var isHeavyOnAudit: Bool { ["audit-records", "audit-chain", "references"].contains(name) }
    let statement: Statement<Void, Found>
  }

  /// In the order in which they run and are reported.
  static let all: [Named] =
    [
      named("lot-balances", lotBalances), named("movement-chains", movementChains), named("sale-totals", saleTotals),
      named("line-allocations", lineAllocations), named("document-numbers", documentNumbers),
      named("document-lines", LedgerCheckStatements.documentLines), named("returns", LedgerCheckStatements.returns),
      named("stock-takes", LedgerCheckStatements.stockTakes), named("receipt-copies", receiptCopies),
      named("references", references),
      named("report-totals", reportTotals),
      named("single-owner", singleOwner), named("store-settings", storeSettings), named("guards", guards),
    ] + audit

  /// What the audit alone must satisfy. Violations come in the order of the chain: the first is the first broken link.
  static let audit: [Named] = [ordered("audit-chain", auditChain), ordered("audit-records", auditRecords)]

  /// Until the end of the transaction. The checks read whole tables in the order of their indexes; what is sorted or hashed
  /// besides stays within a few of these at a time. One process, so that a second core is left to the sales.
  static let settings = Statement<Void, Void>(
    "proof_settings",
    #"""
    select set_config('work_mem', '8MB', true), set_config('max_parallel_workers_per_gather', '0', true),
      set_config('jit', 'off', true)
    """#)

  /// Lets a transaction that has not begun to read see what another one sees.
  static func adopt(_ snapshot: String) -> String { "set transaction snapshot \(SQLText.literal(snapshot))" }

  /// `sql` selects one row a record looked at: null where it is right, else what is wrong with it.
  private static func named(_ name: String, _ sql: String) -> Named {
    Named(
      name: name,
      statement: Statement(
        "check_" + name,
        "select count(*), coalesce((array_agg(v.wrong) filter (where v.wrong is not null))[1:100], '{}') from (\(sql)) v (wrong)",
        bind: { _, _ in },
        decode: { row in Found(checked: Int(try row.int8()), violations: try row.texts()) }))
  }

  /// The same for `sql` that selects a place beside what is wrong. Only what is wrong is sorted, so that good books pay nothing.
  private static func ordered(_ name: String, _ sql: String) -> Named {
    Named(
      name: name,
      statement: Statement(
        "check_" + name,
        #"""
        select f.checked, array(select u.wrong from unnest(f.wrongs, f.places) u (wrong, place) order by u.place, u.wrong limit 100)
        from (
          select count(*) as checked, array_agg(v.wrong) filter (where v.wrong is not null) as wrongs,
            array_agg(v.place) filter (where v.wrong is not null) as places
          from (\#(sql)) v (wrong, place)) f
        """#,
        bind: { _, _ in },
        decode: { row in Found(checked: Int(try row.int8()), violations: try row.texts()) }))
  }

  private static let lotBalances = #"""
    select case
      when m.lot_id is null then 'lot ' || l.ref_no || ': no movement'
      when l.qty_remaining <> m.balance then 'lot ' || l.ref_no || ': holds ' || l.qty_remaining || ', its movements leave ' || m.balance
      when l.seq <> m.last_seq or l.seq <> m.movements then
        'lot ' || l.ref_no || ': at movement ' || l.seq || ' of ' || m.movements || ', the last numbered ' || m.last_seq
      when l.qty_received <> m.received then 'lot ' || l.ref_no || ': received ' || l.qty_received || ', its ledger says ' || m.received
      when e.expiry is distinct from l.expiry or e.unit_cost <> l.unit_cost then
        'lot ' || l.ref_no || ': its expiry or cost is not what its last movement set down'
      end
    from lot l left join (
      select lot_id, sum(qty) as balance, max(seq) as last_seq, count(*) as movements,
        coalesce(sum(qty) filter (where kind = 'received'), 0) as received
      from stock_movement group by lot_id) m on m.lot_id = l.id
    left join stock_movement e on e.lot_id = l.id and e.seq = l.seq
    """#

  private static let movementChains = #"""
    select case
      when m.seq <> coalesce(m.before_seq, 0) + 1 then 'movement ' || m.seq || ' of lot ' || m.lot_id || ': follows ' || coalesce(m.before_seq, 0)
      when m.balance <> coalesce(m.before_balance, 0) + m.qty then
        'movement ' || m.seq || ' of lot ' || m.lot_id || ': balance ' || m.balance || ' after ' || coalesce(m.before_balance, 0) || ' and ' || m.qty
      when m.balance < 0 then 'movement ' || m.seq || ' of lot ' || m.lot_id || ': below zero'
      when m.kind = 'sold' and m.expiry < m.day then 'movement ' || m.seq || ' of lot ' || m.lot_id || ': sold after its expiry'
      end
    from (
      select lot_id, seq, qty, balance, kind, expiry, day, lag(seq) over w as before_seq, lag(balance) over w as before_balance
      from stock_movement window w as (partition by lot_id order by seq)) m
    """#

  private static let saleTotals = #"""
    select case
      when s.id is null then 'lines of sale ' || l.sale_id || ': there is no such sale'
      when l.sale_id is null then 'receipt ' || s.number || ' of ' || s.day || ': no lines'
      when s.total <> l.total then 'receipt ' || s.number || ' of ' || s.day || ': total ' || s.total || ', its lines make ' || l.total
      when s.last_line <> l.lines or s.last_line <> l.last_line then
        'receipt ' || s.number || ' of ' || s.day || ': ' || s.last_line || ' lines, of which ' || l.lines || ' are there'
      when not l.exact then 'receipt ' || s.number || ' of ' || s.day || ': a line is not quantity times price'
      end
    from sale s full join (
      select sale_id, sum(line_total) as total, count(*) as lines, max(line) as last_line,
        bool_and(line_total = qty * unit_price) as exact
      from sale_line group by sale_id) l on l.sale_id = s.id
    """#

  private static let lineAllocations = #"""
    select case
      when l.sale_id is null then 'line ' || m.line || ' of sale ' || m.sale_id || ': allocated, but there is no such line'
      when m.sale_id is null then 'line ' || l.line || ' of sale ' || l.sale_id || ': no allocation'
      when l.product_id <> m.product_id then 'line ' || l.line || ' of sale ' || l.sale_id || ': allocated from another product'
      when l.qty <> m.qty then 'line ' || l.line || ' of sale ' || l.sale_id || ': quantity ' || l.qty || ', allocated ' || m.qty
      when l.last_take <> m.takes then 'line ' || l.line || ' of sale ' || l.sale_id || ': ' || l.last_take || ' allocations, of which ' || m.takes || ' are there'
      end
    from sale_line l full join (
      select sale_id, line, product_id, -sum(qty) as qty, count(*) as takes
      from stock_movement where kind = 'sold' group by sale_id, line, product_id) m on m.sale_id = l.sale_id and m.line = l.line
    """#

  private static let documentNumbers = #"""
    select case
      when n.lowest <> 1 or n.highest <> n.documents then
        n.kind || ' numbers of ' || n.day || ': ' || n.documents || ' documents from ' || n.lowest || ' to ' || n.highest
      when n.highest is distinct from n.counter then
        n.kind || ' numbers of ' || n.day || ': the last is ' || n.highest || ', the counter says ' || coalesce(n.counter::text, 'none')
      end
    from (
      select 'receipt' as kind, coalesce(s.day, c.day) as day, coalesce(s.documents, 0) as documents, coalesce(s.lowest, 1) as lowest,
        coalesce(s.highest, 0) as highest, coalesce(c.receipts, 0) as counter
      from (select day, count(*) as documents, min(number) as lowest, max(number) as highest from sale group by day) s
      full join day_counter c on c.day = s.day
      union all
      select 'delivery', coalesce(s.day, c.day), coalesce(s.documents, 0), coalesce(s.lowest, 1), coalesce(s.highest, 0),
        coalesce(c.restocks, 0)
      from (select day, count(*) as documents, min(number) as lowest, max(number) as highest from stock_in group by day) s
      full join day_counter c on c.day = s.day
      union all
      select coalesce(s.kind, c.kind), coalesce(s.day, c.day), coalesce(s.documents, 0), coalesce(s.lowest, 1), coalesce(s.highest, 0),
        coalesce(c.number, 0)
      from (select kind, day, count(*) as documents, min(number) as lowest, max(number) as highest from stock_document group by kind, day) s
      full join document_counter c on c.kind = s.kind and c.day = s.day) n
    """#

  private static let receiptCopies = #"""
    select case
      when s.id is null then 'copies of sale ' || c.sale_id || ': there is no such sale'
      when c.lowest <> 1 or c.highest <> c.copies then
        'receipt ' || s.number || ' of ' || s.day || ': ' || c.copies || ' copies, numbered from ' || c.lowest || ' to ' || c.highest
      when c.printers <> c.copies then 'receipt ' || s.number || ' of ' || s.day || ': who printed a copy is gone'
      end
    from (
      select c.sale_id, count(*) as copies, min(c.copy_no) as lowest, max(c.copy_no) as highest, count(u.id) as printers
      from receipt_copy c left join app_user u on u.id = c.printed_by group by c.sale_id) c
    left join sale s on s.id = c.sale_id
    """#

  /// Beside what the sums above show: lines without their sale and allocations without their line.
  private static let references = #"""
    select case when p.id is null then 'line ' || l.line || ' of sale ' || l.sale_id || ': its product is gone' end
    from sale_line l left join product p on p.id = l.product_id
    union all
    select case when l.id is null then 'movement ' || m.seq || ' of lot ' || m.lot_id || ': there is no such lot'
      when l.product_id <> m.product_id then 'movement ' || m.seq || ' of lot ' || m.lot_id || ': of another product than its lot' end
    from stock_movement m left join lot l on l.id = m.lot_id
    union all
    select case when d.id is null and l.stock_in_id is not null then 'lot ' || l.ref_no || ': its delivery is gone'
      when p.id is null then 'lot ' || l.ref_no || ': its product is gone'
      when l.parent_lot_id is not null and (o.id is null or o.product_id <> l.product_id or o.stock_in_id is distinct from l.stock_in_id) then
        'lot ' || l.ref_no || ': the lot that it stands beside is gone or another'
      when l.found_in is not null and f.kind is distinct from 'count' then 'lot ' || l.ref_no || ': the count that found it is gone' end
    from lot l left join stock_in d on d.id = l.stock_in_id left join product p on p.id = l.product_id
    left join lot o on o.id = l.parent_lot_id left join stock_document f on f.id = l.found_in
    union all
    select case when u.id is null then 'receipt ' || s.number || ' of ' || s.day || ': its seller is gone' end
    from sale s left join app_user u on u.id = s.sold_by
    union all
    select case when u.id is null then 'delivery ' || d.number || ' of ' || d.day || ': its maker is gone'
      when d.last_line <> (select count(*) from lot l where l.stock_in_id = d.id and l.line is not null) then
        'delivery ' || d.number || ' of ' || d.day || ': not all of its lots are there' end
    from stock_in d left join app_user u on u.id = d.created_by
    union all
    select case when k.sale_id is null then null
      when s.id is null then 'an idempotency key: its sale is gone'
      when k.keys > 1 then 'receipt ' || s.number || ' of ' || s.day || ': ' || k.keys || ' idempotency keys lead to it'
      when k.at <> s.sold_at then 'receipt ' || s.number || ' of ' || s.day || ': the idempotency key that leads to it is of another time' end
    from (select sale_id, at, count(*) over (partition by sale_id) as keys from idempotency_key) k left join sale s on s.id = k.sale_id
    """#

  /// The totals that reports read, made anew from the sales they count. A line from several lots counts once, with its first.
  private static let reportTotals = #"""
    select case
      when t.day is null then y.what || ' of ' || y.day || ': not totalled'
      when y.day is null then t.what || ' of ' || t.day || ': totalled, but nothing was sold'
      when t.sales <> y.sales then t.what || ' of ' || t.day || ': ' || t.sales || ' sales, of which ' || y.sales || ' are there'
      when t.qty <> y.qty then t.what || ' of ' || t.day || ': quantity ' || t.qty || ', its lines make ' || y.qty
      when t.revenue <> y.revenue then t.what || ' of ' || t.day || ': revenue ' || t.revenue || ', its lines make ' || y.revenue
      when t.cost is distinct from y.cost then
        t.what || ' of ' || t.day || ': cost ' || t.cost || ', its movements make ' || coalesce(y.cost::text, 'none')
      end
    from (
      select s.day, case grouping(l.product_id) when 0 then 'product ' || l.product_id
          else 'seller ' || s.sold_by || coalesce(' at ' || s.till, '') end as what,
        count(distinct s.number) as sales, sum(l.qty) as qty, sum(l.revenue) as revenue, sum(l.cost) as cost
      from (
        select l.sale_id, l.product_id, case when m.take > 1 then 0 else l.qty end as qty,
          case when m.take > 1 then 0 else l.line_total end as revenue, -m.qty * m.unit_cost as cost
        from sale_line l left join stock_movement m on m.sale_id = l.sale_id and m.line = l.line
        order by l.sale_id, l.line) l
      join sale s on s.id = l.sale_id
      join totalled_day t on t.day = s.day and s.number <= t.number
      group by grouping sets ((s.day, l.product_id), (s.day, s.sold_by, s.till))) y
    full join (
      select day, 'product ' || product_id as what, sales, qty, revenue, cost from product_day_total
      union all
      select day, 'seller ' || user_id || coalesce(' at ' || nullif(till, ''), ''), sales, qty, revenue, cost from seller_day_total) t on t.day = y.day and t.what = y.what
    union all
    select case when s.id is null then 'totals of ' || t.day || ': made up to receipt ' || t.number || ', which is not there' end
    from totalled_day t left join sale s on s.day = t.day and s.number = t.number
    """#

  private static let singleOwner = #"""
    select case when count(*) > 1 then 'there are ' || count(*) || ' owners' when count(*) = 0 and exists (select from app_user)
      then 'there are users but no owner' when not coalesce(bool_and(is_active), true) then 'the owner is not active' end
    from app_user where role = 'OWNER'
    """#

  /// Without a zone that the server knows no business date can be told.
  private static let storeSettings = #"""
    select case when not exists (select from pg_timezone_names z where z.name = s.time_zone) then
      'the store: this server does not know its time zone ' || s.time_zone end
    from store s
    """#

  /// Constraints, unique indexes and triggers that somebody switched off or dropped guard nothing.
  private static let guards = #"""
    select case when not c.convalidated then 'constraint ' || c.conname || ' is not validated' end
    from pg_constraint c where c.connamespace = 'shelf'::regnamespace
    union all
    select case when t.tgenabled <> 'O' then 'trigger ' || t.tgname || ' on ' || t.tgrelid::regclass || ' is switched off' end
    from pg_trigger t join pg_class c on c.oid = t.tgrelid where c.relnamespace = 'shelf'::regnamespace
    union all
    select case when present.name is null then expected.name || ' is missing' end
    from unnest(string_to_array('\#(expectedGuards)', E'\n')) expected (name)
    left join (\#(presentGuards)) present (name) on present.name = expected.name
    """#

  /// What `Schema/guards.txt` lists of a whole schema.
  static let presentGuards = #"""
    select 'constraint ' || conrelid::regclass || '.' || conname from pg_constraint
    where connamespace = 'shelf'::regnamespace and conrelid <> 0
    union all
    select 'trigger ' || t.tgrelid::regclass || '.' || t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where not t.tgisinternal and c.relnamespace = 'shelf'::regnamespace
    union all
    select 'index ' || i.indexrelid::regclass from pg_index i join pg_class c on c.oid = i.indrelid
    where i.indisunique and c.relnamespace = 'shelf'::regnamespace
    """#

  /// One guard a line, as the migrations make them.
  static let expectedGuards = String(decoding: PackageResources.guards_txt, as: UTF8.self).split(separator: "\n").joined(
    separator: "\n")

  private static let auditChain = #"""
    select case
      when l.seq <> coalesce(l.before_seq, 0) + 1 then 'audit link ' || l.seq || ': follows ' || coalesce(l.before_seq, 0)
      when l.entries is distinct from e.entries then 'audit link ' || l.seq || ': ' || l.entries || ' entries, of which ' || coalesce(e.entries, 0) || ' are there'
      when l.hash <> sha256(coalesce(l.before_hash, sha256('shelflife')) || int8send(l.seq) || e.bytes) then
        'audit link ' || l.seq || ': its hash does not fit its entries and the link before it'
      when l.is_last and (h.seq is distinct from l.seq or h.hash is distinct from l.hash) then 'audit head: does not point at the last link' end,
      l.seq
    from (select seq, hash, entries, lag(seq) over w as before_seq, lag(hash) over w as before_hash, lead(seq) over w is null as is_last
      from audit_link window w as (order by seq)) l
    left join (
      select link, count(*)::int as entries, string_agg(bytes, ''::bytea) as bytes
      from (
        select link, record_send(row(entry, at, user_id, session_id, action, record_kind, record_id, before, after, record_digest)) as bytes
        from audit_entry order by link, entry) e
      group by link) e on e.link = l.seq
    left join audit_head h on true
    union all
    select case when count(*) <> 1 then 'audit head: there are ' || count(*)
      when max(h.seq) <> (select count(*) from audit_link) then 'audit head: stands at ' || max(h.seq) || ' of ' || (select count(*) from audit_link) || ' links' end,
      9223372036854775807
    from audit_head h
    """#

  /// What the view `sale_digest` says of every sale, in the same bytes, but from one pass through each table instead of two
  /// searches a sale. What is aggregated comes sorted, which costs less than an aggregate that sorts each sale by itself.
  static let saleDigests = #"""
    select s.id, sha256(sha256(
      case when s.till is null
        then record_send(row(s.id, s.day, s.sold_at, s.sold_by, s.seller_name, s.payment_method, s.note, s.last_line, s.total))
        else record_send(row(s.id, s.day, s.sold_at, s.sold_by, s.seller_name, s.payment_method, s.note, s.last_line, s.total, s.till)) end
      || l.bytes || m.bytes) || int4send(s.number)) as digest
    from sale s
    left join (
      select sale_id, string_agg(bytes, ''::bytea) as bytes
      from (
        select sale_id, record_send(row(line, id, product_id, product_name, qty, unit_price, last_take)) as bytes
        from sale_line order by sale_id, line) l
      group by sale_id) l on l.sale_id = s.id
    left join (
      select sale_id, string_agg(bytes, ''::bytea) as bytes
      from (
        select sale_id, record_send(row(line, take, lot_id, seq, qty, balance, at, day, expiry, unit_cost)) as bytes
        from stock_movement where sale_id is not null order by sale_id, line, take) m
      group by sale_id) m on m.sale_id = s.id
    """#

  /// Every record is as its last audit entry left it, and every record has one.
  private static let auditRecords = #"""
    select case
      when r.id is null then 'audit link ' || e.link || ': its ' || e.record_kind || ' ' || e.record_id || ' is gone'
      when e.record_id is null then r.kind || ' ' || r.id || ': was never audited'
      when r.digest <> e.record_digest then r.kind || ' ' || r.id || ': is not as audit link ' || e.link || ' left it' end,
      coalesce(e.link, 9223372036854775807)
    from (
      select 'sale' as kind, id, digest from (\#(saleDigests)) s
      union all
      select kind, id, digest from record_digest where kind <> 'sale') r
    full join (
      select distinct on (record_id, record_kind) record_kind, record_id, link, record_digest
      from audit_entry order by record_id, record_kind, link desc, entry desc) e on e.record_kind = r.kind and e.record_id = r.id
    where (r.kind is null or r.kind not in ('clock', 'login', 'store', 'restore') or e.record_id is not null)
    """#
}
