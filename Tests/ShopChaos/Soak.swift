// Mixed work for a long time: what is used for it must level off.
import Glibc

struct Soak {
  private let options: Options
  private let battle: Battle
  private let minutes: Int

  private static let secondsBetweenSamples = 5
  private static let secondsBetweenInspections = 600
  private static let pauseOfSellers = 100 * millisecond

  init(_ options: Options, minutes: Int) {
    self.options = options
    self.minutes = minutes
    battle = Battle(options)
  }

  /// False where anything was found, or something goes on growing.
  func run() -> Bool {
    battle.found()
    let samples = work()
    battle.end()
    battle.recovery.tell()
    save(TimePlot(samples).svg, in: options.svg)
    let growing = Level.growing(samples)
    for text in growing { say("GROWING: \(text)") }
    if !battle.findings.areNone { say("BROKEN: \(battle.findings.summary); seed \(options.seed)") }
    say("plotted \(samples.count) samples to \(options.svg)")
    let last = samples.last
    let used = Sample.ofProcesses.map { "\($0) \(last?.values[$0] ?? 0)" }.joined(separator: ", ")
    put(
      "soak: \(minutes) min, \(last?.documents ?? 0) documents, \(growing.count) growing, \(used), \(battle.figure), "
        + "seed \(options.seed)\n", on: 1)
    return battle.findings.areNone && growing.isEmpty
  }

  private func work() -> [Sample] {
    var samples: [Sample] = []
    var dice = Dice(seed: options.seed, part: 1)
    let sampler = Sampler(battle)
    let start = nanoseconds()
    let end = start + minutes * 60 * second
    var nextSample = start
    var nextKill = start + options.secondsBetweenKills * second
    var nextInspection = start + Self.secondsBetweenInspections * second
    while nanoseconds() < end, battle.findings.areNone {
      battle.market.pause = Self.pauseOfSellers
      battle.restock(&dice)
      battle.look(&dice)
      battle.market.pass(second / 5)
      let now = nanoseconds()
      if options.secondsBetweenKills > 0, now >= nextKill {
        battle.killPartOfServer(&dice)
        nextKill = now + options.secondsBetweenKills * second
      } else if now >= nextSample {
        if let sample = sampler.sample(at: (now - start) / second) { samples.append(sample) }
        nextSample = now + Self.secondsBetweenSamples * second
      } else if now >= nextInspection {
        battle.inspect()
        nextInspection = now + Self.secondsBetweenInspections * second
      }
    }
    return samples
  }

  private func save(_ text: String, in path: String) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return say("cannot write \(path)") }
    put(text, on: descriptor)
    close(descriptor)
  }
}

extension Battle {
  /// What tills look at between sales.
  func look(_ dice: inout Dice) {
    let till = dice.pick(market.tills)
    let looks = [
      ("products.list", #"{"query":"tab","limit":20}"#), ("inventory.list", #"{"withLots":true,"limit":5}"#),
      ("sales.list", #"{"limit":20}"#), ("dashboard.summary", "{}"), ("reports.expiring", #"{"days":30}"#),
      ("inventory.get", #"{"productId":"\#(Goods.id(dice.pick(Goods.sold)))"}"#),
      ("sales.quote", #"{"items":[{"productId":"\#(Goods.id(dice.pick(Goods.sold)))","qty":3}]}"#),
    ]
    let (method, params) = dice.pick(looks)
    market.post(method, params, at: till) { [findings] reply in
      let code = reply["error"]?["data"]?["code"]?.text
      if reply["result"] == nil, code != "database-unavailable" { findings.violation("refused", "\(method): \(reply)") }
    }
  }

  /// The program itself lives on, so that what it fails to give back adds up.
  func killPartOfServer(_ dice: inout Dice) {
    let victim = dice.pick([Victim.backend, .backend, .backends, .postmaster, .server, .supervisor])
    strike(Strike(victim: victim, burst: 20 * millisecond, acknowledgements: 5, again: nil, pick: dice.roll(1_000)), &dice)
  }
}
