// Receipt and delivery numbers, and the clock they hang on.
import TestSupport
import Testing

@testable import Shelflife

@Suite struct NumberTests {
  /// A shop with plenty of one product.
  private func stocked(at time: String = "2026-03-10T12:00:00Z") throws -> (till: Till, product: Identifier) {
    let till = try Till(at: time)
    let soap = try till.product("Soap", tracksExpiry: false)
    try till.deliver(soap.id, 1_000_000, nil)
    return (till, soap.id)
  }

  @Test func runFromOneWithoutGapEachDay() throws {
    let (till, soap) = try stocked()
    for number in 1...3 { #expect(try till.sell([(soap, 1)]).number.text == "RCPT-20260310-000\(number)") }
    #expect(try refusal { try till.sell([(soap, 1_000_000)]) } == "stock-too-low")
    #expect(try refusal { try till.sell([(identifier(9), 1)]) } == "product-not-found")
    #expect(try till.sell([(soap, 1)]).number.text == "RCPT-20260310-0004", "a refused sale takes no number")
    #expect(try till.deliver(soap, 1, nil).number.text == "STK-20260310-0002")
    try till.at("2026-03-11T00:00:00Z")
    #expect(try till.sell([(soap, 1)]).number.text == "RCPT-20260311-0001")
    #expect(try till.deliver(soap, 1, nil).number.text == "STK-20260311-0001")
    #expect(try till.violations() == [])
  }

  @Test func growWiderPast9999() throws {
    let (till, soap) = try stocked()
    try till.sell([(soap, 1)])
    // The day's earlier receipts are not at hand: keys to them are off while the number is moved on.
    try till.sql(
      """
      set session_replication_role = replica;
      update sale set number = 9998; update day_counter set receipts = 9998;
      set session_replication_role = origin
      """)
    let numbers = try till.outcomes((0..<3).map { _ in try till.call([(soap, 1)]) }).map { try till.made($0).number.text }
    #expect(numbers == ["RCPT-20260310-9999", "RCPT-20260310-10000", "RCPT-20260310-10001"])
    let latest = try till.read { read in
      try Sales.list(
        SaleFilter(from: nil, to: nil, soldByUserID: nil, productID: nil, receiptNo: nil, limit: 2, after: nil), in: read)
    }
    #expect(latest.items.map(\.number.text) == ["RCPT-20260310-10001", "RCPT-20260310-10000"], "by number, not by text")
    let found = try till.read { try Sales.get(.number(DocumentNumber(parsing: "RCPT-20260310-10000", kind: .receipt)), in: $0) }
    #expect(found.number.number == 10_000)
  }

  @Test func aGroupTakesItsNumbersTogether() throws {
    let (till, soap) = try stocked()
    let calls = try [1, 1_000_000, 1, 1, 1_000_000, 1].map { try till.call([(soap, $0)]) }
    let told = try till.outcomes(calls).map { outcome -> String in
      if case .refused = outcome { return "-" }
      return String(try till.made(outcome).number.number)
    }
    #expect(told == ["1", "-", "2", "3", "-", "4"])
    #expect(try till.violations() == [])
  }

  @Test func theDayChangesInsideAGroup() throws {
    let (till, soap) = try stocked(at: "2026-03-10T23:59:59Z")
    var calls: [SaleCall] = []
    for _ in 0..<4 {
      calls.append(try till.call([(soap, 1)]))
      till.pass(seconds: 0)
    }
    for index in 2..<4 {
      try till.at("2026-03-11T00:00:0\(index)Z")
      calls[index] = try till.call([(soap, 1)])
    }
    let first = try till.session.sell(calls, at: till.name)
    #expect(first.map { if case .notYet = $0 { true } else { false } } == [false, false, true, true])
    let rest = try till.outcomes(Array(calls[2...]))
    let numbers = try (first.prefix(2) + rest).map { try till.made($0).number.text }
    #expect(numbers == ["RCPT-20260310-0001", "RCPT-20260310-0002", "RCPT-20260311-0001", "RCPT-20260311-0002"])
    #expect(try till.violations() == [])
  }

  @Test func theClockMayStepWithinADayOnly() throws {
    let (till, soap) = try stocked()
    try till.at("2026-03-10T23:00:00Z")
    try till.sell([(soap, 1)])
    try till.at("2026-03-10T00:00:00Z")
    #expect(try till.sell([(soap, 1)]).number.number == 2, "steps within a day are allowed")
    try till.at("2026-03-09T23:59:59Z")
    #expect(
      try fault { try till.sell([(soap, 1)]) }?.told([:]) == "clock-moved-backwards: 2026-03-09 against 2026-03-10")
    #expect(try refusal { try till.deliver(soap, 1, nil) } == "clock-moved-backwards")
    try till.change(soap, price: 300)
    #expect(try till.read { try Products.get(soap, in: $0) }.sellingPrice.minor == 300, "only what takes a number is refused")
    try till.at("2026-03-18T00:00:00Z")
    #expect(try fault { try till.sell([(soap, 1)]) }?.told([:]) == "clock-jumped-ahead: 2026-03-18 against 2026-03-10")
    #expect(try refusal { try till.deliver(soap, 1, nil) } == "clock-jumped-ahead")
    try till.at("2026-03-17T23:59:59Z")
    #expect(try till.sell([(soap, 1)]).number.text == "RCPT-20260317-0001", "seven days later is not yet a jump")
    #expect(try till.violations() == [])
  }

  @Test func theOwnerVouchesForTheClock() throws {
    let (till, soap) = try stocked()
    try till.sell([(soap, 1)])
    try till.at("2026-05-01T12:00:00Z")
    #expect(try refusal { try till.sell([(soap, 1)]) } == "clock-jumped-ahead")
    try till.done("system.acknowledgeClock") { try Stores.acknowledgeClock(in: $0) }
    #expect(try till.sell([(soap, 1)]).number.text == "RCPT-20260501-0001")
    try till.at("2026-03-10T13:00:00Z")
    #expect(try refusal { try till.sell([(soap, 1)]) } == "clock-moved-backwards")
    try till.done("system.acknowledgeClock") { try Stores.acknowledgeClock(in: $0) }
    #expect(try till.sell([(soap, 1)]).number.text == "RCPT-20260310-0002", "that day's numbers go on")
    #expect(
      try till.sql("select before || after from audit_entry where action = 'system.acknowledgeClock' order by link desc limit 1")
        == [#"{"clockMark": "2026-05-01"}{"clockMark": "2026-03-10"}"#])
    #expect(try till.violations() == [])
  }

  /// A till that read the mark before another one wrote a later day must not take the mark back.
  @Test func theMarkNeverMovesBackByItself() throws {
    let database = try ShopDatabase.staffed()
    let late = try Till(database, at: "2026-03-10T23:59:59.999Z")
    let soap = try late.product("Soap", tracksExpiry: false).id
    let tea = try late.product("Tea", tracksExpiry: false).id
    try late.deliver([late.item(soap, 9, nil), late.item(tea, 9, nil)])
    let holder = try Blocker(database, "select from lot where product_id = '\(soap)' for update")
    let before = TestThread { try Till(database, at: "2026-03-10T23:59:59.999Z").sell([(soap, 1)]).number.text }
    try holder.waitUntilSomebodyWaits()
    let early = try Till(database, at: "2026-03-11T00:00:00Z")
    #expect(try early.sell([(tea, 1)]).number.text == "RCPT-20260311-0001")
    try holder.release()
    _ = Result { try before.value() }
    #expect(try early.sql("select day from clock_mark") == ["2026-03-11"])
    #expect(try refusal { try late.sell([(soap, 1)]) } == "clock-moved-backwards")
  }
}
