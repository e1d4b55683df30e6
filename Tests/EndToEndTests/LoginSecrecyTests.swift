// Signing in tells nobody which names exist, and holds up nobody who sells.
import Glibc
import Testing

@Suite(.serialized) struct LoginSecrecyTests {
  private static let staff = 8
  /// Tries of one name that are still answered at once.
  private static let triesOfAName = 4
  /// Another process may have the machine for itself for a moment.
  private static let attempts = 5

  private func median(_ durations: [Duration]) -> Duration { durations.sorted()[durations.count / 2] }

  private func refusalTime(_ till: Sidecar, _ username: String) throws -> Duration {
    let start = ContinuousClock.now
    let reply = try till.call("auth.login", #"{"username":"\#(username)","password":"Wrong-Harbour-42"}"#)
    guard reply.errorName == "invalid-credentials" else { throw Failure(reply.line) }
    return start.duration(to: .now)
  }

  /// A wrong password of a name that exists, and a name that does not, in turn; the middle of each must not differ by a tenth.
  @Test func knownAndUnknownNamesTakeTheSameTime() throws {
    let shop = try Shop.fresh("login-timing")
    var ratios: [Double] = []
    for attempt in 0..<Self.attempts {
      // The names of each attempt are new: five failures make a name wait.
      let till = try shop.open()
      for number in 0..<Self.staff {
        try till.result(
          "users.create", #"{"name":"S","username":"staff-\#(attempt)-\#(number)","password":"Heron-Quay-\#(number)7"}"#)
      }
      var (known, unknown): ([Duration], [Duration]) = ([], [])
      for _ in 0..<Self.triesOfAName {
        for number in 0..<Self.staff {
          known.append(try refusalTime(till, "staff-\(attempt)-\(number)"))
          unknown.append(try refusalTime(till, "ghost-\(attempt)-\(number)"))
        }
      }
      #expect(try till.finish() == .exited(0))
      #expect(median(known) > .milliseconds(20), "bcrypt is at work: \(median(known))")
      ratios.append(median(unknown) / median(known))
      if abs((ratios.last ?? 0) - 1) <= 0.1 { break }
    }
    #expect(abs((ratios.last ?? 0) - 1) <= 0.1, "unknown / known: \(ratios)")
    #expect(shop.isStopped())
  }

  /// How much longer than alone the slowest sales in a hundred may take. A failed login is a link of the audit, for whose flush a sale
  /// that meets it waits: about twice as long. One that waited for the hashing would take tens of times as long.
  private static let slowerAtMost = 3.0

  /// Two hundred wrong logins wait while a till sells.
  @Test func wrongLoginsHoldUpNoSale() throws {
    let shop = try Shop.fresh("login-load")
    let till = try shop.open()
    try till.stock(1, qty: 100_000)
    for _ in 0..<50 { try till.result("sales.create", Params.sale(1)) }
    var ratios: [Double] = []
    for attempt in 0..<Self.attempts {
      var (quiet, busy): ([Duration], [Duration]) = ([], [])
      for round in 0..<5 {
        quiet += try saleTimes(till)
        let logins = try (0..<200).map { number in
          try till.post("auth.login", #"{"username":"ghost-\#(attempt)-\#(round)-\#(number)","password":"Wrong-Harbour-42"}"#)
        }
        var waiting = logins
        // Eighty sales may be made before one password is hashed.
        for _ in 0..<20 where waiting.count == logins.count {
          busy += try saleTimes(till)
          waiting = logins.filter { till.received.replies[$0] == nil }
        }
        #expect(!waiting.isEmpty && waiting.count < logins.count, "logins were at work all the time: \(waiting.count) still wait")
        for id in waiting { try till.send(#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(id)}}"#) }
        for id in logins {
          let name = try till.reply(id).errorName ?? "ok"
          #expect(["invalid-credentials", "request-cancelled"].contains(name), "\(name)")
        }
      }
      ratios.append(p99(busy) / p99(quiet))
      if (ratios.last ?? 9) <= Self.slowerAtMost { break }
    }
    #expect((ratios.last ?? 9) <= Self.slowerAtMost, "p99 of sales beside logins / alone: \(ratios)")
    #expect(try till.faultsInBooks() == [])
    #expect(try till.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  private func saleTimes(_ till: Sidecar) throws -> [Duration] {
    try (0..<80).map { _ in
      let start = ContinuousClock.now
      try till.result("sales.create", Params.sale(1))
      return start.duration(to: .now)
    }
  }

  private func p99(_ durations: [Duration]) -> Duration { durations.sorted()[durations.count * 99 / 100] }
}
