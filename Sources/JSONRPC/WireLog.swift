/// What the wire has to tell its operator; never a line, a parameter or an id.

/// An event worth a log line. The log closure gets it on whichever thread noticed and must not block. Method names are cut to 64
/// characters: the client may have made them up.
package enum WireLog: Sendable, Equatable {
  /// A valid notification was not passed on: its params are positional.
  case positionalNotification(method: String)
  /// A `$/cancelRequest` notification that names no id.
  case malformedCancellation
  /// A line beyond the limit was refused and is being skipped.
  case lineTooLong
  /// A line, or a member of a batch, was refused before it became a call; `code` is the error's stable name.
  case refused(code: String)
  /// Reading failed; taken as the end of the input.
  case inputFailed(errno: Int32)
  /// The client has closed its end of our output, or writing failed: taken as the end of the input, and replies are dropped.
  case outputClosed(errno: Int32)
  /// The client reads too slowly: a server notification was dropped.
  case notificationDropped(method: String)
  /// A call was answered twice; the second answer was ignored.
  case answeredTwice(method: String)
  /// A handler let go of a call without an answer; it was answered with an internal error that names this incident.
  case unanswered(method: String, incident: String)

  static func shortened(_ method: String) -> String {
    String(method.unicodeScalars.prefix(64))
  }
}
