// Dates and moments against a slow calendar that counts on its fingers.
import Testing

@testable import Shelflife

@Suite struct DayTests {
  /// Counts one day after the other and knows the lengths of months by heart.
  private struct SlowCalendar {
    var year: Int
    var month = 1
    var day = 1

    var isLeap: Bool {
      if year % 400 == 0 { return true }
      if year % 100 == 0 { return false }
      return year % 4 == 0
    }

    var monthLength: Int { [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] }

    var text: String {
      func padded(_ number: Int, _ width: Int) -> String {
        String(repeating: "0", count: width - String(number).count) + String(number)
      }
      return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    mutating func step() {
      day += 1
      if day > monthLength { (day, month) = (1, month + 1) }
      if month > 12 { (month, year) = (1, year + 1) }
    }
  }

  @Test func everyDayFrom1900To2200() throws {
    // 100 years of which 24 are leap years: 1900 is none.
    var slow = SlowCalendar(year: 1900)
    var day = Day(daysSince2000: -(100 * 365 + 24))
    var compared = 0
    while slow.year <= 2200 {
      #expect(day.text == slow.text)
      #expect(try Day(parsing: slow.text) == day)
      #expect(Day(year: slow.year, month: slow.month, day: slow.day) == day)
      #expect(day.components == (slow.year, slow.month, slow.day))
      if slow.day == slow.monthLength {
        #expect(Day(year: slow.year, month: slow.month, day: slow.day + 1) == nil)
      }
      slow.step()
      day = try #require(day.adding(days: 1))
      compared += 1
    }
    #expect(compared == 301 * 365 + 73)
  }

  @Test func theEndsOfTheCalendar() throws {
    #expect(try Day(parsing: "0001-01-01") == .earliest)
    #expect(try Day(parsing: "9999-12-31") == .latest)
    #expect(try Day(parsing: "2000-01-01").daysSince2000 == 0)
    #expect(Day.latest.adding(days: 1) == nil)
    #expect(Day.earliest.adding(days: -1) == nil)
    #expect(Day.latest.adding(days: .max) == nil)
    #expect(Day.earliest.adding(days: .min) == nil)
    #expect(Day.earliest.adding(days: Day.earliest.days(until: .latest)) == .latest)
    #expect(Day(daysSince2000: .max).text == "5881610-7-11")
    #expect(Day(daysSince2000: .min).days(until: Day(daysSince2000: .max)) == Int(UInt32.max))
    #expect(Day.earliest.compactText == "00010101")
  }

  @Test func everyYearTurnsRight() {
    for year in 1...9998 {
      let last = Day(year: year, month: 12, day: 31)
      #expect(last?.adding(days: 1) == Day(year: year + 1, month: 1, day: 1))
      let february = Day(year: year, month: 2, day: 28)?.adding(days: 1)?.components
      let isLeap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0
      #expect(february?.month == (isLeap ? 2 : 3))
    }
  }

  @Test(arguments: [
    "", "2026-02-30", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-01-32", "2026-04-31",
    "0000-01-01", "10000-01-01", "2026-1-1", "26-01-01", "2026/01/01", "20260101", "2026-01-01 ", " 2026-01-01", "2026-01-01T",
    "+2026-01-01", "-2026-01-01", "2026-01-0١", "2026-01-01\u{0}", "2026‐01‐01", "99999-01-01",
  ])
  func refuses(text: String) {
    #expect(fault { () throws(ValueFault) in try Day(parsing: text) } == .notADate)
  }

  @Test func aRandomWalkReturns() throws {
    var random = Seeded()
    for _ in 0..<10_000 {
      let day = Day(daysSince2000: Int32(random.int(-730_119...2_921_939)))
      #expect(try Day(parsing: day.text) == day)
      let other = Day(daysSince2000: Int32(random.int(-730_119...2_921_939)))
      #expect(day.adding(days: day.days(until: other)) == other)
      #expect((day < other) == (day.text < other.text))
    }
  }
}

@Suite struct InstantTests {
  @Test(
    arguments: [
      ("2000-01-01T00:00:00Z", 0, "2000-01-01T00:00:00.000Z"),
      ("2026-03-01T09:30:00.123Z", 825_672_600_123_000, "2026-03-01T09:30:00.123Z"),
      ("2026-03-01T09:30:00.123999Z", 825_672_600_123_000, "2026-03-01T09:30:00.123Z"),
      ("2026-03-01t09:30:00.1z", 825_672_600_100_000, "2026-03-01T09:30:00.100Z"),
      ("2026-03-01T09:30:00+02:00", 825_665_400_000_000, "2026-03-01T07:30:00.000Z"),
      ("2026-02-28T23:30:00-01:30", 825_642_000_000_000, "2026-03-01T01:00:00.000Z"),
      ("2026-03-01T00:00:00-00:00", 825_638_400_000_000, "2026-03-01T00:00:00.000Z"),
      ("1999-12-31T23:59:59.999Z", -1000, "1999-12-31T23:59:59.999Z"),
      ("1970-01-01T00:00:00Z", -946_684_800_000_000, "1970-01-01T00:00:00.000Z"),
      ("0001-01-01T00:00:00Z", -63_082_281_600_000_000, "0001-01-01T00:00:00.000Z"),
      ("9999-12-31T23:59:59.999999999999999999999Z", 252_455_615_999_999_000, "9999-12-31T23:59:59.999Z"),
    ] as [(String, Int64, String)])
  func reads(text: String, microseconds: Int64, formatted: String) throws {
    let instant = try Instant(parsing: text)
    #expect(instant.microsecondsSince2000 == microseconds)
    #expect(instant.text == formatted)
  }

  @Test(arguments: [
    "", "2026-03-01", "2026-03-01T09:30:00", "2026-03-01 09:30:00Z", "2026-03-01T24:00:00Z", "2026-03-01T09:60:00Z",
    "2026-03-01T09:30:60Z", "2026-02-30T09:30:00Z", "2026-03-01T09:30:00.Z", "2026-03-01T09:30:00,5Z", "2026-03-01T09:30Z",
    "2026-03-01T09:30:00+24:00", "2026-03-01T09:30:00+01:60", "2026-03-01T09:30:00+0100", "2026-03-01T09:30:00ZZ",
    "9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01", "1767225600", "2026-03-01T9:30:00Z",
  ])
  func refuses(text: String) {
    #expect(fault { () throws(ValueFault) in try Instant(parsing: text) } == .notATimestamp)
  }

  @Test func textAndNumberAgree() throws {
    var random = Seeded()
    for _ in 0..<10_000 {
      let raw = random.int64(Instant.earliest.microsecondsSince2000...Instant.latest.microsecondsSince2000)
      let instant = Instant(microsecondsSince2000: raw)
      #expect(instant.microsecondsSince2000 <= raw && raw - instant.microsecondsSince2000 < 1000)
      #expect(instant.microsecondsSince2000 % 1000 == 0)
      #expect(try Instant(parsing: instant.text) == instant)
      #expect(instant.text.hasPrefix(instant.day.text))
      let milliseconds = instant.unixMilliseconds
      #expect(instant.unixSeconds * 1000 <= milliseconds && milliseconds - instant.unixSeconds * 1000 < 1000)
      let remainder = (milliseconds % 1000 + 1000) % 1000
      #expect(Instant(unixSeconds: instant.unixSeconds, nanoseconds: remainder * 1_000_000 + 999_999) == instant)
    }
  }

  @Test func extremesStayWhole() {
    for raw in [Int64.min, .min + 1, .max, .max - 1] {
      let instant = Instant(microsecondsSince2000: raw)
      #expect(instant.microsecondsSince2000 % 1000 == 0)
      #expect(!instant.text.isEmpty)
    }
    #expect(Instant(unixSeconds: .max) > Instant(unixSeconds: 0))
    #expect(Instant.latest.adding(seconds: .max) == .latest)
    #expect(Instant.earliest.adding(milliseconds: .min) == .earliest)
    #expect(Instant(unixSeconds: 10).adding(seconds: -3).unixSeconds == 7)
    #expect(Instant(unixSeconds: 10).milliseconds(until: Instant(unixSeconds: 12)) == 2000)
  }
}

@Suite struct ClockTests {
  @Test func aFixedClockStartsThereAndRunsOn() throws {
    let start = try Instant(parsing: "2031-12-31T23:59:59.500Z")
    let clock = Clock.starting(at: start)
    var last = clock.now()
    #expect(last >= start && last < start.adding(seconds: 5))
    while last < start.adding(milliseconds: 20) {
      let now = clock.now()
      #expect(now >= last)
      last = now
    }
  }

  @Test func theSystemClockTellsTheSystemsTime() {
    let first = Clock.system.now()
    #expect(first > Instant(unixSeconds: 1_700_000_000))
    #expect(Clock.system.now() >= first)
  }
}
