// SQL of idempotency keys: locked in one order, looked up, stored.
import Postgres

enum IdempotencyStatements {
  /// Locks the keys in one order, then looks them up: a transaction that stores one of them has ended by then.
  ///
  /// A key that this process made for its first try cannot be known anywhere, so it costs nothing here.
  static func claim(_ keys: [WriteKey], in pipeline: Pipeline) throws -> Pending<FoundKey>? {
    let keys = keys.filter(\.mayBeKnown)
    guard !keys.isEmpty else { return nil }
    try pipeline.send(lock, keys.map(\.lock).sorted())
    return try pipeline.send(find, keys.map(\.text))
  }

  static let lock = Statement<[Int64], Void>(
    "lock_keys",
    "select pg_advisory_xact_lock(k) from unnest($1::bigint[]) k"
  ) { locks, p in
    p.add(locks)
  }

  static let find = Statement<[String], FoundKey>(
    "find_keys",
    "select key, digest, result, sale_id from idempotency_key where key = any($1::text[])"
  ) { keys, p in
    p.add(keys)
  } decode: { row in
    let key = try row.text()
    let digest = try row.bytea()
    let result = try row.optionalBytea()
    let sale = try row.optionalIdentifier()
    return FoundKey(key: key, digest: digest, outcome: sale.map(StoredOutcome.sale) ?? .bytes(result ?? []))
  }

  /// Makes the commit wait for the standby that the server's commits wait for, if any, and so for all that was committed before it.
  static let reachStandby = Statement<Void, Void>(
    "reach_standby",
    #"""
    select case when current_setting('synchronous_standby_names') <> '' then pg_logical_emit_message(true, 'shelflife', '')::text end
    """#)

  static let store = Statement<[StoredKey], Void>(
    "store_keys",
    #"""
    insert into idempotency_key (key, digest, at, result, sale_id)
    select * from unnest($1::text[], $2::bytea[], $3::timestamptz[], $4::bytea[], $5::uuid[])
    """#
  ) { keys, p in
    p.add(keys.map(\.key.text))
    p.add(keys.map(\.key.digest))
    p.add(keys.map(\.at))
    p.add(keys.map { if case .bytes(let bytes) = $0.outcome { bytes } else { nil } })
    p.add(keys.map { if case .sale(let id) = $0.outcome { id } else { nil } })
  }
}
