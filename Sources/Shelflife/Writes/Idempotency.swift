// Keys of writes: looked up under an advisory lock, stored in the write's own transaction, never removed.

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
}
