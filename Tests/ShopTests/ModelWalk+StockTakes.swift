// The walk's stock takes, beside the model's: days of counting among sales, deliveries and corrections.
import TestSupport
import Testing

@testable import Shelflife

extension Walk {
  mutating func stockTake() throws {
    let open = model.takes.filter(\.value.isOpen).keys.sorted()
    if open.count < 2, dice.percent(40) { return try startTake() }
    let all = model.takes.keys.sorted()
    let id = all.isEmpty || dice.percent(4) ? newID() : open.isEmpty || dice.percent(10) ? dice.pick(all) : dice.pick(open)
    switch dice.int(1...100) {
    case 1...16: try applyTake(id)
    case 17: try cancelTake(id)
    case 18, 19: try cancelTake(dice.percent(50) ? id : all.isEmpty ? id : dice.pick(all))
    case 20...25 where open.contains(id): try reviewTake(id)
    default: try count(in: id)
    }
  }

  private mutating func startTake() throws {
    let id = newID()
    var products: [Identifier]? = dice.percent(30) ? nil : Array(ids.shuffled(using: &dice).prefix(dice.int(1...5)))
    if dice.percent(45), let first = products?.first { products?.append(dice.percent(60) ? first : newID()) }
    let new = NewStockTake(
      id: id, productIDs: products, isBlind: dice.percent(40), tolerance: dice.int(0...2), note: nil)
    last = "start stock take \(new)"
    let expected = model.startTake(new, as: id)
    let made = try write("stockTake.start", told: { _ in "Started" }, { try StockTakes.start(new, in: $0) })
    hold("start", made.words, expected)
    // What happens at the same instant cannot be told from what was there before.
    try pass(seconds: 1)
  }

  private mutating func cancelTake(_ id: Identifier) throws {
    last = "cancel stock take \(id)"
    let expected = model.cancelTake(id)
    let made = try write(
      "stockTake.cancel", told: { _ in "Cancelled" },
      {
        try StockTakes.cancel(id, reason: "Enough", in: $0)
      })
    hold("stop", made.words, expected)
  }

  private mutating func count(in id: Identifier) throws {
    let new = NewStockCount(stockTakeID: id, items: try (0..<dice.int(1...6)).map { _ in try counted(in: id) })
    let person = dice.pick([Person.sam, .tess])
    last = "count \(new)"
    let made = try write("stockTake.count", by: person, told: { Self.told($0) }, { try StockTakes.count(new, in: $0) })
    let names = (made.value?.items ?? []).compactMap(\.lot.foundID)
    let unknown = zip(new.items, made.value?.items ?? []).compactMap { item, made -> Identifier? in
      if case .unknown = item.target { made.lot.id } else { nil }
    }
    #expect(Set(unknown).isSubset(of: names))
    hold("count", made.words, model.count(new, by: person.caller.userID, made: unknown))
  }

  private static func told(_ count: StockCount) -> String {
    "Entry \(count.entryNo): "
      + count.items.map { item in
        let expected = item.expectedQty.map(String.init) ?? "?"
        return "\(item.lot.isFound ? item.lot.id.text : item.lot.lotRefNo ?? "?") \(item.countedQty) of \(expected)"
      }.joined(separator: ", ")
  }

  /// Mostly what is there; now and then a lot that was counted before, with the difference that it had.
  private mutating func counted(in id: Identifier) throws -> NewCountItem {
    let take = model.takes[id]
    let product = dice.percent(3) ? dice.pick(ids) : dice.pick(take?.products ?? ids)
    let before = (take?.counts ?? []).filter { $0.found == nil || dice.percent(50) }
    switch dice.int(1...100) {
    case 1...12:
      let dated = model.articles[product]?.tracksExpiry != dice.percent(3)
      let target = CountTarget.unknown(
        productID: dice.percent(15) ? newID() : product, batchNo: batch(),
        expiryDate: dated ? till.now.day.adding(days: dice.int(-2...40)) : nil)
      return NewCountItem(target: target, qty: Int32(dice.int(0...9)))
    case 13...40 where !before.isEmpty:
      let count = dice.pick(before)
      if count.found != nil {
        let qty = dice.percent(70) ? count.counted : Int64(dice.int(0...9))
        return NewCountItem(target: .found(try Identifier(parsing: count.lot)), qty: Int32(qty))
      }
      let lot = model.lots[count.lot]
      return NewCountItem(target: .lot(lot?.id ?? .none), qty: Int32(max(0, (lot?.left ?? 0) + count.variance)))
    case 41...43: return NewCountItem(target: .lot(pickedLot()), qty: 1)
    case 44: return NewCountItem(target: .found(newID()), qty: 1)
    default:
      guard
        let lot = (model.shelves[product] ?? []).compactMap({ model.lots[$0] }).filter({ $0.left > 0 }).randomElement(
          using: &dice)
      else { return NewCountItem(target: .lot(pickedLot()), qty: 0) }
      let qty = lot.left + Int64(dice.percent(70) ? 0 : dice.int(-4...3))
      return NewCountItem(target: .lot(lot.id ?? .none), qty: Int32(max(0, qty)))
    }
  }

  private mutating func reviewTake(_ id: Identifier) throws {
    last = "review \(id)"
    let totals = try till.read {
      try StockTakes.review(ReviewFilter(stockTakeID: id, show: .all, limit: 1, after: nil), in: $0)
    }.totals
    let answer =
      "Counted \(totals.countedLots), \(totals.variances) differ, +\(totals.surplusQty) -\(totals.missingQty) worth "
      + "\(totals.varianceValue.tenThousandths), \(totals.recountLots) again, \(totals.notCountedLots) not counted, "
      + "\(totals.foundLots) found"
    hold("review", answer, model.review(id))
  }

  private mutating func applyTake(_ id: Identifier) throws {
    let new = StockTakeApplication(
      stockTakeID: id, reason: "The count of the month", reasons: [], missingLots: dice.percent(35) ? .writeDown : .keep,
      acceptVariances: dice.percent(75))
    last = "apply \(new)"
    let expected = model.apply(new)
    let made = try write("stockTake.apply", told: { $0.document?.tallied ?? "Nothing" }, { try StockTakes.apply(new, in: $0) })
    hold("apply", made.words, expected)
    learn(made.value?.document)
    if made.value?.document == nil, made.value != nil { seen.insert("apply without") }
    if new.missingLots == .writeDown, made.value?.document != nil { seen.insert("apply writing") }
    if made.value?.document?.lines.contains(where: { $0.lotRefNo.hasPrefix("CNT") }) == true { seen.insert("apply found") }
  }
}
