// A lock of pthreads that stands in for `Synchronization.Mutex`, module by module, where ThreadSanitizer looks on.
import Glibc

/// What `Synchronization.Mutex` is, as far as it is used here. That one is a futex inlined into its callers, which the sanitizer does not
/// see, so that it takes everything behind it for unguarded; it knows the locks of pthreads. `scripts/sanitize` puts this file into each
/// module that imports the library's lock, where its name goes before the imported one.
final class Mutex<Value: ~Copyable>: @unchecked Sendable {
  // Allowed: @unchecked, because `value` is only touched while `lock` is held.
  private let value: UnsafeMutablePointer<Value>
  private let lock: UnsafeMutablePointer<pthread_mutex_t>

  init(_ initial: consuming sending Value) {
    value = .allocate(capacity: 1)
    value.initialize(to: initial)
    lock = .allocate(capacity: 1)
    lock.initialize(to: pthread_mutex_t())
    pthread_mutex_init(lock, nil)
  }

  deinit {
    pthread_mutex_destroy(lock)
    lock.deallocate()
    value.deinitialize(count: 1)
    value.deallocate()
  }

  /// Runs `body` with the value locked.
  func withLock<Result, Failure: Error>(_ body: (inout Value) throws(Failure) -> sending Result) throws(Failure) -> sending Result
  {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return try body(&value.pointee)
  }
}
