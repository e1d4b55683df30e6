// What the driver's tests share.
import Glibc
import Postgres
import Synchronization
import TestSupport
import Testing

func connect(_ configuration: ConnectionConfiguration = TestCluster.shared.configuration) throws -> Connection {
  try Connection(configuration, deadline: soon(.seconds(20))).unlimited
}

func soon(_ time: Duration) -> ContinuousClock.Instant { ContinuousClock().now + time }

extension Connection {
  var unlimited: Connection {
    deadline = nil
    return self
  }

  /// The first column of the first row of `sql`, as text.
  func text(_ sql: String) throws(PostgresError) -> String? { try script(sql).first?.first ?? nil }
}

let one = Statement<Void, Int32>("one", "select 1") { row in try row.int4() }
let echo = Statement<Int64, Int64>("echo", "select $1::int8", bind: { $1.int8($0) }, decode: { row in try row.int8() })
let sleep10 = Statement<Void, Void>("sleep", "select pg_sleep(10)")
let divide = Statement<Int32, Int32>("divide", "select 10 / $1::int4", bind: { $1.int4($0) }, decode: { row in try row.int4() })

/// The driver's error that `body` throws; anything else fails the test.
@discardableResult
func failure(_ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void) throws -> PostgresError {
  do { try body() } catch let error as PostgresError { return error }
  Issue.record("nothing was thrown", sourceLocation: location)
  throw PostgresError.interrupted
}

/// Seeded and repeatable.
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// A value that several threads change.
final class Box<Value: Sendable>: Sendable {
  private let state: Mutex<Value>

  init(_ value: Value) { state = Mutex(value) }

  var value: Value { state.withLock { $0 } }

  func change<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
    state.withLock { value in body(&value) }
  }
}

/// Accepts connections and never says a word.
final class SilentServer {
  private let listener: Int32
  let port: UInt16

  init() throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
        bind(listener, name, length) == 0 && listen(listener, 8) == 0 && getsockname(listener, name, &length) == 0
      }
    }
    try #require(bound)
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit { close(listener) }
}

/// Fails the test.
func wrong(_ text: String, _ location: SourceLocation = #_sourceLocation) {
  Issue.record(Comment(rawValue: text), sourceLocation: location)
}
