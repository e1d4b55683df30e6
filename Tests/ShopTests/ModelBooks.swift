// The shop's books against what the model noted of every day.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

extension Walk {
  /// All that is known of every lot, empty ones too.
  func holdLots() throws {
    let found = try till.sql(
      """
      select concat_ws(' ', ref_no, qty_remaining, coalesce(expiry::text, 'never'), unit_cost, coalesce(batch_no, '-'), status)
      from lot order by lot_no
      """)
    let expected = model.order.compactMap { model.lots[$0] }.map { lot in
      "\(lot.reference) \(lot.left) \(lot.expiry?.text ?? "never") \(lot.cost) \(lot.batch ?? "-") \(lot.status.rawValue)"
    }
    #expect(found == expected, "after \(last)")
  }

  /// The numbers given out on each day, without a gap.
  func holdNumbers() throws {
    let found = try till.sql(
      """
      select n.kind || to_char(n.day, '-YYYYMMDD') || ' ' || count(*) || ' ' || max(n.number) from (
        select 'RCPT', day, number from sale
        union all select 'STK', day, number from stock_in
        union all select case kind when 'return' then 'RET' when 'void' then 'VOID' when 'write-off' then 'WOF'
          when 'supplier-return' then 'SUP' when 'count' then 'CNT' when 'correction' then 'COR' else 'CAN' end, day, number
          from stock_document) n (kind, day, number)
      group by n.kind, n.day
      """)
    #expect(found.sorted() == model.numbers.map { "\($0.key) \($0.value) \($0.value)" }.sorted())
  }

  /// The stock of every day that is over.
  func holdEvenings() throws {
    #expect(model.evenings.count > 50, "many days went by")
    for (day, evening) in model.evenings.sorted(by: { $0.key < $1.key }) {
      let (totals, lots) = try till.stock(asOf: day, by: 400)
      let each = lots.map {
        "\($0.lotRefNo) \($0.qty) @ \($0.unitCost.tenThousandths) until \($0.expiryDate?.text ?? "never")"
      }
      let found =
        "\(totals.lots) lots, \(totals.qty) units, \(totals.stockValue.tenThousandths): \(each.joined(separator: "; "))"
      guard found == evening else {
        Issue.record("the evening of \(day): \(found) instead of \(evening)")
        return
      }
    }
  }

  /// What was written off in all, and between two days.
  mutating func holdLosses() throws {
    let days = model.evenings.keys.sorted()
    var spans = [DaySpan(from: .earliest, to: .latest)]
    for _ in 0..<10 {
      let (one, other) = (dice.pick(days), dice.pick(days))
      spans.append(DaySpan(from: min(one, other), to: max(one, other)))
    }
    for span in spans {
      let report = try till.read { try StockDocuments.writeOffs(span, limit: 1, after: nil, in: $0) }
      let losses = model.losses.filter { span.from <= $0.day && $0.day <= span.to }
      let expected = Dictionary(grouping: losses, by: \.reason).map { reason, losses in
        "\(reason) \(losses.reduce(0) { $0 + $1.qty }) \(losses.reduce(0) { $0 + $1.value })"
      }
      let found = report.reasons.map { part in
        var reason = "returned"
        if case .loss(let loss) = part.reason { reason = loss.rawValue }
        return "\(reason) \(part.figures.qty) \(part.figures.value.tenThousandths)"
      }
      #expect(found.sorted() == expected.sorted(), "\(span)")
      #expect(Int64(report.totals.qty) == losses.reduce(0) { $0 + $1.qty })
      #expect(report.totals.value.tenThousandths == Int128(losses.reduce(0) { $0 + $1.value }))
    }
  }

  /// Each product's card begins with nothing and ends with what the model has; what may be sold is the model's too.
  func holdCards() throws {
    for id in ids {
      let there = (model.shelves[id] ?? []).reduce(0) { $0 + (model.lots[$1]?.left ?? 0) }
      let card = try till.card(.product(id), limit: 1)
      #expect(Int64(card.onHandQty) == there && Int64(card.page.items.first?.balance ?? 0) == there)
      let items = try till.wholeCard(.product(id), by: 500)
      #expect(items.reduce(0) { $0 + $1.qty } == card.onHandQty)
      #expect(items.last.map { $0.balance == $0.qty } ?? true)
      let stock = try till.read { try Inventory.get(id, in: $0) }
      #expect(Int64(stock.totalQty) == model.available(id))
    }
    for reference in model.order.suffix(20) {
      guard let lot = model.lots[reference], let id = lot.id else { continue }
      let items = try till.wholeCard(.lot(id), by: 500)
      let moved = Dictionary(grouping: items, by: \.kind).mapValues { $0.reduce(0) { $0 + Int64($1.qty) } }
      #expect(moved == lot.moved, "\(reference)")
      #expect(Int64(items.first?.balance ?? 0) == lot.left)
    }
  }
}
