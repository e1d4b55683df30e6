// The process's share of the embedded server: taken at the start, taken anew when the supervisor is lost, given back at the end.
import JSONRPC
import PostgresServer
import Shelflife
import Synchronization

/// Holds one lease. Safe from any thread.
///
/// A thread watches it: a supervisor that was killed must be replaced at once, also while connections still work, or nobody would
/// stop the server at the end and the next process to leave would stop it under this one.
final class LeaseHolder: Sendable {
  private struct State {
    var lease: Lease?
    var isReleased = false
    /// Whether nobody waits for a lease that is still on its way.
    var isGivenUp = false
    var isWatched = false
  }

  /// How long to wait before asking again for a server that was refused.
  private static let pause = Duration.milliseconds(500)

  private let cluster: EmbeddedCluster
  private let state = Mutex(State())
  /// Held while a lease is being acquired, so that two threads never wait for two of them.
  private let acquiring = Mutex(())

  init(_ cluster: EmbeddedCluster) {
    self.cluster = cluster
  }

  /// Brings the server up, if need be, and prepares the shop's database in it. Blocks.
  func prepare(_ progress: @Sendable (Int, String) -> Void) throws(ProvisionFailure) -> PreparedDatabase {
    let lease = try held(progress)
    watch()
    progress(95, "preparing the shop")
    return try Provision.embedded(socketDirectory: lease.socketDirectory, port: lease.port, superuser: lease.superuser)
  }

  /// Brings the server up, if need be, and looks at what is in it without changing anything. Blocks.
  func look(_ progress: @Sendable (Int, String) -> Void) throws(ProvisionFailure) -> ShopSight {
    let lease = try held(progress)
    watch()
    progress(95, "looking at the shop")
    return try Provision.look(socketDirectory: lease.socketDirectory, port: lease.port, superuser: lease.superuser)
  }

  /// Ends the wait for a server that is on its way, now and later; a share that is held stays.
  func giveUpWaiting() {
    state.withLock { $0.isGivenUp = true }
  }

  /// Gives the share back and ends whatever is under way; may be called again.
  func release() {
    let lease = state.withLock { state -> Lease? in
      state.isReleased = true
      defer { state.lease = nil }
      return state.lease
    }
    lease?.release(waitingAtMost: 5_000)
  }

  /// The lease that is held, or a new one in place of one that is over.
  private func held(_ progress: @Sendable (Int, String) -> Void) throws(ProvisionFailure) -> Lease {
    try acquiring.withLock { _ throws(ProvisionFailure) in
      if let lease = state.withLock({ $0.lease }) {
        switch lease.refresh() {
        case .ready: return lease
        case .restarting(let step):
          progress(step.percentage, step.message)
          if lease.waitForNews(timeout: 1_000) == .ready { return lease }
          throw ProvisionFailure(reason: step.message, logText: step.message, isTransient: true)
        case .failed, .lost, .released: break
        }
      }
      return try acquire(progress)
    }
  }

  private func acquire(_ progress: @Sendable (Int, String) -> Void) throws(ProvisionFailure) -> Lease {
    let lease: Lease
    do {
      lease = try cluster.acquire(
        progress: { progress(min($0.percentage, 94), $0.message) },
        isCancelled: { self.state.withLock { $0.isReleased || $0.isGivenUp } })
    } catch {
      throw ProvisionFailure(
        reason: error.message, logText: "\(error.code.rawValue): \(error.message)", isTransient: error.isRetryable,
        isDiskFull: error.code == .diskFull)
    }
    let isWanted = state.withLock { state -> Bool in
      if !state.isReleased { state.lease = lease }
      return !state.isReleased
    }
    if isWanted { return lease }
    lease.release(waitingAtMost: 5_000)
    throw ProvisionFailure(reason: "the process is ending", logText: "released while acquiring", isTransient: false)
  }

  private func watch() {
    let isFirst = state.withLock { state -> Bool in
      defer { state.isWatched = true }
      return !state.isWatched
    }
    if isFirst { WorkerThread.start(name: "lease") { self.watchForLoss() } }
  }

  private func watchForLoss() {
    while true {
      let (lease, isReleased) = state.withLock { ($0.lease, $0.isReleased) }
      if isReleased { return }
      if let lease, lease.waitForNews(timeout: 10_000).isHeld { continue }
      // A lease that was given back meanwhile is not lost: another supervisor must not be started for it.
      if state.withLock({ $0.isReleased }) { return }
      do throws(ProvisionFailure) { _ = try held { _, _ in } } catch { WorkerThread.sleep(for: Self.pause) }
    }
  }
}

extension Lease.State {
  fileprivate var isHeld: Bool {
    switch self {
    case .ready, .restarting: true
    case .failed, .lost, .released: false
    }
  }
}
