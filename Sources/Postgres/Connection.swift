// One session with PostgreSQL, used by one thread at a time, which blocks in it.
import CLibPQ
import Glibc

/// A session. Not Sendable: one thread at a time uses it, and only `interrupt` is for others meanwhile.
///
/// Every wait watches the socket, the interrupt and the deadline. When one of the latter strikes, the running statement is
/// cancelled at the server and its answer awaited, so that the connection stays good and the outcome is known: a statement
/// that was done before the cancellation arrived returns its rows.
package final class Connection {
  let handle: OpaquePointer
  let notices: NoticeBox
  package let interrupt: Interrupt
  /// Applies to every wait from now on; nil is no limit.
  package var deadline: ContinuousClock.Instant?
  /// How long the server may take to settle a cancelled statement before the connection is given up.
  package var cancelGrace = Limits.cancelGrace

  var broken: String?
  var shielded = false
  var cancellation: Cancellation?
  /// The socket, the interrupt, and what bystanders wait for.
  let polled: UnsafeMutablePointer<pollfd>
  var bystanders = 0
  var onBystander: (() -> Void)?
  var parameters = Parameters()
  var prepared = PreparedNames()
  var pipelined = PipelineState()
  /// The copy under way, by its number among all of this connection.
  var openCopy: Int?
  var copies = 0
  /// As far as sent: inside a transaction block; something was sent that may commit.
  var blockOpen = false
  var mayHaveCommitted = false

  /// Connects. `deadline` bounds this and stays set; `interrupt` may be handed in so that connecting can be interrupted as well.
  /// Throws `.unavailable`, `.interrupted` or `.deadlineExceeded`. Name resolution alone may take longer than the deadline.
  package init(
    _ configuration: ConnectionConfiguration, deadline: ContinuousClock.Instant? = nil, interrupt: Interrupt = Interrupt()
  ) throws(PostgresError) {
    notices = NoticeBox(configuration.onNotice)
    handle = try Connector(configuration: configuration, deadline: deadline, interrupt: interrupt, notices: notices).connect()
    self.deadline = deadline
    self.interrupt = interrupt
    polled = .allocate(capacity: 2 + Limits.bystanders)
    polled[0] = pollfd(fd: PQsocket(handle), events: 0, revents: 0)
    polled[1] = pollfd(fd: interrupt.descriptor, events: Int16(POLLIN), revents: 0)
    PQsetnonblocking(handle, 1)
  }

  deinit {
    if !closed { PQfinish(handle) }
    polled.deallocate()
  }

  private var closed = false

  /// Ends the session; the connection is of no use afterwards. May be called twice.
  package func close() {
    guard !closed else { return }
    closed = true
    broken = broken ?? "closed"
    pipelined.failAll(.connectionLost(ConnectionLoss(outcomeUnknown: mayHaveCommitted, state: nil, logText: broken ?? "")))
    pipelined = PipelineState()
    PQfinish(handle)
  }

  /// Gives the session up after a fault: the server rolls back what was open.
  func abandon(_ reason: String) {
    broken = broken ?? reason
    close()
  }

  /// False once the connection has been lost or closed. Asks nobody; see `probe()`.
  package var isUsable: Bool { broken == nil }

  /// Looks, without a round trip, whether the server has hung up meanwhile; false then, and the connection is closed.
  package func probe() -> Bool {
    guard broken == nil else { return false }
    do {
      try readWhatIsThere()
      return true
    } catch { return false }
  }

  /// Inside a transaction block, failed or not.
  package var inTransaction: Bool {
    guard broken == nil else { return false }
    let status = PQtransactionStatus(handle)
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE && blockOpen
  }

  /// Inside a transaction block that can only be rolled back.
  package var inFailedTransaction: Bool { broken == nil && PQtransactionStatus(handle) == PQTRANS_INERROR }

  /// For example 150018.
  package var serverVersion: Int { broken == nil ? Int(PQserverVersion(handle)) : 0 }

  /// The server process of this session.
  package var processID: Int32 { broken == nil ? PQbackendPID(handle) : 0 }

  /// A setting that the server reports by itself: `server_version`, `TimeZone`, `in_hot_standby`, …
  package func parameterStatus(_ name: String) -> String? {
    broken == nil ? PQparameterStatus(handle, name).map { String(cString: $0) } : nil
  }

  /// The address behind the host's name; nil for a unix socket.
  package var hostAddress: String? {
    guard broken == nil, let address = PQhostaddr(handle).map({ String(cString: $0) }), !address.isEmpty,
      !address.hasPrefix("/")
    else { return nil }
    return address
  }

  /// The variables by which libpq's own programs reach the same server as this session, by the same rules; the password is among
  /// them, so never for a command line.
  package var environment: [String: String] {
    guard broken == nil, let options = PQconninfo(handle) else { return [:] }
    defer { PQconninfoFree(options) }
    var variables: [String: String] = [:]
    var option = options
    while option.pointee.keyword != nil {
      if let name = option.pointee.envvar, let value = option.pointee.val {
        variables[String(cString: name)] = String(cString: value)
      }
      option += 1
    }
    // Settings of our sessions are none of theirs.
    variables["PGOPTIONS"] = nil
    variables["PGAPPNAME"] = nil
    return variables
  }

  /// Runs one statement in one round trip and returns its rows.
  ///
  /// `meanwhile` is what can be done while the server works: it is called once the statement is sent, as far as it goes out at once, and
  /// must not use the connection.
  package func run<Input, Row>(
    _ statement: Statement<Input, Row>, _ input: Input, meanwhile: () -> Void = {}
  ) throws(PostgresError) -> [Row] {
    let result = try answer(statement, input, meanwhile: meanwhile)
    return try statement.rows(result)
  }

  package func run<Row>(_ statement: Statement<Void, Row>) throws(PostgresError) -> [Row] { try run(statement, ()) }

  /// Runs one statement and returns its first row, if any.
  package func first<Input, Row>(_ statement: Statement<Input, Row>, _ input: Input) throws(PostgresError) -> Row? {
    try run(statement, input).first
  }

  package func first<Row>(_ statement: Statement<Void, Row>) throws(PostgresError) -> Row? { try run(statement, ()).first }

  /// Runs one statement and returns how many rows it inserted, updated, deleted or returned.
  @discardableResult
  package func execute<Input, Row>(_ statement: Statement<Input, Row>, _ input: Input) throws(PostgresError) -> Int {
    try answer(statement, input).affected
  }

  @discardableResult
  package func execute<Row>(_ statement: Statement<Void, Row>) throws(PostgresError) -> Int { try execute(statement, ()) }

  /// Runs SQL text of one or more statements by the simple protocol: one implicit transaction unless it says otherwise.
  /// Returns the rows of the last statement as text. No COPY.
  @discardableResult
  package func script(_ sql: String) throws(PostgresError) -> [[String?]] {
    try beginOperation()
    mayHaveCommitted = true
    guard PQsendQuery(handle, sql) == 1 else { throw lost() }
    return try collect(statement: nil).texts()
  }

  private func answer<Input, Row>(
    _ statement: Statement<Input, Row>, _ input: Input, meanwhile: () -> Void = {}
  ) throws(PostgresError) -> QueryResult {
    try send(statement, input)
    meanwhile()
    do throws(PostgresError) {
      let result = try collect(statement: statement.name)
      if statement.command == .commit && result.commandTag == "ROLLBACK" { throw Self.commitRefused }
      return result
    } catch {
      prepared.forget(statement.name, after: error)
      throw error
    }
  }

  private func send<Input, Row>(_ statement: Statement<Input, Row>, _ input: Input) throws(PostgresError) {
    let serverName = try prepare(statement)
    parameters.reset()
    statement.bind(input, &parameters)
    note(statement.command)
    guard parameters.send(serverName, on: handle) else { throw lost() }
  }

  /// Prepares the statement on this connection if that has not happened, and returns the name the server knows it by.
  @discardableResult
  package func prepare<Input, Row>(_ statement: Statement<Input, Row>) throws(PostgresError) -> String {
    try beginOperation()
    if let known = prepared.serverName(of: statement.name, sql: statement.sql) { return known }
    let name = prepared.add(statement.name, sql: statement.sql)
    guard PQsendPrepare(handle, name, statement.sql, 0, nil) == 1 else { throw lost() }
    do throws(PostgresError) {
      _ = try collect(statement: statement.name)
    } catch {
      prepared.remove(statement.name)
      throw error
    }
    return name
  }

  /// Calls `body` with each row while the answer is still arriving, so that memory stays flat however many rows there are.
  /// An error of `body` cancels the statement and is thrown on. `body` must not use the connection.
  package func forEachRow<Input, Row, Failure: PostgresFailure>(
    _ statement: Statement<Input, Row>, _ input: Input, failure: Failure.Type,
    _ body: (Row) throws(Failure) -> Void
  ) throws(Failure) {
    var bodyError: Failure?
    do throws(PostgresError) {
      try send(statement, input)
      PQsetSingleRowMode(handle)
      var decodingError: PostgresError?
      do throws(PostgresError) {
        _ = try collect(statement: statement.name) { result in
          guard bodyError == nil && decodingError == nil else { return }
          do throws(PostgresError) {
            for row in try statement.rows(result) {
              do throws(Failure) { try body(row) } catch {
                bodyError = error
                self.startCancelling(.interrupted)
              }
            }
          } catch {
            decodingError = error
            self.startCancelling(.interrupted)
          }
        }
      } catch {
        prepared.forget(statement.name, after: error)
        if bodyError == nil { throw decodingError ?? error }
      }
      if let decodingError { throw decodingError }
    } catch {
      throw Failure(error)
    }
    if let bodyError { throw bodyError }
  }

  package func forEachRow<Input, Row>(
    _ statement: Statement<Input, Row>, _ input: Input, _ body: (Row) throws(PostgresError) -> Void
  ) throws(PostgresError) {
    try forEachRow(statement, input, failure: PostgresError.self, body)
  }
}
