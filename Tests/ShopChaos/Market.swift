// The tills, the sellers at them, and the one loop in which all of them move.
import Glibc

final class Market {
  let findings: Findings
  let ledger: Ledger
  let sellers: [Seller]
  private let freshKeys: Bool
  private(set) var tills: [Till] = []
  /// Time between two wishes of a seller; nil while nobody has new ones.
  var pause: Int?
  /// A sale that is handed in later than this and acknowledged shows that a till is back.
  var backAfter = Int.max
  private(set) var acknowledged = 0
  private var lastID = 0
  private var postponed: [(at: Int, body: () -> Void)] = []

  /// What says that the call may be handed in again under its key.
  private static let passing: Set = ["database-unavailable", "outcome-unknown", "shutting-down", "deadline-exceeded"]
  private static let retryPause = 5 * millisecond

  static func isPassing(_ reply: JSON) -> Bool { passing.contains(reply["error"]?["data"]?["code"]?.text ?? "") }

  init(seed: UInt64, freshKeys: Bool, findings: Findings, ledger: Ledger) {
    self.freshKeys = freshKeys
    self.findings = findings
    self.ledger = ledger
    let manners = [(1, false), (1, false), (6, false), (6, true)].map { Seller.Manner(inFlight: $0.0, isBatch: $0.1) }
    sellers = manners.enumerated().map { Seller("seller\($0.offset + 1)", $0.element, seed: seed, number: $0.offset) }
  }

  // MARK: - Who stands where

  func add(_ till: Till) {
    tills.append(till)
    spread()
  }

  /// Takes a till away that has ended or was killed; what it owed is owed by the others now.
  ///
  /// What it wrote before its end counts: it was acknowledged.
  func remove(_ till: Till) {
    serve(till)
    tills.removeAll { $0 === till }
    for seller in sellers { seller.lose(till) }
    till.calls = [:]
    spread()
  }

  private func spread() {
    let places = tills.filter(\.isOpen)
    for (number, seller) in sellers.enumerated() { seller.till = places.isEmpty ? nil : places[number % places.count] }
  }

  /// Nobody hands in anything at this till from now on.
  func close(_ till: Till) {
    till.isOpen = false
    spread()
  }

  // MARK: - Calls

  private func owe(_ label: String, at till: Till, _ answer: @escaping (JSON) -> Void) -> Int {
    lastID += 1
    till.calls[lastID] = Call(id: lastID, label: label, sentAt: nanoseconds(), answer: answer)
    return lastID
  }

  func post(_ method: String, _ params: String = "{}", at till: Till, _ answer: @escaping (JSON) -> Void) {
    let id = owe(method, at: till, answer)
    till.send(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#)
  }

  /// A call that must succeed, waited for; nil where it does not.
  func result(_ method: String, _ params: String = "{}", at till: Till) -> JSON? {
    var reply: JSON?
    post(method, params, at: till) { reply = $0 }
    _ = wait(within: 60 * second) { reply != nil || till.isAtEnd }
    if let result = reply?["result"] { return result }
    findings.violation("refused", "\(method) at \(till.name): \(reply.map { "\($0)" } ?? "no reply within 60 s")")
    return nil
  }

  private func request(_ intent: Intent, at till: Till) -> (id: Int, line: String) {
    intent.state = .inFlight(till)
    let sentAt = nanoseconds()
    let id = owe(intent.name, at: till) { [unowned self] in settle(intent, $0, till, sentAt) }
    return (id, intent.request(id: id, freshKeys: freshKeys))
  }

  func handIn(_ intents: [Intent], isBatch: Bool, at till: Till) {
    let requests = intents.map { request($0, at: till) }
    if isBatch && requests.count > 1 {
      till.batches.append(requests.map(\.id))
      till.send("[" + requests.map(\.line).joined(separator: ",") + "]")
    } else {
      for request in requests { till.send(request.line) }
    }
  }

  /// Hands in once more, under their keys, what was acknowledged: each must be answered as the first time.
  func repeatAcknowledged(_ intents: [Intent]) {
    for (number, intent) in intents.enumerated() {
      intent.state = .waiting(until: 0)
      sellers[number % sellers.count].add(intent)
    }
  }

  // MARK: - The loop

  /// Lets time pass until the condition holds; false where it does not in time.
  @discardableResult
  func wait(within limit: Int, _ isDone: () -> Bool) -> Bool {
    let end = nanoseconds() + limit
    while !isDone() {
      if nanoseconds() >= end { return false }
      turn()
    }
    return true
  }

  /// When it makes sense to ask again for what the server could not do.
  func later(_ body: @escaping () -> Void) { postponed.append((nanoseconds() + Self.retryPause, body)) }

  func pass(_ time: Int) { wait(within: time) { false } }

  private func turn() {
    let now = nanoseconds()
    let due = postponed.filter { $0.at <= now }
    postponed.removeAll { $0.at <= now }
    for task in due { task.body() }
    for seller in sellers {
      guard let till = seller.till, till.isOpen, till.isSignedIn else { continue }
      let intents = seller.due(at: now, pause: pause)
      if !intents.isEmpty { handIn(intents, isBatch: seller.manner.isBatch, at: till) }
    }
    var polls = tills.flatMap(\.polls)
    poll(&polls, nfds_t(polls.count), 1)
    for till in tills { serve(till) }
  }

  private func serve(_ till: Till) {
    till.flush()
    for line in till.lines() { take(line, from: till) }
    if let broken = till.brokenLine, till.ending() == 0 {
      findings.violation("wire", "\(till.name) ended within a line: \(broken)")
    }
  }

  private func take(_ line: [UInt8], from till: Till) {
    guard let value = JSON.parse(line) else {
      return findings.violation("wire", "\(till.name) wrote what is no JSON: \(String(decoding: line, as: UTF8.self))")
    }
    if case .array(let members) = value { return take(batch: members, from: till) }
    if value["id"] == nil, value["method"] != nil { return }
    take(reply: value, from: till)
  }

  private func take(batch members: [JSON], from till: Till) {
    let ids = members.map { $0["id"]?.int ?? 0 }
    let asked = till.batches.firstIndex { !Set($0).isDisjoint(with: ids) }
    guard let asked else { return findings.violation("batch", "\(till.name) answered a batch that nobody sent: ids \(ids)") }
    let expected = till.batches.remove(at: asked)
    if expected != ids {
      let missing = expected.filter { !ids.contains($0) }.map { till.calls[$0]?.label ?? "\($0)" }
      findings.violation(
        "batch", "\(expected.count) calls, \(ids.count) replies, not one for each in order; without reply: \(missing)")
      for id in expected where !ids.contains(id) { till.calls[id]?.answer(.null) }
    }
    for member in members { take(reply: member, from: till) }
    for id in expected { till.calls[id] = nil }
  }

  private func take(reply: JSON, from till: Till) {
    guard (reply["result"] == nil) != (reply["error"] == nil) else {
      return findings.violation("wire", "neither result nor error, or both: \(reply)")
    }
    if reply["id"]?.isNull == true, till.owedUnderNull > 0 {
      till.owedUnderNull -= 1
      return
    }
    guard let id = reply["id"]?.int, let call = till.calls.removeValue(forKey: id) else {
      return findings.violation("wire", "\(till.name) answered twice, or what nobody asked: \(reply)")
    }
    call.answer(reply)
  }

  // MARK: - Answers

  private func settle(_ intent: Intent, _ reply: JSON, _ till: Till, _ sentAt: Int) {
    let now = nanoseconds()
    intent.state = .done
    if let result = reply["result"] {
      acknowledge(intent, result)
      note(intent, at: till, sentAt: sentAt, now)
    } else if let code = reply["error"]?["data"]?["code"]?.text {
      refuse(intent, code, reply, now)
    } else {
      // A batch that forgot it; told already, and owed still.
      intent.state = .waiting(until: now)
    }
    for seller in sellers { seller.forgetDone() }
  }

  private func acknowledge(_ intent: Intent, _ result: JSON) {
    if case .refused(let code) = intent.work {
      return findings.violation("accepted", "\(intent.name) must be refused with \(code), and was answered \(result)")
    }
    if intent.outcome == nil { acknowledged += 1 }
    ledger.acknowledge(intent, result)
  }

  private func note(_ intent: Intent, at till: Till, sentAt: Int, _ now: Int) {
    guard case .sale = intent.work else { return }
    if till.firstSaleAt == nil { till.firstSaleAt = now }
    if sentAt > backAfter, till.backAt == nil { till.backAt = now }
  }

  private func refuse(_ intent: Intent, _ code: String, _ reply: JSON, _ now: Int) {
    if Self.passing.contains(code) {
      intent.state = .waiting(until: now + Self.retryPause)
    } else if case .refused(code) = intent.work {
      return
    } else {
      findings.violation("refused", "\(intent.name), attempt \(intent.attempts): \(reply)")
    }
  }
}
