// What the service tells its operator. Where the lines go is the executable's affair; no secret is ever among the fields.

import JSONRPC

package enum LogLevel: String, Sendable, CaseIterable, Comparable {
  case debug, info, warning, error

  package static func < (a: LogLevel, b: LogLevel) -> Bool {
    (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
  }
}

/// Takes log entries; must not block.
package struct ServiceLog: Sendable {
  package let write: @Sendable (LogLevel, String, [String: String]) -> Void
  /// Takes a call that was answered. The level is that of whoever has to do something about it.
  let call: @Sendable (LogLevel, CallRecord) -> Void
  /// What is below this level is not worth making.
  let level: LogLevel

  package init(
    level: LogLevel = .info, call: @escaping @Sendable (LogLevel, CallRecord) -> Void = { _, _ in },
    write: @escaping @Sendable (LogLevel, String, [String: String]) -> Void
  ) {
    self.write = write
    self.call = call
    self.level = level
  }
}

/// An answered call, as the log tells it: never a parameter, never a result.
package struct CallRecord: Sendable {
  package let method: String
  /// The request's id, cut to 64 characters; nil for a notification.
  package let id: String?
  /// The error's stable name; nil for a result.
  package let code: String?
  /// From the end of the request's line to its answer.
  package let microseconds: Int
  /// Of these, until a worker began with it; nil where it never began, or was answered at once.
  package let waitedMicroseconds: Int?
}

extension ServiceLog {
  /// Logs an answer, unless nobody would read it.
  func answered(_ call: Call, error: RPCError?, startedAt: @autoclosure () -> ContinuousClock.Instant? = nil) {
    let level = error.map(LogLevel.init) ?? .debug
    guard level >= self.level else { return }
    self.call(
      level,
      CallRecord(
        method: String(call.method.unicodeScalars.prefix(64)), id: call.id?.logText, code: error?.dataCode,
        microseconds: call.receivedAt.duration(to: .now).microseconds,
        waitedMicroseconds: startedAt().map { call.receivedAt.duration(to: $0).microseconds }))
  }
}

extension LogLevel {
  /// By whose fault it is: a client's refusal is worth knowing, the machine's trouble worth a look, our own mistake worth an alarm.
  init(_ error: RPCError) {
    switch error.code {
    case -32603: self = .error
    case 429, 503, 504: self = .warning
    default: self = .info
    }
  }
}

extension LogLevel {
  /// The same for what the wire tells.
  package init(_ event: WireLog) {
    switch event {
    case .refused, .lineTooLong, .positionalNotification, .malformedCancellation: self = .info
    case .answeredTwice, .unanswered: self = .error
    case .inputFailed, .outputClosed, .notificationDropped: self = .warning
    }
  }
}

extension Duration {
  fileprivate var microseconds: Int {
    let (seconds, attoseconds) = components
    return Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000)
  }
}
