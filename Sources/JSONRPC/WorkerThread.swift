/// Plain named threads: a lane, the reader, the writer each are one of these.

import Glibc

package enum WorkerThread {
  /// Starts a detached thread that runs `body` once and ends.
  ///
  /// - Parameters:
  ///   - name: shown by `top -H` and debuggers; cut to 15 bytes.
  ///   - stackSize: in bytes. The default holds the deepest JSON value many times over.
  ///   - body: the thread's whole work.
  package static func start(name: String, stackSize: Int = 1 << 20, _ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, max(stackSize, 64 << 10))
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument else { return nil }
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        start.nameThread()
        start.body()
        return nil
      }, start.toOpaque())
    // A process without its threads can serve nobody, and the few it needs are started at its beginning.
    precondition(failure == 0, "pthread_create failed for \(name): error \(failure)")
  }

  private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }

    func nameThread() {
      // pthread_setname_np is a GNU extension that the Glibc module does not show.
      let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
      guard file >= 0 else { return }
      var text = Array(name.utf8.prefix(15))
      _ = write(file, &text, text.count)
      close(file)
    }
  }
}

extension WorkerThread {
  /// Lets every other thread go first from now on, where processors are scarce: for the calling thread, which computes for long and
  /// holds nothing that others wait for. There is no way back.
  package static func standBack() {
    // Of the thread alone: what POSIX says of the process, Linux does for the thread.
    _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, 5)
  }

  /// Lets the calling thread rest.
  package static func sleep(for duration: Duration) {
    let (seconds, attoseconds) = duration.components
    var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    nanosleep(&time, nil)
  }
}
