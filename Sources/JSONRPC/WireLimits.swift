/// Every limit of the wire in one place.

/// What the peer takes at most. The contract's numbers are the defaults; tests use smaller ones.
package struct WireLimits: Sendable {
  /// Bytes of a line without its `\n` or `\r\n`; a longer one is refused and skipped.
  package var lineBytes = 8 << 20
  /// Bytes asked of one `read`.
  package var readBytes = 64 << 10
  /// Members of a batch.
  package var batchMembers = 1_000
  /// Calls handed to the handler and not yet answered.
  package var callsInFlight = 256
  /// Calls read but not yet handed over; with this many the reader stops reading.
  package var waitingCalls = 4_096
  /// Line bytes of the waiting calls; with this many the reader stops reading.
  package var waitingBytes = 16 << 20
  /// Reply bytes not yet taken by the client; with more the reader stops reading and no call is handed over.
  package var outputHighBytes = 4 << 20
  /// Reading goes on once the client has left no more than this. Not below 64 KiB.
  package var outputLowBytes = 1 << 20
  /// Unread output beyond which notifications of the server are dropped.
  package var notificationBytes = 16 << 20

  package init() {}
}
