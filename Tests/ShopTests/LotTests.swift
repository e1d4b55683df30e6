// What people decide about a lot and what they set right of it, as an owner does it at the shelf.
import TestSupport
import Testing

@testable import Shelflife

/// What is sent to `lots.correct` for ten units of batch AB-1 that expire on 2026-06-01 and cost 1.0000, three of them sold; and what it
/// comes to.
struct Slip: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var expiry: Setting<String> = .kept
  var cost: Int64?
  var batch: Setting<String> = .kept
  var qty: Int32?
  var ofSoap = false
  let gives: String

  static let all: [Slip] = [
    Slip(testDescription: "the right expiry", expiry: .set("2027-06-01"), gives: "7 of 10, 2027-06-01, 1.0000, AB-1, ok [+0]"),
    Slip(
      testDescription: "it has expired long ago", expiry: .set("2025-06-01"), gives: "7 of 10, 2025-06-01, 1.0000, AB-1, ok [+0]"),
    Slip(testDescription: "the right cost", cost: 12_345, gives: "7 of 10, 2026-06-01, 1.2345, AB-1, ok [+0]"),
    Slip(testDescription: "it was a gift", cost: 0, gives: "7 of 10, 2026-06-01, 0.0000, AB-1, ok [+0]"),
    Slip(testDescription: "the right batch", batch: .set("AB-2"), gives: "7 of 10, 2026-06-01, 1.0000, AB-2, ok [+0]"),
    Slip(testDescription: "only the case of the batch", batch: .set("ab-1"), gives: "7 of 10, 2026-06-01, 1.0000, ab-1, ok [+0]"),
    Slip(testDescription: "the batch cannot be read", batch: .cleared, gives: "7 of 10, 2026-06-01, 1.0000, -, ok [+0]"),
    Slip(testDescription: "twelve came", qty: 12, gives: "9 of 10, 2026-06-01, 1.0000, AB-1, ok [+2]"),
    Slip(testDescription: "eight came", qty: 8, gives: "5 of 10, 2026-06-01, 1.0000, AB-1, ok [-2]"),
    Slip(testDescription: "just what was sold came", qty: 3, gives: "0 of 10, 2026-06-01, 1.0000, AB-1, ok [-7]"),
    Slip(
      testDescription: "a hundred thousand more", qty: 1_000_000, gives: "999997 of 10, 2026-06-01, 1.0000, AB-1, ok [+999990]"),
    Slip(
      testDescription: "all of it", expiry: .set("2026-07-01"), cost: 1, batch: .set("C"), qty: 11,
      gives: "8 of 10, 2026-07-01, 0.0001, C, ok [+1]"),
    Slip(
      testDescription: "the same quantity with another cost", cost: 5_000, qty: 10,
      gives: "7 of 10, 2026-06-01, 0.5000, AB-1, ok [+0]"),
    Slip(testDescription: "less came than was sold", qty: 2, gives: "lot-too-low: 8 of 7"),
    Slip(testDescription: "nothing came at all", qty: 0, gives: "lot-too-low: 10 of 7"),
    Slip(testDescription: "nothing is given", gives: "validation-error:  nothing-changes"),
    Slip(
      testDescription: "all of it as it is", expiry: .set("2026-06-01"), cost: 10_000, batch: .set("AB-1"), qty: 10,
      gives: "validation-error:  nothing-changes"),
    Slip(
      testDescription: "a product that tracks expiry needs one", expiry: .cleared, gives: "validation-error: expiryDate required"),
    Slip(
      testDescription: "a product that does not must have none", expiry: .set("2027-01-01"), ofSoap: true,
      gives: "validation-error: expiryDate not-allowed"),
    Slip(
      testDescription: "and none is what it has", expiry: .cleared, ofSoap: true, gives: "validation-error:  nothing-changes"),
    Slip(testDescription: "soap has a cost all the same", cost: 2, ofSoap: true, gives: "4 of 4, never, 0.0002, -, ok [+0]"),
  ]
}

@Suite struct LotTests {
  @Test(arguments: Slip.all) func corrections(_ slip: Slip) throws {
    let till = try Till()
    let aspirin = try till.product("Aspirin")
    let soap = try till.product("Soap", tracksExpiry: false)
    let tablets = try till.lot(aspirin.id, 10, "2026-06-01", batch: "AB-1")
    let bars = try till.lot(soap.id, 4, nil)
    try till.sell([(aspirin.id, 3)])
    let lot = slip.ofSoap ? bars : tablets
    let before = try till.told(lot)
    let documents = "select count(*) from stock_document"
    do {
      let corrected = try till.correct(lot, expiry: slip.expiry, cost: slip.cost, batch: slip.batch, qty: slip.qty)
      let document = corrected.document
      #expect(document.number.text == "COR-20260310-0001" && document.reason == "Typing error" && document.lines.count == 1)
      let qty = document.lines[0].qty
      #expect("\(corrected.lot.told) [\(qty < 0 ? "" : "+")\(qty)]" == slip.gives)
      #expect(try till.shown(lot) == corrected.lot, "it reads back as it was answered")
      #expect(document.lines[0].unitCost == corrected.lot.unitCost)
      #expect(try till.sql(documents) == ["1"])
    } catch let fault as Fault {
      if case .lotTooLow(let short) = fault {
        #expect("lot-too-low: \(short[0].requested) of \(short[0].available)" == slip.gives)
      } else {
        #expect(fault.told([:]) == slip.gives)
      }
      #expect(try till.told(lot) == before)
      #expect(try till.sql(documents) == ["0"])
    }
    #expect(try till.violations() == [])
  }

  /// "We typed the wrong year, and the till keeps selling the old box."
  @Test func theRightExpiryDecidesWhatIsSoldNext() throws {
    let till = try Till()
    let milk = try till.product("Milk", price: 100).id
    let first = try till.lot(milk, 5, "2026-06-01")
    try till.lot(milk, 5, "2026-07-01")
    let sale = try till.sell([(milk, 1)], by: .olga)
    #expect(sale.told == "0001 Milk 1 @ 1.00 [1×1] = 1.00")
    try till.correct(first, expiry: .set("2026-08-01"))
    #expect(try till.sell([(milk, 1)]).told == "0002 Milk 1 @ 1.00 [2×1] = 1.00")
    try till.correct(first, expiry: .set("2026-03-09"))
    let refused = try fault { try till.sell([(milk, 5)]) }
    #expect(refused?.told([:]) == "stock-too-low: Milk 5 of 4 (1×4 expired)")
    #expect(try till.read { try Sales.get(.id(sale.id), in: $0) } == sale, "the old receipt shows the expiry it saw")
    #expect(sale.items[0].allocations[0].expiryDate?.text == "2026-06-01")
    #expect(try till.violations() == [])
  }

  /// "The invoice came later, and it was dearer." Yesterday's profit stays what it was.
  @Test func theRightCostHoldsFromNowOn() throws {
    let till = try Till()
    let milk = try till.product("Milk", price: 300).id
    let lot = try till.lot(milk, 9, "2026-06-01", cost: 10_000)
    let sale = try till.sell([(milk, 2)], by: .olga)
    func cost(_ day: String) throws -> String {
      let span = DaySpan(from: try Day(parsing: day), to: try Day(parsing: day))
      return try till.read { try Reports.salesByDay(span, limit: 5, after: nil, in: $0) }.totals.cost.text
    }
    #expect(try cost("2026-03-10") == "2.0000")
    try till.at("2026-03-11T12:00:00Z")
    #expect(try till.correct(lot, cost: 15_000).document.costValue == .zero)
    try till.sell([(milk, 2)])
    #expect(try cost("2026-03-10") == "2.0000" && cost("2026-03-11") == "3.0000")
    #expect(try till.read { try Sales.get(.id(sale.id), in: $0) } == sale)
    #expect(
      try till.sql("select kind || unit_cost from stock_movement order by seq") == [
        "received10000", "sold10000", "corrected15000", "sold15000",
      ])
    #expect(try till.violations() == [])
  }

  /// Each time what the delivery should have said, not a difference to add.
  @Test func aQuantityIsCorrectedMoreThanOnce() throws {
    let till = try Till()
    let milk = try till.product("Milk").id
    let lot = try till.lot(milk, 10, "2026-06-01")
    #expect(try till.correct(lot, qty: 8).document.lines[0].qty == -2)
    #expect(try till.correct(lot, qty: 12).document.lines[0].qty == 4)
    #expect(try refusal { try till.correct(lot, qty: 12) } == "validation-error")
    #expect(try till.correct(lot, qty: 0).document.lines[0].qty == -12)
    #expect(try till.correct(lot, qty: 1).document.number.text == "COR-20260310-0004")
    #expect(try till.told(lot) == "1 of 10, 2026-06-01, 1.0000, -, ok")
    #expect(
      try till.read { try StockIns.list(.init(from: nil, to: nil, productID: milk, limit: 9, after: nil), in: $0) }.items[0]
        .items[0]
        .qtyAdded == 10, "the delivery's paper does not change")
    #expect(try till.violations() == [])
  }

  @Test func theAuditNamesWhatWasCorrectedAndWhy() throws {
    let till = try Till()
    let milk = try till.product("Milk").id
    let lot = try till.lot(milk, 10, "2026-06-01", batch: "A")
    try till.correct(lot, cost: 5, batch: .set("B"), qty: 9)
    let entries = try till.sql(
      "select record_kind || coalesce(' ' || before::jsonb::text || ' > ' || after::jsonb::text, '') from audit_entry where action = 'lots.correct' order by entry"
    )
    #expect(
      entries == [
        #"correction {"reason": null, "batchNo": "A", "unitCost": "1.0000", "qtyReceived": "10"} > "#
          + #"{"reason": "Typing error", "batchNo": "B", "unitCost": "0.0005", "qtyReceived": "9"}"#,
        "lot", "stock-in",
      ])
    try till.setStatus(lot, .quarantined, reason: "Smells")
    try till.setStatus(lot, .quarantined, reason: "Still does")
    #expect(
      try till.sql(
        "select coalesce(before::jsonb::text, '-') || after::jsonb::text from audit_entry where action = 'lots.setStatus' order by link"
      ) == [
        #"{"reason": null, "status": "ok"}{"reason": "Smells", "status": "quarantined"}"#, #"-{"reason": "Still does"}"#,
      ])
    #expect(try till.violations() == [])
  }

  @Test func whatIsQuarantinedIsNotSold() throws {
    let till = try Till()
    let milk = try till.product("Milk", price: 100).id
    let first = try till.lot(milk, 5, "2026-06-01")
    try till.lot(milk, 5, "2026-07-01")
    #expect(try till.setStatus(first, .quarantined).status == .quarantined)
    #expect(try till.sell([(milk, 1)]).told == "0001 Milk 1 @ 1.00 [2×1] = 1.00")
    #expect(
      try fault { try till.sell([(milk, 5)]) }?.told([:]) == "stock-too-low: Milk 5 of 4 (1×5 quarantined)")
    #expect(try till.setStatus(first, .quarantined) == till.shown(first))
    try till.setStatus(first, .ok)
    #expect(try till.sell([(milk, 1)]).told == "0002 Milk 1 @ 1.00 [1×1] = 1.00")
    #expect(try fault { try till.setStatus(identifier(9), .ok) } == .lotNotFound([identifier(9)]))
    #expect(try fault { try till.correct(identifier(9), qty: 1) } == .lotNotFound([identifier(9)]))
    #expect(try till.violations() == [])
  }

  @Test func theSameCallCorrectsOnce() throws {
    let till = try Till()
    let lot = try till.lot(try till.product("Milk").id, 10, "2026-06-01")
    let correction = LotCorrection(
      lotID: lot, expiryDate: .kept, unitCost: nil, batchNo: .kept, qtyReceived: 9, reason: "Miscounted")
    func call() throws -> WriteAnswer<CorrectedLot> {
      try till.write("lots.correct", key: key("again"), encode: \.document.number.text) {
        try Lots.correct(correction, in: $0)
      }
    }
    guard case .done(let first) = try call() else { throw Unexpected("not done") }
    guard case .replayed(.bytes(let bytes)) = try call() else { throw Unexpected("done twice") }
    #expect(String(decoding: bytes, as: UTF8.self) == first.document.number.text)
    #expect(try till.told(lot) == "9 of 10, 2026-06-01, 1.0000, -, ok")
  }

  @Test func aLotIsFoundByWhatStandsOnTheShelf() throws {
    let till = try Till()
    let milk = try till.product("Milk")
    let delivery = try till.deliver([till.item(milk.id, 1, "2026-06-01"), till.item(milk.id, 2, "2026-06-01")])
    func found(_ text: String, by person: Person = .olga) throws -> NamedLot {
      try till.read(by: person.caller) { try Lots.get(.refNo(text), in: $0) }
    }
    let lot = try found("STK-20260310-0001-2")
    #expect(lot.lot.id == delivery.items[1].lotID && lot.productName == "Milk" && lot.lot.unitCost?.text == "1.0000")
    #expect(lot.lot.parentLotID == nil && lot.lot.daysUntilExpiry == 83)
    let staff = try found("STK-20260310-0001-2", by: .sam)
    #expect(staff.lot.unitCost == nil && staff.lot.id == lot.lot.id, "staff see no cost")
    for text in [
      "STK-20260310-0001-3", "STK-20260310-0001", "STK-20260310-0002-1", "STK-20260310-0001-02", "STK-20260310-1-1",
      "CNT-20260310-0001-1", "-", "",
      "STK-20260310-0001-", "RCPT-20260310-0001-1",
    ] { #expect(try fault { _ = try found(text) } == .lotNotFound([]), "\(text)") }
    let sale = try till.sell([(milk.id, 1)], by: .olga)
    let apart = try till.bringBack(sale, 1, .quarantine)
    #expect(try found("STK-20260310-0001-1-Q1").lot.id == apart)
    #expect(try till.shown(apart).parentLotID == delivery.items[0].lotID)
    #expect(try till.shown(apart).told == "1 of 0, 2026-06-01, 1.0000, -, quarantined")
  }

  /// Forwards to every receipt, backwards to the delivery, and from what came back to where it came from.
  @Test func aLotIsTraced() throws {
    let till = try Till()
    let milk = try till.product("Milk", price: 100).id
    let lot = try till.lot(milk, 20, "2026-06-01", batch: "A")
    let sales = try (1...4).map { try till.sell([(milk, Int64($0))], by: .olga) }
    try till.sell([(milk, 1), (milk, 2)], by: .sam)
    let apart = try till.bringBack(sales[2], 2, .quarantine)
    try till.bringBack(sales[3], 1, .destroy)
    try till.take(1, from: lot)
    try till.take(2, from: lot, .returnedToSupplier)
    try till.correct(lot, qty: 19)
    func trace(_ wanted: WantedLot, limit: Int = 50, after: LotReceiptKey? = nil) throws -> LotTrace {
      try till.read { try Lots.trace(wanted, limit: limit, after: after, in: $0) }
    }
    let whole = try trace(.id(lot))
    #expect(
      whole.lot.figures
        == LotFigures(
          received: 20, sold: 13, returned: 1, writtenOff: 2, returnedToSupplier: 2, counted: 0, corrected: -1, onHand: 3))
    #expect(
      whole.receipts.items.map { "\($0.number.number) \($0.soldBy.name.prefix(4)) \($0.qty)-\($0.returnedQty)" } == [
        "5 Sam  3-0", "4 Olga 4-1", "3 Olga 3-2", "2 Olga 2-0", "1 Olga 1-0",
      ])
    #expect(whole.delivery?.number.text == "STK-20260310-0001" && whole.parent == nil)
    #expect(
      whole.siblings.map(\.lot.id) == [apart] && whole.siblings[0].figures.returned == 2 && whole.siblings[0].figures.onHand == 2)

    let back = try trace(.id(apart))
    #expect(back.parent?.id == lot && back.delivery?.number.text == "STK-20260310-0001" && back.siblings.isEmpty)
    #expect(back.receipts.items.isEmpty && back.lot.figures.onHand == 2)

    for limit in 1...6 {
      var (items, after): ([LotReceipt], LotReceiptKey?) = ([], nil)
      repeat {
        let page = try trace(.refNo("STK-20260310-0001-1"), limit: limit, after: after).receipts
        #expect(page.items.count <= limit)
        items += page.items
        after = page.next
      } while after != nil
      #expect(items == whole.receipts.items, "pages of \(limit)")
    }
    #expect(try fault { _ = try trace(.id(identifier(9))) } == .lotNotFound([identifier(9)]))
    #expect(try till.violations() == [])
  }

  /// What came back is of the batch that it was sold from, also when that was typed wrong.
  @Test func theRightBatchGoesForWhatCameBackToo() throws {
    let till = try Till()
    let milk = try till.product("Milk").id
    let lot = try till.lot(milk, 5, "2026-06-01", batch: "A")
    let apart = try till.bringBack(try till.sell([(milk, 2)], by: .olga), 1, .quarantine)
    let corrected = try till.correct(lot, batch: .set("B"))
    #expect(corrected.document.lines.map(\.lotID) == [lot, apart] && corrected.document.lines.map(\.qty) == [0, 0])
    #expect(try till.told(apart) == "1 of 0, 2026-06-01, 1.0000, B, quarantined")
    try till.correct(apart, batch: .set("C"))
    try till.correct(lot, batch: .set("D"))
    #expect(try till.shown(apart).batchNo == "C", "what was told apart by hand stays so")
    #expect(try fault { try till.correct(apart, qty: 2) }?.told([:]) == "validation-error: qtyReceived not-allowed")
    #expect(try till.violations() == [])
  }

  /// A sale that waits for the lot sells what the correction leaves for sale.
  @Test func aSaleWaitsForACorrection() throws {
    let till = try Till()
    let milk = try till.product("Milk", price: 100).id
    let lot = try till.lot(milk, 5, "2026-06-01")
    try till.lot(milk, 5, "2026-07-01")
    let database = till.database
    let watch = try Blocker(database, "select 1")
    let waiting = try till.done("lots.correct") { transaction in
      let correction = LotCorrection(
        lotID: lot, expiryDate: .set(try Day(parsing: "2026-03-09")), unitCost: nil, batchNo: .kept, qtyReceived: nil,
        reason: "Old")
      _ = try Lots.correct(correction, in: transaction)
      let thread = TestThread { try Till(database).sell([(milk, 2)]).told }
      try watch.waitUntilSomebodyWaits()
      return thread
    }
    #expect(try waiting.value() == "0001 Milk 2 @ 1.00 [2×2] = 2.00")
    #expect(try till.violations() == [])
  }

  /// Random corrections, sales and losses against a row of plain numbers.
  @Test func whateverIsCorrectedTheBooksBalance() throws {
    let till = try Till()
    var dice = Seeded()
    let milk = try till.product("Milk").id
    var (said, taken): ([Identifier: Int32], [Identifier: Int32]) = ([:], [:])
    for _ in 0..<3 { said[try till.lot(milk, 20, "2026-06-01")] = 20 }
    let lots = said.keys.sorted()
    for _ in 0..<60 {
      till.pass(seconds: 1)
      let lot = dice.pick(lots)
      let left = (said[lot] ?? 0) - (taken[lot] ?? 0)
      switch dice.int(1...4) {
      case 1:
        let qty = Int32(dice.int(0...30))
        let fits = qty >= taken[lot] ?? 0
        let told = try refusal { try till.correct(lot, cost: Int64(dice.int(1...9)) + Int64(qty) * 100, qty: qty) }
        if fits, told == "ok" { said[lot] = qty }
        #expect(told == (fits ? "ok" : "lot-too-low") || told == "validation-error", "\(told)")
      case 2:
        try till.correct(
          lot, expiry: .set(dice.pick(["2026-06-02", "2026-06-03", "2026-07-01"])), batch: .set("B\(dice.next())"))
      case 3:
        let told = try refusal { try till.take(1, from: lot) }
        #expect(told == (left > 0 ? "ok" : "lot-too-low"))
        if left > 0 { taken[lot, default: 0] += 1 }
      default:
        let all = lots.reduce(0) { $0 + (said[$1] ?? 0) - (taken[$1] ?? 0) }
        guard all > 0 else { continue }
        for take in try till.sell([(milk, Int64(dice.int(1...min(5, Int(all)))))]).items[0].allocations {
          taken[take.lotID, default: 0] += Int32(take.qtyTaken)
        }
      }
    }
    for lot in lots { #expect(try till.shown(lot).qtyRemaining == Int((said[lot] ?? 0) - (taken[lot] ?? 0))) }
    #expect(try till.violations() == [])
  }
}
