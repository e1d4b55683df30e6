// Keys of writes: looked up under an advisory lock, stored in the write's own transaction, never removed.
import Postgres

/// A key that an earlier call stored.
struct FoundKey: Sendable {
  let key: String
  let digest: [UInt8]
  let outcome: StoredOutcome
}

/// A key with what its call answered.
struct StoredKey: Sendable {
  let key: WriteKey
  let at: Instant
  let outcome: StoredOutcome
}

enum Idempotency {
  /// The stored outcome, if the same call asks for it.
  ///
  /// - Throws: `Fault.idempotencyKeyReused` when another call, or another user, stored the key.
  static func outcome(of found: FoundKey, for key: WriteKey) throws(Fault) -> StoredOutcome {
    guard found.digest == key.digest else { throw .idempotencyKeyReused }
    return found.outcome
  }

  /// Ends a transaction that found its write done before. A server that went down while a commit waited for its standby shows what was
  /// committed once it is up again, although the standby may not have it yet: an answer that is given now must outlive the server too.
  static func closeReplay(on connection: Connection) throws {
    let closing = connection.pipeline()
    try closing.send(IdempotencyStatements.reachStandby)
    try closing.commit()
    try closing.sync()
  }
}
