// A second session, stepped: what it does begins when a test says so, and the test learns whether it has to wait.
import Glibc
import Postgres
import Synchronization
import TestSupport

@testable import Shelflife

/// Raised once, by any thread.
final class Signal: Sendable {
  private let raised = Mutex(false)

  var isRaised: Bool { raised.withLock { $0 } }

  func raise() { raised.withLock { $0 = true } }

  func wait() throws {
    for _ in 0..<20_000 {
      if isRaised { return }
      usleep(1_000)
    }
    throw Unexpected("nobody gave the signal")
  }
}

/// Work on a thread of its own against a shop's database.
final class Companion<Value: Sendable>: Sendable {
  private let database: ShopDatabase
  private let thread: TestThread<Value>
  private let ended: Signal

  init(_ database: ShopDatabase, _ body: @escaping @Sendable () throws -> Value) {
    self.database = database
    let ended = Signal()
    self.ended = ended
    thread = TestThread {
      defer { ended.raise() }
      return try body()
    }
  }

  /// Returns once the work has ended or a session of the database waits for a lock; true if it waits.
  ///
  /// - Parameter inVain: false to overlook a sale in one trip, which waits for a moment only and is then made in two.
  func waits(inVain: Bool = false) throws -> Bool {
    let watch = try Connection(database.superuser)
    defer { watch.close() }
    let overlooked = inVain ? "" : " and query not like '%lock_timeout%'"
    for _ in 0..<10_000 {
      if ended.isRaised { return false }
      let waiting = try watch.script(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'" + overlooked)
      if !waiting.isEmpty { return true }
      usleep(1_000)
    }
    throw Unexpected("it neither ends nor waits for a lock")
  }

  /// What the work came to. To be called once.
  func value() throws -> Value { try thread.value() }
}

/// Thrown by a test to have a write roll back.
struct Abandoned: Error {}

extension Till {
  /// Begins a write and, before it commits, has somebody else do something until that has ended or waits; then commits, or rolls back.
  ///
  /// - Returns: whether the other had to wait, and what came of it.
  func meeting<Value: Sendable>(
    _ method: String, rollsBack: Bool = false, by person: Caller? = Person.olga.caller,
    _ body: (WriteTransaction) throws -> Void, _ other: @escaping @Sendable (Till) throws -> Value
  ) throws -> (waited: Bool, Value) {
    let database = database
    let now = now
    var waited = false
    var companion: Companion<Value>?
    do {
      try done(method, by: person) { transaction in
        try body(transaction)
        let begun = Companion(database) {
          let till = try Till(database)
          till.now = now
          return try other(till)
        }
        companion = begun
        waited = try begun.waits()
        if rollsBack { throw Abandoned() }
      }
    } catch is Abandoned {}
    guard let companion else { throw Unexpected("the other never began") }
    return (waited, try companion.value())
  }
}

extension Till {
  /// Makes a sale and, once it is planned and nothing of it is written, has somebody else do something until that has ended or waits.
  ///
  /// - Returns: what the sale was told, and what the other was: `…` in front where it had to wait.
  func planned(
    _ call: SaleCall, _ begin: @escaping @Sendable () -> Companion<String>
  ) throws -> (sale: String, other: String) {
    let met = Mutex<(companion: Companion<String>, waited: Result<Bool, any Error>)?>(nil)
    var call = call
    call.info = info(
      call.info.method, by: call.info.caller, key: call.info.key,
      mayCommit: {
        met.withLock { met in
          guard met == nil else { return }
          let companion = begin()
          met = (companion, Result { try companion.waits() })
        }
        return true
      })
    let sale = try outcome(call).told(short: true)
    guard let (companion, waited) = met.withLock({ $0 }) else { throw Unexpected("the sale was never planned") }
    return (sale, (try waited.get() ? "…" : "") + (try companion.value()))
  }
}

extension SaleOutcome<Sale> {
  /// The sale, or only the name of what refused it.
  func told(short: Bool) -> String {
    if short, case .refused(let fault) = self { fault.description.name } else { told([:]) }
  }
}
