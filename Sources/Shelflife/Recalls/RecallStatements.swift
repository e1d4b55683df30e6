// SQL of recalls, and of the lots that are of a recalled batch.
import Postgres

enum RecallStatements {
  /// Against `IdempotencyStatements.lock` of the same number.
  static let share = Statement<Int64, Void>("share_recalls", "select pg_advisory_xact_lock_shared($1::bigint)") { lock, p in
    p.add(lock)
  }

  struct Started {
    let recall: Recall
    let day: Day
  }

  static let insert = Statement<Started, Void>(
    "insert_recall",
    #"""
    insert into recall (id, batch_no, product_id, reason, day, started_at, started_by, starter_name)
    values ($1::uuid, $2::text, $3::uuid, $4::text, $5::date, $6::timestamptz, $7::uuid, $8::text)
    """#
  ) { started, p in
    let recall = started.recall
    p.add(recall.id)
    p.add(recall.batchNo)
    p.add(recall.productID)
    p.add(recall.reason)
    p.add(started.day)
    p.add(recall.startedAt)
    p.add(recall.startedBy.id)
    p.add(recall.startedBy.name)
  }

  struct Ended {
    let id: Identifier
    let end: Ending
  }

  static let end = Statement<Ended, Void>(
    "end_recall",
    "update recall set ended_at = $2::timestamptz, ended_by = $3::uuid, end_reason = $4::text where id = $1::uuid"
  ) { ended, p in
    p.add(ended.id)
    p.add(ended.end.at)
    p.add(ended.end.by.id)
    p.add(ended.end.reason)
  }

  private static let columns = #"""
    select r.id, r.batch_no, r.product_id, (select p.name from product p where p.id = r.product_id), r.reason, r.started_at, r.started_by,
      r.starter_name, r.ended_at, r.ended_by, (select u.name from app_user u where u.id = r.ended_by), r.end_reason
    from recall r
    """#

  static let get = Statement<Identifier, Recall>("get_recall", columns + " where r.id = $1::uuid") { id, p in
    p.add(id)
  } decode: { row in
    try Recall(row: &row)
  }

  static let list = Statement<RecallFilter, Recall>(
    "list_recalls",
    columns + #"""
       where (r.started_at, r.id)
          < (coalesce($1::timestamptz, 'infinity'), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
        and (not $3::bool or r.ended_at is null)
      order by r.started_at desc, r.id desc limit $4::int + 1
      """#
  ) { filter, p in
    p.add(filter.after?.at)
    p.add(filter.after?.id)
    p.add(filter.openOnly)
    p.add(int32: filter.limit)
  } decode: { row in
    try Recall(row: &row)
  }

  /// Every lot of a recall's batch, and of its product if it has one.
  static let lots = Statement<Recall, Identifier>(
    "lots_of_recall",
    #"""
    select l.id from (select w.id, w.product_id from lot w where lower(w.batch_no) = lower($1::text) offset 0) l
    where $2::uuid is null or l.product_id = $2::uuid
    """#
  ) { recall, p in
    p.add(recall.batchNo)
    p.add(recall.productID)
  } decode: { row in
    try row.identifier()
  }

  /// The places, from 0, of those batches that an open recall blocks.
  static let blocked = Statement<[BatchOfProduct], Int>(
    "blocked_batches",
    #"""
    select u.ord::int - 1 from unnest($1::text[], $2::uuid[]) with ordinality u (batch_no, product_id, ord)
    where exists (
      select from recall r
      where r.batch_key = lower(u.batch_no) and (r.product_id is null or r.product_id = u.product_id) and r.ended_at is null)
    """#
  ) { batches, p in
    p.add(batches.map(\.batchNo))
    p.add(batches.map(\.productID))
  } decode: { row in
    try row.int()
  }
}

extension Recall {
  fileprivate init(row: inout RowReader) throws {
    id = try row.identifier()
    batchNo = try row.text()
    productID = try row.optionalIdentifier()
    productName = try row.optionalText()
    reason = try row.text()
    startedAt = try row.instant()
    startedBy = Actor(id: try row.identifier(), name: try row.text())
    ended = try row.ending()
  }
}
