// Feeling whether a server elsewhere is within reach, also while no call asks it anything.
import JSONRPC
import Shelflife

/// Belongs to a thread of its own, for as long as the process serves.
struct DatabasePulse {
  /// With the time after which a silent connection is given up, this is how soon a lost network is noticed.
  private static let interval = Duration.milliseconds(500)

  let keeper: DatabaseKeeper

  func run() {
    while !keeper.isStopped {
      guard let found = keeper.found else {
        WorkerThread.sleep(for: Self.interval)
        continue
      }
      do { try feel(found.database, found.generation) } catch {
        if case .connectionLost(_, let logText) = ShopFailure(error) {
          keeper.lost(generation: found.generation, logText: logText)
        }
        WorkerThread.sleep(for: Self.interval)
      }
    }
  }

  /// Asks again and again on a session of its own until the database is another one.
  private func feel(_ database: PreparedDatabase, _ generation: Int) throws {
    let session = try ShopSession(database, interrupt: SessionInterrupt(), deadline: nil)
    defer { session.close() }
    while keeper.isCurrent(generation), !keeper.isStopped {
      try session.feel()
      keeper.seen(generation: generation)
      WorkerThread.sleep(for: Self.interval)
    }
  }
}
