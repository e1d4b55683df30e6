// The audit chain: one entry a write, one link a transaction, hashed in commit order under the head's row lock.
import Postgres

/// Kinds of records that the audit covers, as `record_digest` names them.
package enum AuditedRecord: String, Sendable, CaseIterable {
  case sale
  case stockIn = "stock-in"
  case lot
  case product
  case user
  case store
  case clock
  case login
  case copy
  case restore
  case saleReturn = "return"
  case void
  case writeOff = "write-off"
  case supplierReturn = "supplier-return"
  case count
  case correction
  case cancellation
  case recall
  case stockTake = "stock-take"
  case stockTakeEntry = "stock-take-entry"
}

/// One write of one record, before its digest is known.
struct AuditEntry: Sendable {
  let at: Instant
  let userID: Identifier?
  let sessionID: Identifier?
  let action: String
  let kind: AuditedRecord
  let recordID: Identifier
}

/// A member that a write changed. Values are as people read them; secrets are never among them.
struct AuditChange: Sendable {
  let member: String
  let before: String?
  let after: String?

  /// A secret that was replaced: that it was is all there is to tell.
  static func secret(_ member: String) -> AuditChange { AuditChange(member: member, before: nil, after: "changed") }

  /// A member that a new record was given; nil where it has none.
  static func made(_ member: String, _ value: String?) -> AuditChange? {
    value.map { AuditChange(member: member, before: nil, after: $0) }
  }

  /// A member that a write may have changed; nil where it has not.
  static func changed(_ member: String, _ before: String?, _ after: String?) -> AuditChange? {
    before == after ? nil : AuditChange(member: member, before: before, after: after)
  }
}

enum AuditStatements {
  struct Input {
    let entries: [AuditEntry]
    let changes: [AuditChange]
  }

  /// Adds the statement that writes a transaction's link; the changes belong to its first entry.
  static func append(_ entries: [AuditEntry], changes: [AuditChange], in pipeline: Pipeline) throws {
    guard !entries.isEmpty else { return }
    try pipeline.send(append, Input(entries: entries, changes: changes))
  }

  /// From a CTE `entry`: the next link over its rows, under the head's lock, and the entries themselves; then word of it to
  /// whoever listens, which the server holds back until the commit. Answers the link as the new head.
  static let linkEntries = #"""
    head as (select seq, hash from audit_head for update),
    body as (
      select count(*)::int as entries, string_agg(
        record_send(row(entry, at, user_id, session_id, action, kind, record_id, before, after, record_digest)), ''::bytea
        order by entry) as bytes
      from entry),
    link as (
      insert into audit_link (seq, hash, entries)
      select h.seq + 1, sha256(h.hash || int8send(h.seq + 1) || b.bytes), b.entries from head h, body b
      returning seq, hash),
    entries as (
      insert into audit_entry (link, entry, at, user_id, session_id, action, record_kind, record_id, before, after, record_digest)
      select l.seq, e.entry, e.at, e.user_id, e.session_id, e.action, e.kind, e.record_id, e.before, e.after, e.record_digest
      from entry e, link l),
    headed as (update audit_head set seq = l.seq, hash = l.hash, step = \#(Provision.schemaVersion) from link l)
    select l.seq, l.hash from link l cross join pg_notify('\#(ChangeStatements.channel)', '')
    """#

  /// Takes the head's lock, so it is the last statement before the commit. Digests come from the live rows.
  static let append = Statement<Input, Void>(
    "append_audit",
    #"""
    with entry as materialized (
      select e.ord::int as entry, e.at, e.user_id, e.session_id, e.action, e.kind, e.record_id,
        case when e.ord = 1 and array_remove($8::text[], null) <> '{}' then jsonb_object($7::text[], $8::text[])::text end as before,
        case when e.ord = 1 and array_remove($9::text[], null) <> '{}' then jsonb_object($7::text[], $9::text[])::text end as after,
        (select d.digest from record_digest d where d.kind = e.kind and d.id = e.record_id) as record_digest
      from unnest($1::timestamptz[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[])
        with ordinality e (at, user_id, session_id, action, kind, record_id, ord)),
    \#(linkEntries)
    """#
  ) { input, p in
    p.add(input.entries.map(\.at))
    p.add(input.entries.map(\.userID))
    p.add(input.entries.map(\.sessionID))
    p.add(input.entries.map(\.action))
    p.add(input.entries.map(\.kind.rawValue))
    p.add(input.entries.map(\.recordID))
    p.add(input.changes.map(\.member))
    p.add(input.changes.map(\.before))
    p.add(input.changes.map(\.after))
  }
}
