/// A calendar date: business dates, expiry dates. Days since 2000-01-01, proleptic Gregorian, as PostgreSQL keeps `date`.
package struct Day: Hashable, Comparable, Sendable {
  /// 0001-01-01, the earliest that can be written.
  package static let earliest = Day(daysSince2000: -730_119)
  /// 9999-12-31, the latest that can be written.
  package static let latest = Day(daysSince2000: 2_921_939)

  package let daysSince2000: Int32

  package init(daysSince2000: Int32) {
    self.daysSince2000 = daysSince2000
  }

  /// nil unless it is a real date of the years 1…9999.
  package init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1, day <= Self.length(ofMonth: month, year: year) else {
      return nil
    }
    daysSince2000 = Int32(Self.days(year: Int64(year), month: Int64(month), day: Int64(day)))
  }

  /// `YYYY-MM-DD` and nothing else.
  package init(parsing text: String) throws(ValueFault) {
    var reader = DigitReader(text)
    guard
      let year = reader.number(digits: 4), reader.skip("-"),
      let month = reader.number(digits: 2), reader.skip("-"),
      let day = reader.number(digits: 2), reader.isAtEnd,
      let date = Day(year: year, month: month, day: day)
    else { throw .notADate }
    self = date
  }

  /// `YYYY-MM-DD`.
  package var text: String { text(separator: UInt8(ascii: "-")) }

  /// `YYYYMMDD`, as document numbers have it.
  package var compactText: String { text(separator: nil) }

  package var components: (year: Int, month: Int, day: Int) {
    let civil = Self.civil(days: Int64(daysSince2000))
    return (Int(civil.year), Int(civil.month), Int(civil.day))
  }

  /// nil past the years 1…9999.
  package func adding(days: Int) -> Day? {
    let (sum, overflow) = Int64(daysSince2000).addingReportingOverflow(Int64(days))
    guard !overflow, sum >= Self.earliest.daysSince2000, sum <= Self.latest.daysSince2000 else { return nil }
    return Day(daysSince2000: Int32(sum))
  }

  /// How many days later `other` is; negative if it is earlier.
  package func days(until other: Day) -> Int {
    Int(other.daysSince2000) - Int(daysSince2000)
  }

  package static func < (a: Day, b: Day) -> Bool { a.daysSince2000 < b.daysSince2000 }

  /// Room for any day there can be, also one past the years that can be written.
  package static let textBytes = 20

  /// Puts `YYYY-MM-DD` at the buffer's beginning; returns its bytes.
  package func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int { write(to: buffer, separator: UInt8(ascii: "-")) }

  private func text(separator: UInt8?) -> String {
    guard self >= Self.earliest, self <= Self.latest else { return farText }
    return String(unsafeUninitializedCapacity: 10) { write(to: $0, separator: separator) }
  }

  /// Of a day past the years that can be written.
  private var farText: String {
    let (year, month, day) = components
    return "\(year)-\(month)-\(day)"
  }

  private func write(to buffer: UnsafeMutableBufferPointer<UInt8>, separator: UInt8?) -> Int {
    let (year, month, day) = components
    guard (1...9999).contains(year) else { return buffer.update(fromContentsOf: farText.utf8) }
    var count = 0
    func put(_ number: Int, _ digits: Int) {
      var rest = UInt32(truncatingIfNeeded: number)
      var place = count + digits
      while place > count {
        place -= 1
        buffer[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
      count += digits
    }
    func separate() {
      guard let separator else { return }
      buffer[count] = separator
      count += 1
    }
    put(year, 4)
    separate()
    put(month, 2)
    separate()
    put(day, 2)
    return count
  }

  // The year is counted from 1 March, so that the leap day comes last in it and a month starts (153 m + 2) / 5 days into it.
  private static let daysPerEra: Int64 = 146_097
  /// From 0000-03-01, where eras are counted from, to 2000-01-01.
  private static let origin: Int64 = 730_425

  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month > 2 ? year : year - 1
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * daysPerEra + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - origin
  }

  private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + origin
    let era = (shifted >= 0 ? shifted : shifted - (daysPerEra - 1)) / daysPerEra
    let dayOfEra = shifted - era * daysPerEra
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let fromMarch = (5 * dayOfYear + 2) / 153
    let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * fromMarch + 2) / 5 + 1)
  }

  private static func length(ofMonth month: Int, year: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }
}

extension Day: CustomStringConvertible {
  package var description: String { text }
}
