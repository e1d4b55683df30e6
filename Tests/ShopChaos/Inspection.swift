// After each round, with nothing under way: whether the books hold what was acknowledged, and whether they balance.

final class Inspection {
  private let market: Market
  private let ledger: Ledger
  private let findings: Findings
  private let cluster: Cluster
  private var lastSale = Mark()
  private var lastDelivery = Mark()

  init(_ market: Market, _ cluster: Cluster) {
    self.market = market
    ledger = market.ledger
    findings = market.findings
    self.cluster = cluster
  }

  /// At a till that is open. With `isDeep` it reads heaps and indexes too, at the last time all documents from the first.
  func inspect(at till: Till, isDeep: Bool, isLast: Bool = false) {
    market.pause = nil
    guard areAllAnswered else { return }
    checkBooks(at: till)
    compareDocuments(isWhole: false)
    market.repeatAcknowledged(ledger.takeRemembered())
    guard areAllAnswered else { return }
    if isLast { compareDocuments(isWhole: true) }
    compareNumbers()
    compareStock(at: till)
    compareLots()
    if isDeep, let damage = cluster.damage() { findings.violation("pg_amcheck", damage) }
  }

  private var areAllAnswered: Bool {
    if market.wait(within: 40 * second, { market.sellers.allSatisfy(\.open.isEmpty) }) { return true }
    let open = market.sellers.flatMap(\.open).map { "\($0.name) after \($0.attempts) attempts" }
    findings.violation("unanswered", "\(open.prefix(8)) and others, \(open.count) in all, within 40 s")
    return false
  }

  /// What the program itself says of the books.
  private func checkBooks(at till: Till) {
    let methods = ["system.check", "audit.verify"]
    var replies: [String: JSON] = [:]
    // The last kill may still keep a till from its server.
    func ask(_ method: String) {
      market.post(method, at: till) { [market] reply in
        if Market.isPassing(reply) { market.later { ask(method) } } else { replies[method] = reply }
      }
    }
    for method in methods { ask(method) }
    market.wait(within: 60 * second) { replies.count == methods.count || till.isAtEnd }
    for method in methods {
      let report = replies[method]?["result"]
      let checks = report?["checks"]?.items ?? []
      let bad = checks.filter { $0["ok"]?.bool != true || $0["violations"]?.items.isEmpty != true }
      if report?["ok"]?.bool == true, !checks.isEmpty, bad.isEmpty { continue }
      findings.violation(method, bad.isEmpty ? replies[method].map { "\($0)" } ?? "no reply within 60 s" : "\(bad)")
    }
  }

  private func compareDocuments(isWhole: Bool) {
    guard let (sales, takes) = cluster.sales(beyond: isWhole ? Mark() : lastSale),
      let deliveries = cluster.deliveries(beyond: isWhole ? Mark() : lastDelivery)
    else { return findings.violation("unreadable", "the books cannot be read") }
    ledger.compare(with: sales + deliveries, isWhole: isWhole)
    if !isWhole { ledger.replay(takes) }
    if let last = sales.last { lastSale = Mark(last.number) }
    if let last = deliveries.last { lastDelivery = Mark(last.number) }
  }

  /// Every day's numbers are 1 to n.
  private func compareNumbers() {
    let query = """
      select kind, day, n, least, most from (
        select 'receipts' as kind, day, count(*) as n, min(number) as least, max(number) as most from sale group by day
        union all select 'deliveries', day, count(*), min(number), max(number) from stock_in group by day) as numbers
      where least <> 1 or most <> n
      """
    guard let gaps = cluster.rows(query) else { return findings.violation("unreadable", "the numbers cannot be read") }
    for gap in gaps { findings.violation("gap", "\(gap[0]) of \(gap[1]): \(gap[2]) numbers from \(gap[3]) to \(gap[4])") }
  }

  /// What the till says is there is what was delivered less what was sold.
  private func compareStock(at till: Till) {
    let listed = market.result("inventory.list", #"{"limit":500}"#, at: till)?["items"]?.items ?? []
    for product in ledger.shelf.products {
      let expected = ledger.shelf.stock(of: product)
      let item = listed.first { $0["id"]?.text == Goods.id(product) }
      let (sellable, expired) = (item?["totalQty"]?.int, item?["expiredQty"]?.int)
      if sellable != expected.sellable || expired != expected.expired {
        findings.violation(
          "stock", "product \(product): \(sellable ?? -1) and \(expired ?? -1) expired, where \(expected) must be there")
      }
    }
  }

  private func compareLots() {
    guard let rows = cluster.rows("select id, qty_remaining from lot") else {
      return findings.violation("unreadable", "the lots cannot be read")
    }
    let expected = ledger.shelf.remaining
    if rows.count != expected.count { findings.violation("stock", "\(rows.count) lots, where \(expected.count) were delivered") }
    for row in rows where row.count == 2 && expected[String(row[0])] != Int(row[1]) {
      findings.violation("stock", "lot \(row[0]) holds \(row[1]), not \(expected[String(row[0])] ?? 0)")
    }
  }
}
