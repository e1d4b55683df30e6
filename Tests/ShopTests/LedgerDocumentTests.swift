// Stock documents found again, and what was written off.
import TestSupport
import Testing

@testable import Shelflife

@Suite struct LedgerDocumentTests {
  private func all(
    _ till: Till, by limit: Int = 500, kind: StockDocument.Kind? = nil, from: Day? = nil, to: Day? = nil,
    product: Identifier? = nil, lot: Identifier? = nil, receipt: DocumentNumber? = nil
  ) throws -> [StockDocument] {
    var documents: [StockDocument] = []
    var after: MomentKey?
    repeat {
      let filter = StockDocumentFilter(
        kind: kind, from: from, to: to, productID: product, lotID: lot, receiptNo: receipt, limit: limit, after: after)
      let page = try till.read { try StockDocuments.list(filter, in: $0) }
      documents += page.items
      after = page.next
    } while after != nil
    return documents
  }

  /// Every filter and every page length give what a plain look through all documents gives.
  @Test(arguments: ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"]) func everyFilterIsAPlainLookThrough(zone: String) throws {
    var shop = try LedgerShop("\(#function) \(zone)", zone: zone)
    let till = shop.till
    while shop.documents.count < 25 {
      for _ in 0..<5 { try shop.step() }
      till.pass(seconds: Int64(shop.dice.int(0...20)) * 3_600)
    }
    let made = shop.documents.sorted { ($0.at, $0.id) > ($1.at, $1.id) }
    #expect(try all(till) == made, "as each was answered when it was made")
    let days = made.map(\.number.day)
    let receipts = made.compactMap(\.subject.receipt)
    for _ in 0..<40 {
      let kind = shop.dice.percent(40) ? shop.dice.pick(StockDocument.Kind.allCases) : nil
      let from = shop.dice.percent(40) ? shop.dice.pick(days) : nil
      let to = shop.dice.percent(40) ? shop.dice.pick(days) : nil
      let product = shop.dice.percent(40) ? shop.dice.pick(shop.products) : nil
      let lot = shop.dice.percent(30) ? shop.dice.pick(shop.order) : nil
      let receipt = shop.dice.percent(20) && !receipts.isEmpty ? shop.dice.pick(receipts) : nil
      let expected = made.filter { document in
        (kind == nil || document.kind == kind) && from.map { $0 <= document.number.day } ?? true
          && to.map { document.number.day <= $0 } ?? true
          && product.map { id in document.lines.contains { $0.productID == id } } ?? true
          && lot.map { id in document.lines.contains { $0.lotID == id } } ?? true
          && (receipt == nil || document.subject.receipt == receipt)
      }
      let found = try all(
        till, by: shop.dice.int(1...7), kind: kind, from: from, to: to, product: product, lot: lot, receipt: receipt)
      #expect(found == expected, "\(String(describing: kind)) \(String(describing: from)) \(String(describing: to))")
    }
    for document in made {
      #expect(try till.read { try StockDocuments.get(.id(document.id), in: $0) } == document)
      #expect(try till.read { try StockDocuments.get(.number(document.number), in: $0) } == document)
    }
    #expect(try till.violations() == [])
  }

  @Test func unknownDocumentsAreNotFound() throws {
    let till = try Till()
    let zinc = try till.product("Zinc", tracksExpiry: false).id
    let delivery = try till.deliver(zinc, 5, nil)
    let sale = try till.sell([(zinc, 1)])
    try till.writeOff([(delivery.items[0].lotID, 1)])
    // Each would be the first of its kind and day, as the write-off is.
    for number in [sale.number, delivery.number, try DocumentNumber(parsing: "VOID-20260310-0001")] {
      #expect(try refusal { _ = try till.read { try StockDocuments.get(.number(number), in: $0) } } == "document-not-found")
    }
    #expect(try refusal { _ = try till.read { try StockDocuments.get(.id(sale.id), in: $0) } } == "document-not-found")
    #expect(try all(till, receipt: DocumentNumber(parsing: "RCPT-20260310-0009")) == [])
  }

  /// "How much did we throw away this month, and why?"
  @Test func whatWasWrittenOff() throws {
    let till = try Till(at: "2026-03-10T09:00:00Z")
    let milk = try till.product("Milk").id
    let soap = try till.product("Soap", tracksExpiry: false).id
    let fresh = try till.deliver(milk, 20, "2026-04-01", cost: 5_000).items[0].lotID
    let bars = try till.deliver(soap, 9, nil, cost: 20_001).items[0].lotID
    let sale = try till.sell([(soap, 2)])
    till.pass(seconds: 60)
    try till.writeOff([(bars, 1), (fresh, 3)], .damaged, note: "The shelf fell")
    try till.at("2026-03-11T09:00:00Z")
    try till.writeOff([(fresh, 5)], .expired)
    till.pass(seconds: 60)
    try till.takeBack(sale, 1, .destroy, note: "Open")
    till.pass(seconds: 60)
    try till.adjust(fresh, cost: 9_999)
    try till.sendBack(fresh, 2)
    try till.at("2026-03-12T09:00:00Z")
    try till.writeOff([(fresh, 1)], .damaged)

    let items = [
      "WOF-20260312-0001 damaged Milk 1 at 0.9999 = 0.9999",
      "RET-20260311-0001 returned Soap 1 at 2.0001 = 2.0001 (Open)",
      "WOF-20260311-0001 expired Milk 5 at 0.5000 = 2.5000",
      "WOF-20260310-0001 damaged Soap 1 at 2.0001 = 2.0001 (The shelf fell)",
      "WOF-20260310-0001 damaged Milk 3 at 0.5000 = 1.5000 (The shelf fell)",
    ]
    for limit in 1...6 {
      var told: [String] = []
      var after: DocumentLineKey?
      repeat {
        let report = try till.read {
          try StockDocuments.writeOffs(
            DaySpan(from: .earliest, to: .latest), limit: limit, after: after, in: $0)
        }
        told += report.page.items.map(self.told)
        #expect(sums(report) == ["expired 5 2.5000", "damaged 5 4.5000", "returned 1 2.0001", "all 11 9.0001"])
        after = report.page.next
      } while after != nil
      #expect(told == items, "by \(limit)")
    }
    func report(_ from: String, _ to: String) throws -> WriteOffReport {
      let span = DaySpan(from: try Day(parsing: from), to: try Day(parsing: to))
      return try till.read { try StockDocuments.writeOffs(span, limit: 50, after: nil, in: $0) }
    }
    #expect(sums(try report("2026-03-11", "2026-03-11")) == ["expired 5 2.5000", "returned 1 2.0001", "all 6 4.5001"])
    #expect(try report("2026-03-11", "2026-03-11").page.items.map(self.told) == Array(items[1...2]))
    #expect(sums(try report("2026-03-13", "2026-03-20")) == ["all 0 0.0000"])
    #expect(try till.violations() == [])
  }

  private func told(_ line: WrittenOffLine) -> String {
    "\(line.documentNo) \(name(line.reason)) \(line.productName) \(line.qty) at \(line.unitCost.text) = \(line.value.text)"
      + (line.note.map { " (\($0))" } ?? "")
  }

  private func name(_ reason: WriteOffReason) -> String {
    if case .loss(let loss) = reason { loss.rawValue } else { "returned" }
  }

  private func sums(_ report: WriteOffReport) -> [String] {
    report.reasons.map { "\(name($0.reason)) \($0.figures.qty) \($0.figures.value.text)" }
      + ["all \(report.totals.qty) \(report.totals.value.text)"]
  }
}
