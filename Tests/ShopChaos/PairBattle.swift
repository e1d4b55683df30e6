// Rounds on a primary with a standby: what is killed there, and how each of the two comes back.
import Glibc

/// What is killed where two servers serve the tills.
enum PairVictim: String, Weighted {
  case backend, backends, primaryRestarted, primary, standby, till, tillAndPrimary

  var weight: Int {
    switch self {
    case .backend: 22
    case .backends: 10
    case .primaryRestarted: 14
    case .primary: 22
    case .standby: 12
    case .till: 14
    case .tillAndPrimary: 6
    }
  }

  var takesTill: Bool { self == .till || self == .tillAndPrimary }
  /// Whether the standby takes over.
  var failsOver: Bool { self == .primary || self == .tillAndPrimary }
}

extension Battle {
  private static let errandPatience = 90 * second

  /// Runs a command while the tills go on.
  private func run(_ command: String, _ name: String) {
    let errand = Errand(command)
    market.wait(within: Self.errandPatience) { errand.isDone }
    if !errand.isDone || !errand.isWell { fail("\(name) failed: \(command)") }
  }

  /// Kills in the middle of sales, and lets everything come back.
  func strike(_ pair: Pair, _ victim: PairVictim, _ dice: inout Dice) {
    restock(&dice)
    let till = market.tills[dice.roll(market.tills.count)]
    market.pause = 0
    let goal = market.acknowledged + dice.among(1...25)
    market.wait(within: dice.among(20...280) * millisecond) { market.acknowledged >= goal }
    market.pause = Self.calm
    let pick = dice.roll(1_000)
    // A server that comes up again shows what its standby may not have yet: what is then found under its key must have reached the standby.
    if victim.failsOver, dice.comesUp(percent: 40) {
      kill(aim(at: .backend, pair, till, pick))
      market.pass(dice.among(1...250) * millisecond)
    }
    let aim = aim(at: victim, pair, till, pick)
    guard kill(aim) else { return }
    // A server does not start beside what is left of the one before.
    market.wait(within: Self.patience) { !aim.targets.contains { $0 != till.pid && Processes.isRunning($0) } }
    let returned = victim.takesTill ? replace(till) : nil
    let promotedAt = bringBack(victim, pair)
    awaitReturn(victim, returned, promotedAt)
    if victim.failsOver { run(pair.rebuild, "making the old primary the new one's standby") }
    market.pass(dice.among(0...40) * millisecond)
  }

  func aim(at victim: PairVictim, _ pair: Pair, _ till: Till, _ pick: Int) -> Aim {
    let backends = pair.backends
    let one = backends.isEmpty ? [] : [backends[pick % backends.count]]
    let targets: [pid_t] =
      switch victim {
      case .backend: one
      case .backends: backends
      case .primary, .primaryRestarted: pair.primaryProcesses
      case .standby: pair.standbyProcesses
      case .till: [till.pid]
      case .tillAndPrimary: [till.pid] + pair.primaryProcesses
      }
    return Aim(targets: targets, doomed: [.till, .standby].contains(victim) ? [] : backends)
  }

  /// - Returns: when the standby had taken over, if it has.
  private func bringBack(_ victim: PairVictim, _ pair: Pair) -> Int? {
    switch victim {
    case .primary, .tillAndPrimary:
      run(pair.promote, "the promotion")
      pair.wasPromoted()
      return nanoseconds()
    case .primaryRestarted: run(pair.restart, "the primary's start")
    case .standby: run(pair.restartStandby, "the standby's start")
    case .backend, .backends, .till: break
    }
    return nil
  }

  private func awaitReturn(_ victim: PairVictim, _ returned: Till?, _ promotedAt: Int?) {
    let isBack = market.wait(within: Self.patience) { returned.map { $0.firstSaleAt != nil } != false && self.isBack }
    guard isBack else {
      return findings.violation("not back", "\(victim.rawValue): no sale at every till within 30 s")
    }
    let last = market.tills.filter { $0 !== returned }.compactMap(\.backAt).max() ?? killedAt
    recovery.record(victim.rawValue, last - killedAt, sincePromotion: promotedAt.map { max(0, last - $0) })
  }
}
