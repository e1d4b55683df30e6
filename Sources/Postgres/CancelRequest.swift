// A cancel request on its way to the server, on a thread of its own because libpq offers it only as a blocking call.
import CLibPQ
import Glibc
import Synchronization

/// Sends one cancel request; `isDone` once the server has taken it (or could not be reached).
///
/// The connection must not send its next statement before that: a late request would cancel the wrong one.
final class CancelRequest: Sendable {
  private let bell = Interrupt()

  /// Starts the request for what runs on `connection`.
  init(_ connection: OpaquePointer) {
    guard let cancel = PQgetCancel(connection) else {
      bell.raise()
      return
    }
    let job = Unmanaged.passRetained(Job(cancel: cancel, bell: bell))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, Limits.cancelStack)
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, job.toOpaque())
    pthread_attr_destroy(&attributes)
    if failure != 0 { job.takeRetainedValue().run() }
  }

  var isDone: Bool { bell.isRaised }

  /// Waits until the request is done; false when it is not by `limit`.
  func wait(until limit: ContinuousClock.Instant) -> Bool {
    while !bell.isRaised {
      let timeout = Optional(limit).pollTimeout
      if timeout == 0 { return false }
      var entry = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
      _ = poll(&entry, 1, min(timeout, 50))
    }
    return true
  }

  private final class Job {
    let cancel: OpaquePointer
    let bell: Interrupt

    init(cancel: OpaquePointer, bell: Interrupt) {
      self.cancel = cancel
      self.bell = bell
    }

    func run() {
      var reason = [CChar](repeating: 0, count: 256)
      PQcancel(cancel, &reason, Int32(reason.count))
      PQfreeCancel(cancel)
      bell.raise()
    }
  }
}
