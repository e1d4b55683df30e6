/// Lanes: the table of who waits for whom.

/// How a method's calls take their turn.
///
/// | lane | starts when | beside it |
/// | --- | --- | --- |
/// | `immediate` | at once, on the reader thread; never queued | everything |
/// | `read` | every earlier write is done | everything but exclusive |
/// | `write` | every earlier write is done, except one that still hashes | one write, or one group of them |
/// | `hashingWrite` | to hash: every earlier write is done; then its turn as a write, before all later ones | as a write |
/// | `password` | every earlier write is done | one password job at a time, in order of arrival |
/// | `long` | every earlier write is done | one long call at a time |
/// | `exclusive` | everything earlier is done | nothing |
///
/// Nothing starts before an earlier barrier is done: an exclusive call, or a login that binds its session to the pipe.
package enum Lane: String, Sendable, CaseIterable {
  case immediate
  case read
  case write
  case hashingWrite = "hashing-write"
  case password
  case long
  case exclusive

  /// Whether calls of this lane change the shop in a transaction of their own, and so take an `idempotencyKey`.
  package var isWrite: Bool { self == .write || self == .hashingWrite }

  /// Whether a call that nobody can see fail is not to be run.
  var isUnfitForNotifications: Bool { isWrite || self == .password || self == .long || self == .exclusive }
}

/// The number of a call in order of arrival. Later calls have greater ones.
package struct Ticket: Hashable, Comparable, Sendable {
  package let number: UInt64

  package init(_ number: UInt64) {
    self.number = number
  }

  package static func < (left: Ticket, right: Ticket) -> Bool { left.number < right.number }
}

/// Writes with the same group may share one transaction.
package struct WriteGroup: Hashable, Sendable {
  package let number: UInt8

  package init(_ number: UInt8) {
    self.number = number
  }
}
