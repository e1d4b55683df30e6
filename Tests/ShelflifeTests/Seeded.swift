// The generator of the property tests: a seed that each test prints, so that a failure can be run again.
import Glibc

@testable import Shelflife

/// SplitMix64. `SHELFLIFE_TEST_SEED` fixes the seed.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ test: String = #function) {
    var system = SystemRandomNumberGenerator()
    let given = getenv("SHELFLIFE_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
    state = given ?? system.next() >> 1
    print("\(test) SHELFLIFE_TEST_SEED=\(state)")
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }

  mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
  mutating func int64(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &self) }
  mutating func identifier() -> Identifier { Identifier(high: next(), low: next()) }
}

/// The rule that refused, or nil if nothing did.
func fault<T>(_ body: () throws(ValueFault) -> T) -> ValueFault? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

/// Runs the body on that many threads at once and waits for all of them.
func onThreads(_ count: Int, _ body: @escaping @Sendable () -> Void) {
  final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  let threads = (0..<count).map { _ in
    var thread = pthread_t()
    let work = Unmanaged.passRetained(Work(body)).toOpaque()
    pthread_create(
      &thread, nil,
      { work in
        if let work { Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
        return nil
      }, work)
    return thread
  }
  for thread in threads { pthread_join(thread, nil) }
}
