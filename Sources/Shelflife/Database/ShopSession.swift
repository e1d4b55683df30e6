// One lane's session with the database, and what can go wrong in it, in the shop's own words.
import Glibc
import Postgres

/// A session of the shop. Not Sendable: used by one thread at a time. `interrupt` alone is for others meanwhile.
package final class ShopSession {
  let connection: Connection
  let memory = SaleMemory()

  /// Connects as the serving role.
  ///
  /// - Parameters:
  ///   - database: the shop.
  ///   - isForWrites: whether plans look rows up by their keys however small a table seemed when they were made. Those of foreign keys
  ///     are kept: made for a table that was empty when it was analyzed, they read it row by row while it grows, until the next time.
  ///   - interrupt: what others raise to end a wait.
  ///   - deadline: bounds every wait; nil is no limit.
  /// - Throws: `ShopFailure`.
  package init(
    _ database: PreparedDatabase, isForWrites: Bool = false, interrupt: Interrupt, deadline: ContinuousClock.Instant?
  ) throws {
    let serving = isForWrites ? database.serving.with(setting: "enable_seqscan", "off") : database.serving
    connection = try Connection(serving, deadline: deadline, interrupt: interrupt)
    connection.cancelGrace = ShopLimits.cancelGrace
  }

  /// Connects to another server that holds the shop.
  init(serving: ConnectionConfiguration, interrupt: Interrupt, deadline: ContinuousClock.Instant) throws {
    connection = try Connection(serving, deadline: deadline, interrupt: interrupt)
    connection.cancelGrace = ShopLimits.cancelGrace
  }

  /// Bounds every wait from now on; nil is no limit.
  package var deadline: ContinuousClock.Instant? {
    get { connection.deadline }
    set { connection.deadline = newValue }
  }

  /// False once the connection is lost, also where the server hung up while nobody used it.
  package var isUsable: Bool { connection.probe() }

  package func close() { connection.close() }

  /// Watches more descriptors in every wait until one of them is ready, and calls `onReady` then.
  package func watch(_ descriptors: [pollfd], onReady: @escaping () -> Void) { connection.watch(descriptors, onReady: onReady) }

  package func unwatch() { connection.unwatch() }

  /// Asks the server for nothing but an answer.
  package func feel() throws {
    try connection.script(HostStatements.nothing)
  }

  package func read<Value>(_ info: CallInfo, _ body: (ReadTransaction) throws -> Value) throws -> (
    value: Value, context: CallContext
  ) {
    try Reads.run(on: connection, info, body: body)
  }

  package func write<Value>(
    _ info: CallInfo, encode: (Value, CallContext) -> [UInt8], _ body: (WriteTransaction) throws -> Value
  ) throws -> WriteAnswer<Value> {
    memory.forget()
    return try Writes.run(on: connection, info, encode: encode, body: body)
  }

  /// Makes sales in one transaction, each answered with what `reply` makes of it, which may be asked more than once for a call.
  package func sell<Reply>(
    _ calls: [SaleCall], at till: TillName, reply: @escaping (_ place: Int, Sale, CallContext) -> Reply
  ) throws -> [SaleOutcome<Reply>] {
    try SaleGroup.run(calls, at: till, on: connection, memory, reply: reply)
  }

  /// Has the server send word of every write from now on, whoever makes it.
  package func listenForChanges() throws {
    try connection.listen(ChangeStatements.channel)
  }

  /// Takes in word of writes, waiting for some until `limit`; with a limit that has passed, what has arrived so far.
  package func awaitChanges(until limit: ContinuousClock.Instant) throws {
    _ = try connection.waitForNotifications(until: limit)
  }

  /// The sale that a stored key leads to.
  package func replayedSale(_ id: Identifier, for caller: Caller?) throws -> Sale {
    try Sales.replayed(id, for: caller, on: connection)
  }
}

/// What anybody may know of a shop before signing in.
package struct ShopStanding: Sendable {
  /// When the shop's owner was made; nil while there is none.
  package let ownerSince: Instant?
  package let storeName: String
  package let currency: Currency
  package let shopID: Identifier

  package var ownerExists: Bool { ownerSince != nil }

  /// Reads it in a session of its own.
  package static func read(from database: PreparedDatabase) throws(ProvisionFailure) -> ShopStanding {
    do {
      let connection = try Connection(database.serving)
      defer { connection.close() }
      guard let standing = try connection.first(StoreStatements.standing) else {
        throw ProvisionFailure(reason: "the store row is missing", logText: "the store row is missing", isTransient: false)
      }
      return standing
    } catch let failure as ProvisionFailure {
      throw failure
    } catch {
      throw ProvisionFailure(reason: "the database cannot be read", logText: ShopFailure(error).logText, isTransient: true)
    }
  }
}

/// What ended a call other than a result.
package enum ShopFailure: Sendable {
  case fault(Fault)
  /// The connection was lost; `mayHaveCommitted` tells that only the key can say whether the write happened.
  case connectionLost(mayHaveCommitted: Bool, logText: String)
  /// The call's interrupt was raised: cancelled, or out of time.
  case interrupted
  case deadlineExceeded
  /// Another transaction stored the call's key first: another try finds what it answered.
  case keyStoredMeanwhile
  /// The call's amounts were read in another currency: it is to be read anew with these decimal places.
  case currencyMoved(moneyScale: Int)
  /// A defect or a surprise: the client is told an incident, the log all of it.
  case unexpected(logText: String)

  package init(_ error: any Error) {
    switch error {
    case let fault as Fault: self = .fault(fault)
    case let error as PostgresError: self.init(error)
    case let moved as CurrencyMoved: self = .currencyMoved(moneyScale: moved.moneyScale)
    default: self = .unexpected(logText: "\(error)")
    }
  }

  private init(_ error: PostgresError) {
    if case .interrupted = error {
      self = .interrupted
      return
    }
    if case .deadlineExceeded = error {
      self = .deadlineExceeded
      return
    }
    if error.state == .diskFull {
      self = .fault(.diskFull)
      return
    }
    if error.state == .tooManyConnections {
      // A server that is full gives no session more, and serves those that there are.
      self = .fault(.databaseUnavailable(reason: "the server has no connection left"))
    } else if error.isRetryable || error.state == .outOfMemory {
      self = .fault(.databaseUnavailable(reason: "the database is too busy"))
    } else if error.state == .readOnlyTransaction {
      // The server has become a standby: another one takes the writes now.
      self = .connectionLost(mayHaveCommitted: false, logText: error.logText)
    } else if error.constraint == "audit_head_step_check" {
      // The schema has been brought to a step that this program must not write under: the next look at it says so.
      self = .connectionLost(mayHaveCommitted: false, logText: error.logText)
    } else if error.constraint == "idempotency_key_pkey" {
      self = .keyStoredMeanwhile
    } else if error.isConnectionFault {
      self = .connectionLost(mayHaveCommitted: error.outcomeUnknown, logText: error.logText)
    } else {
      self = .unexpected(logText: error.logText)
    }
  }

  /// All there is to say, for the log only.
  package var logText: String {
    switch self {
    case .fault(let fault): fault.description.name
    case .connectionLost(_, let text), .unexpected(let text): text
    case .interrupted: "interrupted"
    case .currencyMoved: "the currency was changed meanwhile"
    case .keyStoredMeanwhile: "the key was stored meanwhile"
    case .deadlineExceeded: "deadline exceeded"
    }
  }
}

/// What another thread may raise to end a session's wait.
package typealias SessionInterrupt = Interrupt

extension ShopSession {
  /// Signs somebody in. A text that cannot be a username is treated as an unknown one.
  ///
  /// - Throws: `tooManyAttempts`, `invalidCredentials`.
  package func login(_ auth: Auth, username: String, password: String, info: CallInfo) throws -> SignedIn {
    try auth.login(usernameKey: Auth.key(username), password: password, info: info, on: connection)
  }

  /// Checks the caller's password and hashes a new one.
  ///
  /// - Throws: `invalidCredentials`, `invalidToken`.
  package func prepareChange(_ auth: Auth, current: String, new: Password, info: CallInfo) throws -> PasswordHash {
    try auth.prepareChange(current: current, new: new, info: info, on: connection)
  }
}
