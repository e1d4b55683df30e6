// Where new record names come from: UUID version 7, strictly increasing within the process.
import Synchronization

/// Makes version 7 identifiers from an instant and random bytes. Any thread may use one maker.
///
/// Two identifiers of one millisecond differ by a random step, so the order of making is kept while the next one stays hard to
/// guess. A clock that steps back goes on from the newest identifier.
package final class IdentifierMaker: Sendable {
  /// Fills a buffer with random bytes.
  package typealias Fill = @Sendable (UnsafeMutableRawBufferPointer) -> Void

  /// The one that the process uses.
  package static let shared = IdentifierMaker()

  private struct State {
    var milliseconds: UInt64 = 0
    /// The 74 bits after version and variant are taken out.
    var tail: UInt128 = 0
    var started = false
    var pool: RandomPool
  }

  private static let tailBits: UInt128 = 74
  private let state: Mutex<State>

  package init(random fill: @escaping Fill = { Random.fill($0) }) {
    state = Mutex(State(pool: RandomPool(fill: fill)))
  }

  package func make(at instant: Instant) -> Identifier {
    state.withLock { Self.next(&$0, at: Self.milliseconds(of: instant)) }
  }

  /// `count` identifiers in ascending order.
  package func make(_ count: Int, at instant: Instant) -> [Identifier] {
    let milliseconds = Self.milliseconds(of: instant)
    return state.withLock { state in
      var made: [Identifier] = []
      made.reserveCapacity(count)
      for _ in 0..<count { made.append(Self.next(&state, at: milliseconds)) }
      return made
    }
  }

  private static func next(_ state: inout State, at milliseconds: UInt64) -> Identifier {
    if milliseconds > state.milliseconds || !state.started {
      state.started = true
      state.milliseconds = milliseconds
      state.tail = freshTail(&state.pool)
    } else {
      state.tail += 1 + UInt128(state.pool.word() & 0xffff_ffff)
      if state.tail >> tailBits != 0 {
        state.milliseconds += 1
        state.tail = freshTail(&state.pool)
      }
    }
    let firstTwelve = UInt64(truncatingIfNeeded: state.tail >> 62)
    let lastSixtyTwo = UInt64(truncatingIfNeeded: state.tail) & (1 << 62 - 1)
    return Identifier(high: state.milliseconds << 16 | 0x7000 | firstTwelve, low: 1 << 63 | lastSixtyTwo)
  }

  /// Its top bit is clear, so that billions of steps fit into one millisecond.
  private static func freshTail(_ pool: inout RandomPool) -> UInt128 {
    (UInt128(pool.word()) << 64 | UInt128(pool.word())) & (1 << (tailBits - 1) - 1)
  }

  /// Version 7 counts from 1970 in 48 bits; instants outside of that and past year 9999 are held at the nearest end.
  private static func milliseconds(of instant: Instant) -> UInt64 {
    UInt64(min(max(instant.unixMilliseconds, 0), Instant.latest.unixMilliseconds))
  }
}

/// Random words bought from the system in larger pieces.
private struct RandomPool: Sendable {
  let fill: IdentifierMaker.Fill
  var words = [UInt64](repeating: 0, count: 64)
  var next = 64

  mutating func word() -> UInt64 {
    if next == words.count {
      words.withUnsafeMutableBytes { fill($0) }
      next = 0
    }
    let word = words[next]
    words[next] = 0
    next += 1
    return word
  }
}
