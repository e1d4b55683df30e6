// SQL of a group of sales in one statement, for a session that knows the whole picture already.
import Postgres

extension SaleStatements {
  /// A group whose numbers and place in the audit follow from what the session knows.
  struct Known {
    let group: Group
    let updates: LotUpdates
    /// One a sale, rising.
    let numbers: [Int32]
    /// What each sale's audit entry stores.
    let digests: [[UInt8]]
    /// The link that the group makes.
    let head: AuditHead

    /// The group behind the day's last receipt number and the audit as of which all is known.
    init(_ group: Group, after last: Int32, _ head: AuditHead) {
      self.group = group
      updates = LotUpdates(group.sales, lots: group.lots)
      let numbers = group.sales.indices.map { last + 1 + Int32($0) }
      let contents = SaleDigest.contents(of: group)
      digests = zip(contents, numbers).map { SaleDigest.whole($0, number: $1) }
      self.numbers = numbers
      self.head = head.next(group.sales, digests: digests)
    }
  }

  /// Who else holds what the group needs is not alone in the shop: longer than this is better waited in the other way. It ends before the
  /// server looks for deadlocks.
  private static let patience = "50ms"

  private static let headers = rows(
    from: 8,
    [
      "id": "uuid", "number": "int", "sold_at": "timestamptz", "sold_by": "uuid", "seller_name": "text", "payment_method": "text",
      "note": "text", "last_line": "smallint", "total": "bigint", "key": "text", "key_digest": "bytea", "session_id": "uuid",
      "action": "text", "record_digest": "bytea",
    ])

  /// Writes a group as one statement and one transaction: lots, numbers, sales, lines, movements, keys and the audit's link.
  ///
  /// The link's number is the caller's: if anybody has written since the caller knew the audit's head, that link is there already, and
  /// the key of links refuses it and all of this with it. So whatever the caller planned with is proved by this one row.
  /// Locks in the one order, each CTE behind the one before: lots, the day's counter, the audit head; what has a key of its own is
  /// inserted behind them. Until it is done it may be interrupted, and then nothing has happened. The last select runs before all of it.
  static let writeAtOnce = Statement<Known, Void>(
    "write_sales_at_once",
    #"""
    with lots as (
      update lot l set seq = u.seq, qty_remaining = u.balance
      from (\#(rows(from: 2, ["id": "uuid", "seq": "int", "balance": "int"]))) u where l.id = u.id returning l.id),
    counted as (
      update day_counter c set receipts = $5::int from (select count(*) from lots) l where c.day = $1::date returning receipts),
    headed as (update audit_head set seq = $6::bigint, hash = $7::bytea, step = \#(Provision.schemaVersion) from counted returning seq, hash),
    link as (insert into audit_link (seq, hash, entries) select seq, hash, cardinality($8::uuid[]) from headed returning seq),
    sold as materialized (select u.* from headed cross join (\#(headers)) u),
    sales as (
      insert into sale (id, day, number, sold_at, sold_by, seller_name, payment_method, note, last_line, total, till)
      select id, $1::date, number, sold_at, sold_by, seller_name, payment_method, note, last_line, total, $45::text from sold),
    \#(insertLines(from: 22)),
    \#(insertMovements(from: 32, behind: "headed")),
    keys as (
      insert into idempotency_key (key, digest, at, sale_id) select key, key_digest, sold_at, id from sold where key is not null),
    entries as (
      insert into audit_entry (link, entry, at, user_id, session_id, action, record_kind, record_id, record_digest)
      select l.seq, s.number - $5::int + cardinality($8::uuid[]), s.sold_at, s.sold_by, s.session_id, s.action, 'sale', s.id, s.record_digest from sold s, link l)
    select set_config('lock_timeout', '\#(patience)', true), pg_notify('\#(ChangeStatements.channel)', '')
    """#
  ) { known, p in
    let sales = known.group.sales
    p.add(known.group.day)
    p.add(known.updates.ids)
    p.add(known.updates.seqs)
    p.add(known.updates.balances)
    p.add(known.numbers.last)
    p.add(known.head.seq)
    p.add(known.head.hash)
    p.add(sales.map { $0.id })
    p.add(known.numbers)
    bindHeaders(sales, &p)
    p.add(sales.map { $0.info.caller?.sessionID })
    p.add(sales.map { $0.info.method })
    p.add(known.digests)
    bindLines(SoldLine.all(of: sales), &p)
    bindMovements(known.group.movements, &p)
    p.add(known.group.till.text)
  }
}
