// The walk's goods that come back and go, beside the model's.
import TestSupport
import Testing

@testable import Shelflife

extension StockDocument {
  /// As the model says it: the number, what customers got back, and how many units went which way.
  var tallied: String {
    var tally = Tally()
    for line in lines {
      let fate = line.giving.map { " \($0.isForced ? "forced " : "")\($0.disposition.rawValue) of \($0.receiptLine)" } ?? ""
      tally.add(line.lotRefNo, line.kind, Int64(line.qty), cost: line.unitCost.tenThousandths, fate)
    }
    return "\(number.text) back \(refund.minor): \(tally.told)"
  }
}

extension Walk {
  /// One that was made; a late one rather than an early one, and now and then one that nobody made.
  private mutating func receipt() -> Identifier {
    if receipts.isEmpty || dice.percent(2) { return newID() }
    return dice.pick(Array(receipts.suffix(dice.pick([3, 12, 200]))))
  }

  /// A lot that holds something, most of the time; any lot or none at all now and then.
  mutating func pickedLot() -> Identifier {
    let open = dice.percent(85) ? model.openReferences : model.order
    if open.isEmpty || dice.percent(3) { return newID() }
    return model.lots[dice.pick(open)]?.id ?? .none
  }

  mutating func takeBack() throws {
    let id = receipt()
    let lines = model.receipts[id]?.lines ?? []
    let fates = Disposition.allCases
    let items = try (0..<dice.int(1...4)).map { _ in
      let line = dice.percent(1) ? lines.count + 1 : dice.int(1...max(1, lines.count))
      let out = lines.indices.contains(line - 1) ? lines[line - 1].out.count : 1
      let qty = dice.percent(5) ? out + 1 : dice.int(1...max(1, out / 2))
      return NewReturnItem(
        line: line, qty: try Quantity(Int64(qty)), disposition: dice.percent(80) ? dice.pick(fates) : nil)
    }
    let new = NewReturn(
      id: nil, sale: .id(id), items: dice.percent(10) ? nil : items, disposition: dice.percent(95) ? dice.pick(fates) : nil,
      reason: nil, note: nil)
    last = "take back \(new)"
    let expected = model.takeBack(new)
    let made = try write("sales.return", by: dice.pick([.olga, .sam, .tess]), told: \.tallied) { try Returns.create(new, in: $0) }
    hold("return", made.words, expected)
    learn(made.value)
    for line in made.value?.lines ?? [] {
      if let giving = line.giving { seen.insert("\(giving.isForced ? "forced " : "")\(giving.disposition.rawValue)") }
    }
  }

  mutating func void() throws {
    // Of a receipt of the day that something came back of, now and then: few have such a day.
    let touched = receipts.suffix(60).filter { id in
      model.receipts[id].map { $0.hasReturns && $0.day == till.now.day } ?? false
    }
    let id = dice.percent(25) && !touched.isEmpty ? dice.pick(touched) : receipt()
    let person = dice.pick([Person.olga, .olga, .sam, .tess])
    last = "void \(id) by \(person.name)"
    let expected = model.void(id, by: person.caller)
    let new = NewVoid(sale: .id(id), reason: "Rung up wrong")
    let made = try write(
      "sales.void", by: person, told: { sale in "\(sale.voided?.number.text ?? "not voided"): \(sale.told)" },
      { try Returns.void(new, in: $0) })
    hold("void", made.words, expected)
  }

  mutating func remove() throws {
    let items = try (0..<dice.int(1...3)).map { _ in
      let id = pickedLot()
      let left = Int(model.lot(id)?.left ?? 1)
      let qty = dice.percent(5) ? left + dice.int(1...3) : dice.int(1...max(1, left / 3))
      return NewRemovalItem(lotID: id, qty: dice.percent(10) ? nil : try Quantity(Int64(qty)))
    }
    let purpose: NewRemoval.Purpose =
      dice.percent(60) ? .loss(dice.pick(Loss.allCases)) : .supplier(name: dice.percent(50) ? "Acme" : nil, reason: "Broken")
    let new = NewRemoval(id: nil, items: items, purpose: purpose, note: dice.percent(60) ? "Seen by the owner" : nil)
    last = "remove \(new)"
    let expected = model.remove(new)
    let made = try write("stock.writeOff", told: \.tallied) { try Removals.create(new, in: $0) }
    var kind = "write off"
    if case .supplier = purpose { kind = "send back" }
    hold(kind, made.words, expected)
  }

  mutating func writeOffExpired() throws {
    last = "write off what has expired"
    let expected = "Proposed \(model.proposal)"
    let proposal = try write(
      "stock.writeOffExpired",
      told: { made in "Proposed " + made.items.map { "\($0.lotRefNo)×\($0.qty)" }.joined(separator: ", ") },
      { try Removals.writeOffExpired(confirmation: nil, note: nil, in: $0) })
    hold("propose", proposal.words, expected)
    proposals.append((proposal.value?.confirmation ?? "", model.proposal))
    if dice.percent(30) { return }

    let chosen = dice.percent(75) ? proposals[proposals.count - 1] : dice.pick(proposals)
    let confirmed = model.confirm(chosen.told)
    let made = try write(
      "stock.writeOffExpired", told: { $0.document?.tallied ?? "Nothing" },
      {
        try Removals.writeOffExpired(confirmation: chosen.confirmation, note: nil, in: $0)
      })
    hold("confirm", made.words, confirmed)
  }

  /// What anybody may read of what was done so far.
  mutating func readBack() throws {
    let id = receipt()
    last = "read \(id)"
    let answer: String
    do {
      let sale = try till.read { try Returns.returnable(.id(id), in: $0) }
      let lines = sale.items.map { "\($0.returnableQty) of \($0.qty)" }.joined(separator: "; ")
      answer = "\(sale.isVoided ? "Voided" : "Open"): \(lines)"
    } catch let fault as Fault { answer = words(of: fault) }
    hold("returnable", answer, model.returnable(id))
  }
}
