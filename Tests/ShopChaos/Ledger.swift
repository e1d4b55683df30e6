// The harness's own books: what was acknowledged, and what must be on the shelf.

/// A document as the books hold it.
struct Document {
  let number: String
  let name: String
  var content: String
}

final class Ledger {
  private let findings: Findings
  /// Acknowledged since the last look into the books.
  private var fresh: [Intent] = []
  /// Of what the books were seen to hold: names with a digest of number and content.
  private var proved: [String: Int] = [:]
  /// Acknowledged right before a kill.
  private var atRisk: [Intent] = []
  private(set) var shelf: Shelf
  private var expiredLots: Set<String> = []
  private var deliveriesOf: [Int: Int] = [:]
  /// What the shelf will hold of each product when all acknowledged is counted.
  private var onHand: [Int: Int] = [:]

  init(_ findings: Findings) {
    self.findings = findings
    shelf = Shelf(findings)
  }

  // MARK: - While it is sold

  func acknowledge(_ intent: Intent, _ result: JSON) {
    guard let outcome = read(intent, result) else {
      return findings.violation("reply", "\(intent.name) is not answered with what it asked for: \(result)")
    }
    if let known = intent.outcome {
      if known != outcome { findings.lost("\(intent.name) was acknowledged as \(known), and again as \(outcome)") }
      return
    }
    intent.outcome = outcome
    fresh.append(intent)
    switch intent.work {
    case .sale(let lines): for line in lines { onHand[line.product, default: 0] -= line.qty }
    case .delivery(let lots): take(lots, outcome.lots)
    case .refused: break
    }
  }

  /// A kill follows: what was acknowledged last is what it may undo.
  func rememberLast() { atRisk += fresh.suffix(4) }

  /// Those of them that the books hold; what is lost is told already.
  func takeRemembered() -> [Intent] {
    defer { atRisk = [] }
    return atRisk.filter { proved[$0.name] != nil }
  }

  /// Nil where the document is not what was asked for.
  private func read(_ intent: Intent, _ result: JSON) -> Outcome? {
    let items = result["items"]?.items ?? []
    switch intent.work {
    case .sale(let lines): return sale(lines, items, result["receiptNo"]?.text)
    case .delivery(let lots): return delivery(lots, items, result["refNo"]?.text)
    case .refused: return nil
    }
  }

  private func sale(_ lines: [SaleLine], _ items: [JSON], _ number: String?) -> Outcome? {
    guard let number, items.count == lines.count else { return nil }
    var content = ""
    for (line, item) in zip(lines, items) {
      let takes = (item["allocations"]?.items ?? []).map { (lot: $0["lotId"]?.text ?? "", qty: $0["qtyTaken"]?.int ?? 0) }
      guard item["productId"]?.text == Goods.id(line.product), item["qty"]?.int == line.qty,
        takes.reduce(0, { $0 + $1.qty }) == line.qty
      else { return nil }
      for take in takes where expiredLots.contains(take.lot) {
        findings.violation("expired", "\(number) took \(take.qty) of the expired lot \(take.lot)")
      }
      content += Self.content(line.product, line.qty)
      for take in takes { content += Self.content(take.lot, take.qty) }
    }
    return Outcome(number: number, content: content)
  }

  private func delivery(_ lots: [LotLine], _ items: [JSON], _ number: String?) -> Outcome? {
    guard let number, items.count == lots.count else { return nil }
    let matches = zip(lots, items).allSatisfy { lot, item in
      item["productId"]?.text == Goods.id(lot.product) && item["qtyAdded"]?.int == lot.qty
        && item["expiryDate"]?.text == lot.expiry
    }
    let ids = items.compactMap { $0["lotId"]?.text }
    guard matches, ids.count == lots.count else { return nil }
    return Outcome(number: number, content: ids.joined(separator: " "), lots: ids)
  }

  static func content(_ product: Int, _ qty: Int) -> String { " \(product):\(qty)" }
  static func content(_ lot: some StringProtocol, _ qty: Int) -> String { " \(lot)*\(qty)" }

  private func take(_ lots: [LotLine], _ ids: [String]) {
    for (lot, id) in zip(lots, ids) {
      let isExpired = lot.expiry < "2026"
      if isExpired { expiredLots.insert(id) }
      if !isExpired { onHand[lot.product, default: 0] += lot.qty }
      shelf.add(
        Shelf.Lot(id: id, expiry: lot.expiry, isExpired: isExpired, received: lot.qty, remaining: lot.qty), of: lot.product)
    }
  }

  // MARK: - Deliveries

  /// The next lots of a product, two of each expiry, always behind all there are: so the order in which they are sold does not
  /// depend on how soon a delivery was booked.
  func nextLots(of product: Int, count: Int, _ dice: inout Dice) -> [LotLine] {
    let first = deliveriesOf[product, default: 0]
    deliveriesOf[product] = first + (count + 1) / 2
    return (0..<count).map { LotLine(product: product, qty: dice.among(10...60), expiry: Goods.expiry(first + $0 / 2)) }
  }

  /// The product of which there is least.
  var lowest: (product: Int, qty: Int) {
    Goods.sold.map { (product: $0, qty: onHand[$0, default: 0]) }.min { $0.qty < $1.qty }!
  }

  /// The products of which there is less.
  func products(below qty: Int) -> [Int] { Goods.sold.filter { onHand[$0, default: 0] < qty } }

  // MARK: - Against the books

  /// Compares what was acknowledged with the documents that the books hold beyond the last look, or with all of them.
  func compare(with documents: [Document], isWhole: Bool) {
    var found: [String: Document] = [:]
    for document in documents {
      if let other = found.updateValue(document, forKey: document.name) {
        findings.doubled("\(document.name) is in the books as \(other.number) and as \(document.number)")
      } else if !isWhole, proved[document.name] != nil {
        findings.doubled("\(document.name) is in the books once more, as \(document.number)")
      }
    }
    for intent in fresh {
      guard let outcome = intent.outcome else { continue }
      let document = found[intent.name]
      if document?.number == outcome.number, document?.content == outcome.content {
        proved[intent.name] = Self.digest(outcome.number, outcome.content)
      } else {
        findings.lost(
          "\(intent.name) was acknowledged as \(outcome), and the books hold \(document.map { "\($0)" } ?? "nothing")")
      }
    }
    fresh = []
    for document in documents where proved[document.name] == nil {
      findings.violation("unasked", "\(document.number), \(document.name), is in the books and was never acknowledged")
    }
    if isWhole { compareProved(with: found) }
  }

  private func compareProved(with found: [String: Document]) {
    for (name, digest) in proved {
      guard let document = found[name] else {
        findings.lost("\(name) was in the books, and is not any more")
        continue
      }
      if Self.digest(document.number, document.content) != digest { findings.lost("\(name) has become \(document)") }
    }
  }

  /// Takes what was sold, in the order of the receipts, off the shelf.
  func replay(_ takes: [Take]) {
    for take in takes { shelf.take(take.qty, of: take.lot, product: take.product, receipt: take.receipt) }
  }

  var documents: Int { proved.count }

  private static func digest(_ number: String, _ content: String) -> Int {
    var hasher = Hasher()
    hasher.combine(number)
    hasher.combine(content)
    return hasher.finalize()
  }
}
