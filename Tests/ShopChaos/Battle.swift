// The rounds: sales, kills in the middle of them, and a look into the books after each.
import Glibc

final class Battle {
  let shop: Shop
  let market: Market
  let findings = Findings()
  let killer: Killer
  let cluster: Cluster
  /// The servers behind the tills; nil where they have an embedded one.
  let pair: Pair?
  private let inspection: Inspection
  private let seed: UInt64
  var recovery = Recovery()
  private(set) var kills = 0
  private var rounds = 0
  private(set) var killedAt = 0
  private var doomed: [pid_t] = []
  private let began = nanoseconds()

  private static let strikesInRound = 12
  private static let roundsBetweenDeepLooks = 8
  static let calm = 10 * millisecond
  static let patience = 30 * second
  /// An acknowledgement may have been under way when the kill came; a sale handed in later than this was not.
  private static let grace = 20 * millisecond

  init(_ options: Options) {
    seed = options.seed
    pair = options.isPair ? Pair(programs: options.programs, scratch: options.scratch) : nil
    shop = Shop(binary: options.binary, scratch: options.scratch, flags: options.flags, pair: pair)
    market = Market(seed: seed, freshKeys: options.mutant == .freshKeys, findings: findings, ledger: Ledger(findings))
    killer = Killer(processes: shop.processes)
    cluster = Cluster(programs: options.programs, data: shop.data, pair: pair)
    inspection = Inspection(market, cluster)
  }

  var elapsed: Int { nanoseconds() - began }

  var figure: String {
    (pair.map { "\($0.promotions) promotions among " } ?? "")
      + "\(kills) kills, \(findings.lost) lost, \(findings.doubled) doubled, \(findings.violations) violations, \(recovery.figure)"
  }

  func found() {
    pair?.found()
    shop.found(in: market)
    market.sellers[0].add(Intent.delivery("odds", Shop.odds()))
    var dice = Dice(seed: seed, part: 0)
    for product in Goods.sold { deliver(product, lots: 100, &dice) }
    market.wait(within: Self.patience) { market.sellers[0].open.isEmpty }
    say("the shop is there after \(seconds(elapsed)) s")
  }

  private func deliver(_ product: Int, lots: Int, _ dice: inout Dice) {
    market.sellers[0].add(Intent.delivery(market.sellers[0].nextName(), market.ledger.nextLots(of: product, count: lots, &dice)))
  }

  // MARK: - A round

  func round() {
    rounds += 1
    var dice = Dice(seed: seed, part: rounds)
    if let pair {
      stand(tills: 4)
      for _ in 0..<Self.strikesInRound where findings.areNone { strike(pair, PairVictim.draw(&dice), &dice) }
    } else {
      stand(tills: dice.comesUp(percent: 45) ? 2 : 1)
      for _ in 0..<Self.strikesInRound where findings.areNone { strike(Strike.draw(&dice), &dice) }
    }
    if findings.areNone { disturb(Disturbance.draw(&dice), &dice) }
    inspect()
  }

  func inspect() {
    let start = nanoseconds()
    inspection.inspect(at: market.tills[0], isDeep: rounds % Self.roundsBetweenDeepLooks == 0)
    say(
      "round \(rounds): \(kills) kills, \(market.acknowledged) acknowledged, \(market.tills.count) tills, "
        + "inspected in \(seconds(nanoseconds() - start)) s, \(seconds(elapsed)) s in all")
  }

  /// Opens and closes tills until there are so many.
  private func stand(tills count: Int) {
    while market.tills.count < count {
      let name = ["A", "B", "C", "D"].first { name in !market.tills.contains { $0.name == name } } ?? "E"
      _ = shop.open(name, in: market)
    }
    while market.tills.count > count, let till = market.tills.last { finish(till) }
  }

  /// Lets a till answer what it has accepted, and end.
  func finish(_ till: Till) {
    market.close(till)
    till.closeInputWhenSent(in: market)
    awaitEnd(of: till, mustAnswerAll: true)
  }

  func awaitEnd(of till: Till, mustAnswerAll: Bool) {
    market.wait(within: Self.patience) { till.isAtEnd && till.ending() != nil }
    let status = till.ending()
    if status != 0 {
      findings.violation(
        "ending", "\(till.name) ended with \(status.map(String.init) ?? "nothing, within 30 s"), as waitpid tells it")
    }
    if mustAnswerAll && !till.calls.isEmpty {
      findings.violation("unanswered", "\(till.name) ended and owes \(till.calls.values.map(\.label))")
    }
    if status == nil { till.signal(SIGKILL) }
    market.remove(till)
  }

  // MARK: - A kill

  func strike(_ strike: Strike, _ dice: inout Dice) {
    restock(&dice)
    let till = market.tills[strike.pick % market.tills.count]
    var aim = killer.aim(at: strike.victim, pick: strike.pick, sidecar: till)
    market.pause = 0
    if let count = strike.acknowledgements {
      let goal = market.acknowledged + count
      market.wait(within: 4 * strike.burst) { market.acknowledged >= goal }
    } else {
      market.pass(strike.burst)
    }
    market.pause = Self.calm
    if aim.targets.isEmpty { aim = killer.aim(at: strike.victim, pick: strike.pick, sidecar: till) }
    guard kill(aim) else { return }
    let returned = strike.victim.takesSidecar ? replace(till) : nil
    if let again = strike.again {
      market.pass(again.after)
      kill(killer.aim(at: again.victim, pick: strike.pick, sidecar: till))
    }
    awaitReturn(strike, returned)
    market.pass(dice.among(0...40) * millisecond)
  }

  /// False where nobody was there to be killed.
  @discardableResult
  func kill(_ aim: Aim) -> Bool {
    guard killer.kill(aim.targets) else { return false }
    killedAt = nanoseconds()
    market.ledger.rememberLast()
    kills += 1
    doomed = aim.doomed
    market.backAfter = doomed.isEmpty ? killedAt + Self.grace : Int.max
    for till in market.tills { till.backAt = nil }
    return true
  }

  var isBack: Bool {
    if market.backAfter == Int.max {
      doomed.removeAll { !Processes.isRunning($0) }
      if doomed.isEmpty { market.backAfter = nanoseconds() }
    }
    return market.tills.allSatisfy { $0.backAt != nil }
  }

  func replace(_ till: Till) -> Till {
    till.reap()
    market.remove(till)
    return shop.open(till.name, in: market)
  }

  private func awaitReturn(_ strike: Strike, _ returned: Till?) {
    let isBack = market.wait(within: Self.patience) { returned.map { $0.firstSaleAt != nil } != false && self.isBack }
    guard isBack else {
      return findings.violation("not back", "\(strike.victim.rawValue): no sale at every till within 30 s of the kill")
    }
    if let returned, let first = returned.firstSaleAt {
      recovery.record(strike.victim, sidecar: first - returned.startedAt)
    } else {
      let victims = [strike.victim] + (strike.again.map { [$0.victim] } ?? [])
      let last = market.tills.compactMap(\.backAt).max() ?? killedAt
      recovery.record(victims.first { !$0.isOfDatabase } ?? victims.last!, database: last - killedAt)
    }
  }

  func restock(_ dice: inout Dice) {
    // What is killed there takes longer to come back, and is sold to all the while.
    if pair != nil { for product in market.ledger.products(below: 4_000) { deliver(product, lots: 60, &dice) } }
    let lowest = market.ledger.lowest
    if lowest.qty < 2_000 { deliver(lowest.product, lots: 40, &dice) }
  }

  // MARK: - The end

  func end() {
    if let till = market.tills.first { inspection.inspect(at: till, isDeep: true, isLast: true) }
    let aftermath = Aftermath(shop)
    while let till = market.tills.first { finish(till) }
    if let pair { return pair.end() }
    for rest in aftermath.rest(within: 10 * second) { findings.violation("left behind", rest) }
  }
}
