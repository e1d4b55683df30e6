// Thousands of lines that no client sends, through the real binary: each that wants a reply gets one, and the shop is as sound as before.
import Glibc
import Testing

@Suite struct MutationTests {
  private static let mutants = 20_000
  /// What the process may grow by between the first fifth of the attack and its end.
  private static let mostGrowthKilobytes = 32 << 10

  @Test(.timeLimit(.minutes(5)))
  func everyMutantIsAnsweredOnce() throws {
    print("everyMutantIsAnsweredOnce SHELFLIFE_SEED=\(Mutator.seed)")
    let shop = try Shop.fresh("mutations")
    let sidecar = try shop.open()
    let examples = try Shop.played(sidecar)
    let quick = examples.filter { !MethodExample.slow.contains($0.method) }
    #expect(Set(examples.map(\.method)).count >= 65)
    let lines = Array(repeating: quick, count: 40).flatMap { $0 }.map(\.line) + examples.map(\.line)
    var mutator = Mutator(lines, seed: Mutator.seed)

    let before = sidecar.received.lines.count
    var wanted: [String: Int] = [:]
    var early = 0
    for start in stride(from: 0, to: Self.mutants, by: 100) {
      var bytes: [UInt8] = []
      for number in start..<start + 100 {
        let mutant = mutator.next(1_000_000 + number)
        for key in LineJudge.replies(to: mutant) { wanted[key, default: 0] += 1 }
        bytes += mutant + [0x0A]
      }
      try sidecar.write(bytes)
      if start == Self.mutants / 5 { early = Processes.residentKilobytes(sidecar.pid) }
    }
    let ping = try sidecar.post("system.ping")
    wanted[String(ping), default: 0] += 1
    _ = try sidecar.reply(ping)
    let late = Processes.residentKilobytes(sidecar.pid)
    #expect(early > 0 && late > 0 && late < early + Self.mostGrowthKilobytes, "\(early) kB, then \(late) kB")
    #expect(try sidecar.finish(within: .seconds(120)) == .exited(0), "seed \(Mutator.seed)")

    let answered = sidecar.received.lines.dropFirst(before)
    check(answered.map { Value.parse($0) }, against: wanted)
    let second = try shop.open()
    #expect(try second.result("system.check", within: .seconds(60))["ok"]?.bool == true, "seed \(Mutator.seed)")
    #expect(try second.result("audit.verify", within: .seconds(60))["ok"]?.bool == true, "seed \(Mutator.seed)")
    #expect(try second.finish() == .exited(0))
  }

  private func check(_ answered: [Value?], against wanted: [String: Int]) {
    var got: [String: Int] = [:]
    var errors: [String: Int] = [:]
    for line in answered {
      guard let line else {
        Issue.record("a line that is no JSON; seed \(Mutator.seed)")
        continue
      }
      guard let key = LineJudge.key(of: line) else { continue }
      got[key, default: 0] += 1
      for reply in line.items.isEmpty ? [line] : line.items {
        errors[reply["error"]?["data"]?["code"]?.text ?? "ok", default: 0] += 1
        if reply["error"]?["data"]?["code"]?.text == "internal-error" {
          Issue.record("\(reply.json.prefix(300)); seed \(Mutator.seed)")
        }
      }
    }
    let wrong = Set(wanted.keys).union(got.keys).filter { wanted[$0] != got[$0] }
    #expect(
      wrong.isEmpty,
      "\(wrong.sorted().prefix(5).map { "\($0): \(wanted[$0] ?? 0) wanted, \(got[$0] ?? 0) came" }); seed \(Mutator.seed)")
    // The attack goes behind every door: some of it is even done.
    for kind in ["ok", "parse-error", "invalid-request", "method-not-found", "validation-error"] {
      #expect(errors[kind, default: 0] > 50, "\(kind): \(errors)")
    }
  }
}
