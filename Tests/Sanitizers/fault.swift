// What a sanitizer must report, and what it must not: `scripts/sanitize` tries it before it believes that nothing was found.
import Glibc

@main enum Fault {
  nonisolated(unsafe) private static var unguarded = 0
  private static let guarded = Mutex(0)

  static func main() {
    switch CommandLine.arguments.last {
    case "race": onTwoThreads { _ in Fault.addUnguarded() }
    case "lock":
      guarded.withLock { $0 = 1 }
      onTwoThreads { _ in Fault.addGuarded() }
    case "freed":
      let number = UnsafeMutablePointer<Int>.allocate(capacity: 1)
      number.pointee = 1
      number.deallocate()
      number.pointee = 2
    case "lost": for size in 1...8 { lose(size) }
    case "lost-at-exit":
      for size in 1...8 { lose(size) }
      _exit(0)
    default: exit(64)
    }
  }

  private static func addUnguarded() -> UnsafeMutableRawPointer? {
    unguarded += 1
    return nil
  }

  private static func addGuarded() -> UnsafeMutableRawPointer? {
    guarded.withLock { $0 += 1 }
    return nil
  }

  private static func onTwoThreads(_ body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?) {
    var threads = [pthread_t(), pthread_t()]
    for index in threads.indices { pthread_create(&threads[index], nil, body, nil) }
    for thread in threads { pthread_join(thread, nil) }
  }

  @inline(never) private static func lose(_ size: Int) { memset(malloc(size * 1_024), 1, size) }
}
