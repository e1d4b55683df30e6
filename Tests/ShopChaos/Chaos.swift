// One run of the harness, from its seed to its figure.

struct Chaos {
  private let options: Options

  init(_ options: Options) { self.options = options }

  /// False where anything was found.
  func run() -> Bool {
    let battle = Battle(options)
    battle.found()
    var rounds = 0
    while battle.findings.areNone, battle.kills < options.kills, rounds < options.rounds,
      battle.elapsed / second / 60 < options.minutes
    {
      battle.round()
      rounds += 1
    }
    battle.end()
    battle.recovery.tell()
    for missed in battle.recovery.missed { say("target missed: \(missed)") }
    if !battle.findings.areNone { say("BROKEN: \(battle.findings.summary); seed \(options.seed)") }
    say("\(battle.market.ledger.documents) documents in \(seconds(battle.elapsed)) s")
    put("chaos: \(battle.figure), seed \(options.seed)\n", on: 1)
    return battle.findings.areNone && (!options.holdsTimes || battle.recovery.missed.isEmpty)
  }
}
