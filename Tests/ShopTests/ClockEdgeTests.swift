// Business days where they are odd: days of 23 and 25 hours, midnights that never come or come twice, and the last millisecond.
import TestSupport
import Testing

@testable import Shelflife

extension Till {
  /// Moves the shop into a zone, as the owner does.
  func settle(in zone: String) throws {
    let change = StoreChange(
      name: nil, address: nil, phone: nil, currency: nil, timeZone: zone, receiptFooter: nil, sessionMaxAgeHours: nil,
      sessionIdleMinutes: nil, backupFolder: .kept, backupKeepDaily: nil, backupKeepMonthly: nil, staffReturnLimit: nil)
    _ = try done("store.update") { try Stores.update(change, in: $0) }
  }
}

@Suite struct ClockEdgeTests {
  struct OddDay: Sendable, CustomTestStringConvertible {
    let zone: String
    let day: String
    /// The first and the last millisecond of the day.
    let first: String
    let last: String
    let hours: Int
    let testDescription: String

    init(_ zone: String, _ day: String, _ first: String, _ last: String, hours: Int, _ title: String) {
      (self.zone, self.day, self.first, self.last, self.hours) = (zone, day, first, last, hours)
      testDescription = "\(zone) \(day): \(title)"
    }
  }

  static let oddDays = [
    OddDay("America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59.999Z", hours: 23, "23 hours"),
    OddDay("America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59.999Z", hours: 25, "25 hours"),
    OddDay("America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z", "2026-09-07T02:59:59.999Z", hours: 23, "begins at one"),
    OddDay(
      "America/Santiago", "2026-04-04", "2026-04-04T03:00:00Z", "2026-04-05T03:59:59.999Z", hours: 25, "its last hour twice"),
    OddDay("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z", "2026-03-29T20:59:59.999Z", hours: 23, "begins at one"),
    OddDay("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T20:59:59.999Z", hours: 23, "begins at one"),
    OddDay("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59.999Z", hours: 25, "midnight twice"),
    OddDay("UTC", "2026-03-10", "2026-03-10T00:00:00Z", "2026-03-10T23:59:59.999Z", hours: 24, "an even day"),
  ]

  /// Each day has its own numbers from its first millisecond to its last, hour by hour, however long it is.
  @Test(arguments: oddDays) func aDayIsAsLongAsItIs(_ odd: OddDay) throws {
    let till = try Till(at: "2026-01-05T12:00:00Z")
    try till.settle(in: odd.zone)
    let (first, last) = (try Instant(parsing: odd.first), try Instant(parsing: odd.last))
    #expect(first.milliseconds(until: last) + 1 == Int64(odd.hours) * 3_600_000)
    let day = try Day(parsing: odd.day)
    func number(at now: Instant) throws -> DocumentNumber {
      till.now = now
      return try till.sell([(soap, 1)]).number
    }
    let soap = try till.product("Soap", tracksExpiry: false).id
    till.now = first.adding(seconds: -86_400)
    _ = try till.done("system.acknowledgeClock") { try Stores.acknowledgeClock(in: $0) }
    try till.deliver(soap, 1_000, nil)

    #expect(try number(at: first.adding(milliseconds: -1)).day.days(until: day) == 1, "a millisecond before")
    for hour in 0..<odd.hours {
      let sold = try number(at: first.adding(seconds: Int64(hour) * 3_600))
      #expect(sold.day == day && sold.number == Int32(hour + 1), "hour \(hour)")
    }
    let end = try number(at: last)
    #expect(end.day == day && end.number == Int32(odd.hours + 1))
    let next = try number(at: last.adding(milliseconds: 1))
    #expect(day.days(until: next.day) == 1 && next.number == 1, "a millisecond after")
    #expect(try refusal { _ = try number(at: last) } == "clock-moved-backwards")

    let filter = SaleFilter(from: day, to: day, soldByUserID: nil, productID: nil, receiptNo: nil, limit: 50, after: nil)
    #expect(try till.read { try Sales.list(filter, in: $0) }.items.count == odd.hours + 1)
    #expect(try till.violations() == [])
  }

  /// A lot is good through the last millisecond of its day in the store's zone.
  @Test(arguments: oddDays) func aLotIsGoodToTheEndOfTheDay(_ odd: OddDay) throws {
    let till = try Till(at: odd.first)
    try till.settle(in: odd.zone)
    let milk = try till.product("Milk").id
    try till.deliver(milk, 9, odd.day)
    till.now = try Instant(parsing: odd.last)
    #expect(try till.sell([(milk, 1)]).number.number == 1)
    till.now = till.now.adding(milliseconds: 1)
    #expect(try refusal { try till.sell([(milk, 1)]) } == "stock-too-low")
    #expect(try till.read { try Inventory.get(milk, in: $0) }.expiredQty == 8)
  }

  /// In Samoa there was no 30 December 2011.
  @Test func aDayThatNeverWas() throws {
    let till = try Till(at: "2011-12-30T09:59:59.999Z")
    try till.settle(in: "Pacific/Apia")
    let soap = try till.product("Soap", tracksExpiry: false).id
    try till.deliver(soap, 9, nil)
    #expect(try till.sell([(soap, 1)]).number.text == "RCPT-20111229-0001")
    till.now = till.now.adding(milliseconds: 1)
    #expect(try till.sell([(soap, 1)]).number.text == "RCPT-20111231-0001")
    #expect(try till.violations() == [])
  }
}
