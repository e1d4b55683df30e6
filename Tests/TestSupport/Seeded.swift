// Randomness that a failing test can be run again with.
import Glibc

/// SplitMix64. `SHELFLIFE_TEST_SEED` fixes the seed; each test prints its own.
package struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  package init(_ test: String = #function) {
    var system = SystemRandomNumberGenerator()
    let given = getenv("SHELFLIFE_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
    state = given ?? system.next() >> 1
    print("\(test) SHELFLIFE_TEST_SEED=\(state)")
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }

  package mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  /// True so many times in a hundred.
  package mutating func percent(_ share: Int) -> Bool { int(1...100) <= share }

  package mutating func pick<Element>(_ elements: [Element]) -> Element { elements[int(0...elements.count - 1)] }
}
