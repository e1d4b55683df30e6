// What a client does to a process without killing it.
import Glibc

enum Disturbance: CaseIterable {
  /// stdin is closed in the middle of a request, with others under way.
  case cutInput
  /// stdout is not read for a while, during which more is asked than fits into the pipe.
  case unread
  /// A backend dies meanwhile.
  case unreadWithKill
  case terminate
  case shutdown

  static func draw(_ dice: inout Dice) -> Disturbance { dice.pick(allCases) }
}

extension Battle {
  func disturb(_ disturbance: Disturbance, _ dice: inout Dice) {
    let till = dice.pick(market.tills)
    market.pause = 0
    market.pass(dice.among(5...30) * millisecond)
    market.pause = nil
    switch disturbance {
    case .cutInput: cutInput(of: till)
    case .unread: leaveUnread(till, killing: nil, &dice)
    case .unreadWithKill: leaveUnread(till, killing: dice.roll(1_000), &dice)
    case .terminate: terminate(till)
    case .shutdown: shutDown(till)
    }
  }

  /// Every whole request is answered, the cut one by a parse error, and the process ends well.
  private func cutInput(of till: Till) {
    market.close(till)
    till.owedUnderNull = 1
    till.send(#"{"jsonrpc":"2.0","id":"cut","method":"sales.cre"#, newline: false)
    till.closeInputWhenSent(in: market)
    awaitEnd(of: till, mustAnswerAll: true)
    if till.owedUnderNull != 0 { findings.violation("unanswered", "a line that was cut got no parse error") }
    _ = shop.open(till.name, in: market)
  }

  private func leaveUnread(_ till: Till, killing pick: Int?, _ dice: inout Dice) {
    till.isRead = false
    var answered = 0
    let count = dice.among(60...120)
    for _ in 0..<count {
      market.post("inventory.list", #"{"limit":500,"withLots":true,"includeEmpty":true}"#, at: till) { _ in answered += 1 }
    }
    market.pass(dice.among(50...200) * millisecond)
    if let pick { kill(pair.map { aim(at: .backend, $0, till, pick) } ?? killer.aim(at: .backend, pick: pick, sidecar: till)) }
    market.pass(dice.among(50...200) * millisecond)
    till.isRead = true
    if !market.wait(within: 30 * second, { answered == count && till.calls.isEmpty }) {
      findings.violation(
        "unanswered", "\(count - answered) of \(count) reads, \(till.calls.count) calls in all, after stdout was left unread")
    }
  }

  /// What it had accepted is answered; what was still in the pipe is handed in again.
  private func terminate(_ till: Till) {
    market.close(till)
    till.signal(SIGTERM)
    awaitEnd(of: till, mustAnswerAll: false)
    _ = shop.open(till.name, in: market)
  }

  private func shutDown(_ till: Till) {
    market.close(till)
    market.post("system.shutdown", at: till) { _ in }
    awaitEnd(of: till, mustAnswerAll: true)
    _ = shop.open(till.name, in: market)
  }
}
