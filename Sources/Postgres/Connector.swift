// Making a connection: one host after the other, each within its time, without ever blocking past a deadline.
import CLibPQ
import Glibc

/// Connects without a blocking call except for the resolver's.
struct Connector {
  let configuration: ConnectionConfiguration
  let deadline: ContinuousClock.Instant?
  let interrupt: Interrupt
  let notices: NoticeBox

  /// A connection that is ready for statements, from the first host that gives one.
  func connect() throws(PostgresError) -> OpaquePointer {
    InheritedEnvironment.scrub()
    var reasons: [String] = []
    var state: SQLState?
    for target in configuration.targets {
      switch try attempt(target) {
      case .ready(let connection): return connection
      case .refused(let reason, let code):
        reasons.append("\(target.label): \(reason)")
        state = code ?? state
      }
    }
    throw .unavailable(Unavailability(state: state, logText: reasons.joined(separator: "; ")))
  }

  private enum Attempt {
    case ready(OpaquePointer)
    case refused(String, SQLState?)
  }

  private func attempt(_ target: ConnectionConfiguration.Target) throws(PostgresError) -> Attempt {
    guard let connection = Self.start(target.keywords) else { return .refused("out of memory", nil) }
    notices.install(on: connection)
    // The code of a refusal is in libpq's text only, and there only when it is verbose.
    PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
    let hostLimit = configuration.hostTimeout.map { ContinuousClock().now + $0 }
    var progress = PGRES_POLLING_WRITING
    do {
      while PQstatus(connection) != CONNECTION_BAD {
        if progress == PGRES_POLLING_OK { return .ready(connection) }
        if progress == PGRES_POLLING_FAILED { break }
        if try !wait(connection, writing: progress == PGRES_POLLING_WRITING, until: hostLimit) {
          PQfinish(connection)
          return .refused("no answer in time", nil)
        }
        progress = PQconnectPoll(connection)
      }
    } catch {
      PQfinish(connection)
      throw error
    }
    let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
    PQfinish(connection)
    return .refused(Self.oneLine(text), Self.state(in: text))
  }

  private static func start(_ keywords: [(name: String, value: String)]) -> OpaquePointer? {
    var names: [UnsafePointer<CChar>?] = keywords.map { UnsafePointer(strdup($0.name)) }
    var values: [UnsafePointer<CChar>?] = keywords.map { UnsafePointer(strdup($0.value)) }
    names.append(nil)
    values.append(nil)
    defer { for text in names + values { free(UnsafeMutablePointer(mutating: text)) } }
    return PQconnectStartParams(names, values, 0)
  }

  /// False when the host's time is over.
  private func wait(
    _ connection: OpaquePointer, writing: Bool, until hostLimit: ContinuousClock.Instant?
  ) throws(PostgresError) -> Bool {
    while true {
      let now = ContinuousClock().now
      if interrupt.isRaised { throw .interrupted }
      if let deadline, deadline <= now { throw .deadlineExceeded }
      if let hostLimit, hostLimit <= now { return false }
      var entries = [
        pollfd(fd: PQsocket(connection), events: Int16(writing ? POLLOUT : POLLIN), revents: 0),
        pollfd(fd: interrupt.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      let end = [deadline, hostLimit].compactMap { $0 }.min()
      if poll(&entries, 2, end.pollTimeout) > 0 && entries[0].revents != 0 { return true }
    }
  }

  /// The last `FATAL:  57P03: ` or the like in libpq's text.
  static func state(in text: String) -> SQLState? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 9 else { return nil }
    for start in (0...bytes.count - 9).reversed() {
      let part = bytes[start..<start + 9]
      let code = part.dropFirst(3).prefix(5)
      let isCode = code.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
      if isCode, part.prefix(3).elementsEqual(":  ".utf8), part.last == UInt8(ascii: ":") { return SQLState(bytes: code) }
    }
    return nil
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("LOCATION:") }.joined(separator: " ")
  }
}
