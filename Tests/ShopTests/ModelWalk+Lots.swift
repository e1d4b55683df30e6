// The walk's decisions about lots, beside the model's.
import TestSupport
import Testing

@testable import Shelflife

extension Walk {
  mutating func correct() throws {
    let id = pickedLot()
    let lot = model.lot(id)
    let day = till.now.day.adding(days: dice.int(-3...40))
    var expiry = Setting<Day>.kept
    if dice.percent(30) { expiry = day.map(Setting.set) ?? .kept }
    if dice.percent(8) { expiry = .cleared }
    var batchNo = Setting<String>.kept
    if dice.percent(25) { batchNo = batch().map(Setting.set) ?? .cleared }
    let received = Int((lot?.moved[.received] ?? 0) + (lot?.moved[.corrected] ?? 0))
    let new = LotCorrection(
      lotID: id, expiryDate: expiry, unitCost: dice.percent(40) ? UnitCost(tenThousandths: Int64(dice.int(0...90_000))) : nil,
      batchNo: batchNo, qtyReceived: dice.percent(50) ? Int32(max(0, received + dice.int(-12...6))) : nil,
      reason: "Typing error")
    last = "correct \(lot?.reference ?? "?") \(new)"
    let expected = model.correct(new)
    let made = try write("lots.correct", told: { "\($0.document.tallied) = \($0.lot.told)" }, { try Lots.correct(new, in: $0) })
    hold("correct", made.words, expected)
  }

  mutating func setStatus() throws {
    let status = dice.percent(60) ? LotStatus.ok : dice.pick(LotStatus.allCases)
    let blocked = model.open.filter { $0.status != .ok }.compactMap(\.id)
    let id = dice.percent(15) ? newID() : dice.percent(60) && !blocked.isEmpty ? dice.pick(blocked) : pickedLot()
    let new = LotStatusChange(lotID: id, status: status, reason: "As told")
    last = "set \(new)"
    let expected = model.setStatus(new)
    let made = try write("lots.setStatus", told: { "Now \($0.told)" }, { try Lots.setStatus(new, in: $0) })
    hold("status", made.words, expected)
  }

  mutating func recall() throws {
    let id = newID()
    let product = dice.percent(15) ? newID() : dice.percent(70) ? dice.pick(ids) : nil
    let new = NewRecall(id: id, batchNo: batch() ?? "F-6", productID: product, reason: "The maker says so")
    last = "recall \(new)"
    let expected = model.recall(new, as: id)
    let made = try write("recalls.start", told: { Self.told($0) }, { try Recalls.start(new, in: $0) })
    hold("recall", made.words, expected)
  }

  private static func told(_ report: RecallReport) -> String {
    let figures = report.figures
    return "Of \(report.lots.count) lots \(figures.received), \(figures.sold), \(figures.returned), \(figures.writtenOff), "
      + "\(figures.returnedToSupplier); \(figures.onHand), \(figures.quarantined)"
  }

  mutating func endRecall() throws {
    let all = model.recalls.keys.sorted()
    let id = all.isEmpty || dice.percent(15) ? newID() : dice.pick(all)
    last = "end recall \(id)"
    let expected = model.endRecall(id)
    let made = try write("recalls.end", told: { "Ended \($0.batchNo)" }, { try Recalls.end(id, reason: "Settled", in: $0) })
    hold("end", made.words, expected)
  }

  mutating func cancelDelivery() throws {
    let all = model.deliveries.keys.sorted()
    let unknown = "STK-20260101-0001"
    let number = all.isEmpty || dice.percent(12) ? unknown : dice.pick(Array(all.suffix(dice.percent(60) ? 4 : 60)))
    let new = StockInCancelling(
      reference: .number(try DocumentNumber(parsing: number)), reason: "Sent back unopened", isPartial: dice.percent(50))
    last = "cancel \(new)"
    let expected = model.cancel(number, isPartial: new.isPartial)
    let made = try write("stockIn.cancel", told: \.tallied) { try StockIns.cancel(new, in: $0) }
    hold("cancel", made.words, expected)
  }
}
