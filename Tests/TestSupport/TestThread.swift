// A second thread for tests in which two parties meet.
import Glibc
import Synchronization

/// Runs `body` on a thread of its own at once.
package final class TestThread<Value: Sendable>: Sendable {
  private let outcome: Outcome
  private let thread: pthread_t

  private final class Outcome: Sendable {
    let body: @Sendable () throws -> Value
    let result = Mutex<Result<Value, any Error>?>(nil)

    init(_ body: @escaping @Sendable () throws -> Value) { self.body = body }

    func run() {
      let value = Result { try body() }
      result.withLock { $0 = value }
    }
  }

  package init(_ body: @escaping @Sendable () throws -> Value) {
    outcome = Outcome(body)
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, Unmanaged.passRetained(Start { [outcome] in outcome.run() }).toOpaque())
    precondition(failure == 0, "no thread")
    self.thread = thread
  }

  /// Waits for the thread's end; what `body` returned or threw. To be called once.
  package func value() throws -> Value {
    pthread_join(thread, nil)
    guard let result = outcome.result.withLock({ $0 }) else { preconditionFailure("the thread ended without an outcome") }
    return try result.get()
  }
}

/// What the thread starts with; not generic, so that the C function need not know the type.
private final class Start {
  let body: () -> Void
  init(_ body: @escaping () -> Void) { self.body = body }
}
