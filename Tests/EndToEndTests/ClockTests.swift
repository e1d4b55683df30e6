// A clock that starts where it is told: days, numbers and the guard against a clock that is wrong.
import Glibc
import Testing

@Suite(.serialized) struct ClockTests {
  private static let shop = Result { try Shop.fresh("clock") }

  private func open(_ now: String) throws -> Sidecar { try Self.shop.get().open(["--fixed-now", now]) }

  @Test func startsWhereItIsToldAndRunsOn() throws {
    let sidecar = try open("2026-03-12T23:00:00+01:00")
    let first = try #require(try sidecar.result("system.ping")["now"]?.text)
    usleep(300_000)
    let second = try #require(try sidecar.result("system.ping")["now"]?.text)
    #expect(first.hasPrefix("2026-03-12T22:0") && first.hasSuffix("Z") && first.count == 24, "\(first)")
    #expect(second > first)
    let passed = try milliseconds(second) - milliseconds(first)
    #expect((300..<5_000).contains(passed), "\(passed) ms for 300")

    try sidecar.stock(1, qty: 100)
    let sale = try sidecar.result("sales.create", Params.sale(1))
    #expect(sale["receiptNo"]?.text == "RCPT-20260312-0001" && sale["businessDate"]?.text == "2026-03-12")
    #expect(sale["soldAt"]?.text?.hasPrefix("2026-03-12T22:0") == true)
    #expect(sale["items"]?[0]?["allocations"]?[0]?["lotRefNo"]?.text == "STK-20260312-0001-1")
    #expect(try sidecar.finish() == .exited(0))
  }

  private func milliseconds(_ text: String) throws -> Int {
    let parts = text.dropLast().suffix(12).split { $0 == ":" || $0 == "." }.compactMap { Int($0) }
    guard parts.count == 4 else { throw Failure(text) }
    return ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1_000 + parts[3]
  }

  @Test func midnightComesWhileTheProcessRuns() throws {
    let sidecar = try open("2026-03-12T23:59:58.500Z")
    let before = try sidecar.result("sales.create", Params.sale(1))
    #expect(before["receiptNo"]?.text == "RCPT-20260312-0002")
    #expect(
      try Spawning.eventually(within: .seconds(10)) {
        try sidecar.result("system.ping")["now"]?.text?.hasPrefix("2026-03-13") == true
      })
    let after = try sidecar.result("sales.create", Params.sale(1))
    #expect(after["receiptNo"]?.text == "RCPT-20260313-0001" && after["businessDate"]?.text == "2026-03-13")
    #expect(try sidecar.finish() == .exited(0))
  }

  @Test func aLotIsGoodThroughItsLastDay() throws {
    let lastDay = try open("2026-03-14T09:00:00Z")
    try lastDay.result("products.create", Params.product(2, name: "Amoxicillin 500 mg", tracksExpiry: true))
    try lastDay.result(
      "stockIn.create", #"{"items":[{"productId":"\#(Params.id(2))","qtyAdded":5,"unitCost":"1","expiryDate":"2026-03-14"}]}"#)
    try lastDay.result("sales.create", Params.sale(2))
    #expect(try lastDay.finish() == .exited(0))

    let dayAfter = try open("2026-03-15T00:00:00Z")
    let refused = try dayAfter.call("sales.create", Params.sale(2))
    let shortage = refused.details?["shortages"]?[0]
    #expect(refused.errorName == "stock-too-low" && shortage?["available"]?.int == 0)
    #expect(shortage?["skippedLots"]?[0]?["reason"]?.text == "expired" && shortage?["skippedLots"]?[0]?["qty"]?.int == 4)
    // A document of the new day.
    try dayAfter.result("sales.create", Params.sale(1))
    #expect(try dayAfter.finish() == .exited(0))
  }

  @Test func aClockThatIsWrongIsRefusedUntilItIsAcknowledged() throws {
    let back = try open("2026-03-14T09:00:00Z")
    #expect(try back.call("sales.create", Params.sale(1)).errorName == "clock-moved-backwards")
    #expect(try back.faultsInBooks() == [])
    #expect(try back.finish() == .exited(0))

    let far = try open("2026-03-23T09:00:00Z")
    #expect(try far.call("sales.create", Params.sale(1)).errorName == "clock-jumped-ahead")
    #expect(try far.finish() == .exited(0))
    let week = try open("2026-03-22T09:00:00Z")
    #expect(try week.result("sales.create", Params.sale(1))["receiptNo"]?.text == "RCPT-20260322-0001")
    #expect(try week.finish() == .exited(0))

    let acknowledged = try open("2026-03-13T12:00:00Z")
    #expect(try acknowledged.call("sales.create", Params.sale(1)).errorName == "clock-moved-backwards")
    try acknowledged.result("system.acknowledgeClock")
    #expect(
      try acknowledged.result("sales.create", Params.sale(1))["receiptNo"]?.text == "RCPT-20260313-0002", "its counter goes on")
    #expect(try acknowledged.faultsInBooks() == [])
    #expect(try acknowledged.finish() == .exited(0))
    #expect(try Self.shop.get().isStopped())
  }
}
