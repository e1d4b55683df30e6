// A second thread for half of a long piece of work, so that both cores of a till's machine have something to do.
import Glibc
import Synchronization

/// Does two halves of something at once, `other` on a thread of its own; both have ended when this returns or throws.
func atOnce<Own, Other: Sendable>(
  _ own: () throws -> Own, beside other: @escaping @Sendable () throws -> Other
) throws -> (Own, Other) {
  let outcome = Outcome<Other>()
  let side = SideThread { outcome.result.withLock { $0 = Result(catching: other) } }
  let mine = Result(catching: own)
  side.join()
  guard let theirs = outcome.result.withLock({ $0 }) else { preconditionFailure("a joined thread has an outcome") }
  return (try mine.get(), try theirs.get())
}

private final class Outcome<Value: Sendable>: Sendable {
  let result = Mutex<Result<Value, any Error>?>(nil)
}

/// Runs a body once. Whoever starts it joins it.
private final class SideThread {
  private let body: Body
  private let thread: pthread_t?

  /// Starts at once; where the system gives no thread, `join` does the work.
  init(_ run: @escaping @Sendable () -> Void) {
    body = Body(run)
    var thread = pthread_t()
    let passed = Unmanaged.passRetained(body)
    let failure = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, passed.toOpaque())
    if failure != 0 { passed.release() }
    self.thread = failure == 0 ? thread : nil
  }

  /// To be called once.
  func join() {
    if let thread { pthread_join(thread, nil) } else { body.run() }
  }
}

/// Runs a body on a thread that nobody waits for; it must end by itself. False where the system gives no thread.
func aside(_ run: @escaping @Sendable () -> Void) -> Bool {
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  var thread = pthread_t()
  let passed = Unmanaged.passRetained(Body(run))
  let failure = pthread_create(
    &thread, &attributes,
    { argument in
      if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
      return nil
    }, passed.toOpaque())
  if failure != 0 { passed.release() }
  return failure == 0
}

private final class Body: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
