// How SIGINT and SIGTERM end a command: its work is told and given time, and what cannot be undone is not begun.
import Glibc
import JSONRPC
import Shelflife
import Synchronization

/// Whether a command is to end. Safe from any thread.
final class Interruption: Sendable {
  private struct State {
    var isCancelled = false
    var isCommitting = false
    var listeners: [@Sendable () -> Void] = []
  }

  /// The status of a command that was interrupted.
  static let status: Int32 = 130
  /// How long work may take to end by itself.
  private static let patience = Duration.seconds(15)

  /// Raised when the work is to end: it wakes every wait for the database.
  let interrupt = SessionInterrupt()
  private let state = Mutex(State())

  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  /// Passes the point from which the work goes on to its end whatever comes; false if it was cancelled before.
  func mayCommit() -> Bool {
    state.withLock { state in
      if !state.isCancelled { state.isCommitting = true }
      return !state.isCancelled
    }
  }

  /// Has `body`, which must not wait, called once when the work is cancelled, at once if it has been.
  func whenCancelled(_ body: @escaping @Sendable () -> Void) {
    let isLate = state.withLock { state in
      if !state.isCancelled { state.listeners.append(body) }
      return state.isCancelled
    }
    if isLate { body() }
  }

  /// Takes the signals over, for the whole process. To be called while it has one thread.
  func takeSignals() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let waited = signals
    WorkerThread.start(name: "signals") {
      var waited = waited
      var signal: Int32 = 0
      while sigwait(&waited, &signal) == 0 { self.cancel() }
    }
  }

  private func cancel() {
    let (isFirst, isCommitting, listeners) = state.withLock { state in
      defer {
        if !state.isCommitting {
          state.isCancelled = true
          state.listeners = []
        }
      }
      return (!state.isCancelled, state.isCommitting, state.listeners)
    }
    if isCommitting { return }
    // Whoever asks twice does not want to wait: the server rolls back what is open.
    guard isFirst else { _exit(Self.status) }
    interrupt.raise()
    for listener in listeners { listener() }
    WorkerThread.start(name: "patience") {
      WorkerThread.sleep(for: Self.patience)
      _exit(Self.status)
    }
  }
}
