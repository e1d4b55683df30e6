// What the server says without being asked: notices, and notifications after LISTEN.
import CLibPQ
import Glibc

/// A notice or warning. Holds the server's words: for the log only.
package struct Notice: Sendable {
  package let severity: String
  package let state: SQLState?
  package let message: String
  /// The server's function that said it: the same in every language and version.
  let routine: String?

  init(_ result: OpaquePointer?) {
    func field(_ code: Character) -> String? {
      code.asciiValue.flatMap { PQresultErrorField(result, Int32($0)) }.map { String(cString: $0) }
    }
    severity = field("V") ?? "NOTICE"
    state = field("C").map { SQLState(bytes: $0.utf8) }
    routine = field("R")
    message = field("M") ?? PQresultErrorMessage(result).map { String(cString: $0) } ?? ""
  }
}

/// Where libpq's callback finds the handler.
final class NoticeBox {
  let handler: (@Sendable (Notice) -> Void)?
  /// A commit stopped waiting for its standby, whoever cancelled the wait: it may be lost with the server, although the server answers it
  /// like any other.
  var leftStandbyBehind = false

  init(_ handler: (@Sendable (Notice) -> Void)?) { self.handler = handler }

  /// The box must outlive the connection.
  func install(on connection: OpaquePointer) {
    PQsetNoticeReceiver(
      connection,
      { argument, result in
        guard let argument else { return }
        let box = Unmanaged<NoticeBox>.fromOpaque(argument).takeUnretainedValue()
        let notice = Notice(result)
        if notice.routine == "SyncRepWaitForLSN" { box.leftStandbyBehind = true }
        box.handler?(notice)
      }, Unmanaged.passUnretained(self).toOpaque())
  }
}

/// One NOTIFY of any session, this one included.
package struct Notification: Sendable, Equatable {
  package let channel: String
  package let payload: String
  /// The server process of the session that sent it.
  package let processID: Int32
}

extension Connection {
  /// Listens on `channel` from now on.
  package func listen(_ channel: String) throws(PostgresError) {
    _ = try script("listen \(Self.quoted(identifier: channel))")
  }

  package func unlisten(_ channel: String) throws(PostgresError) {
    _ = try script("unlisten \(Self.quoted(identifier: channel))")
  }

  /// What has arrived so far, without waiting.
  package func notifications() throws(PostgresError) -> [Notification] {
    try beginOperation()
    try readWhatIsThere()
    return takeNotifications()
  }

  /// Waits for at least one notification, at most until `limit` (nil: as long as it takes); empty when there was none.
  /// The interrupt and the deadline of the connection end the wait too, by their errors.
  package func waitForNotifications(until limit: ContinuousClock.Instant? = nil) throws(PostgresError) -> [Notification] {
    while true {
      let found = try notifications()
      let now = ContinuousClock().now
      if !found.isEmpty || limit.map({ $0 <= now }) == true { return found }
      let end = [limit, deadline].compactMap { $0 }.min()
      var entries = [
        pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0),
        pollfd(fd: interrupt.descriptor, events: shielded ? 0 : Int16(POLLIN), revents: 0),
      ]
      _ = poll(&entries, 2, end.pollTimeout)
    }
  }

  private func takeNotifications() -> [Notification] {
    var found: [Notification] = []
    while let next = PQnotifies(handle) {
      found.append(
        Notification(
          channel: String(cString: next.pointee.relname), payload: String(cString: next.pointee.extra),
          processID: next.pointee.be_pid))
      PQfreemem(next)
    }
    return found
  }

  /// `name` as SQL takes it literally.
  package static func quoted(identifier name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
