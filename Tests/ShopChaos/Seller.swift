// One of those who sell at a till, each in a manner of their own.

final class Seller {
  /// How many calls it has under way, and whether it hands them in as a batch.
  struct Manner {
    let inFlight: Int
    let isBatch: Bool
  }

  let name: String
  let manner: Manner
  var till: Till?
  private(set) var open: [Intent] = []
  private var dice: Dice
  private var count = 0
  private var nextAt = 0

  init(_ name: String, _ manner: Manner, seed: UInt64, number: Int) {
    self.name = name
    self.manner = manner
    dice = Dice(seed: seed, part: 1_000 + number)
  }

  func nextName() -> String {
    count += 1
    return "\(name)-\(count)"
  }

  func add(_ intent: Intent) { open.append(intent) }

  func forgetDone() {
    open.removeAll { intent in
      guard case .done = intent.state else { return false }
      return true
    }
  }

  /// What was under way at a till that is gone is to be handed in again.
  func lose(_ till: Till) {
    for intent in open {
      if case .inFlight(let place) = intent.state, place === till { intent.state = .waiting(until: 0) }
    }
  }

  /// What is to be handed in now; new wishes only where `pause` is given, the time between two of them.
  func due(at now: Int, pause: Int?) -> [Intent] {
    if let pause, now >= nextAt, manner.isBatch ? open.isEmpty : open.count < manner.inFlight {
      nextAt = now + pause
      for _ in open.count..<(pause == 0 || manner.isBatch ? manner.inFlight : open.count + 1) { open.append(wish()) }
    }
    return open.filter { intent in
      guard case .waiting(let until) = intent.state else { return false }
      return until <= now
    }
  }

  private func wish() -> Intent {
    if dice.comesUp(percent: manner.isBatch ? 35 : 4) { return Intent.refused(nextName(), &dice) }
    let lines = (0..<dice.among(1...3)).map { _ in SaleLine(product: dice.pick(Goods.sold), qty: dice.among(1...4)) }
    return Intent.sale(nextName(), lines)
  }
}
