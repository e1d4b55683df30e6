/// A moment: microseconds since 2000-01-01T00:00:00Z, as PostgreSQL keeps `timestamptz`, always whole milliseconds.
///
/// Leap seconds do not exist here, as they do not in POSIX time.
package struct Instant: Hashable, Comparable, Sendable {
  /// 9999-12-31T23:59:59.999Z, the latest that can be written.
  package static let latest = Instant(microsecondsSince2000: 252_455_615_999_999_000)
  /// 0001-01-01T00:00:00.000Z, the earliest that can be written.
  package static let earliest = Instant(microsecondsSince2000: -63_082_281_600_000_000)

  /// Seconds between 1970 and 2000.
  private static let unixOffset: Int64 = 946_684_800
  private static let microsecondsPerDay: Int64 = 86_400_000_000

  /// A multiple of 1000.
  package let microsecondsSince2000: Int64

  /// Cut down to the whole millisecond before it.
  package init(microsecondsSince2000: Int64) {
    let (quotient, remainder) = microsecondsSince2000.quotientAndRemainder(dividingBy: 1000)
    let floored = remainder < 0 && quotient > Int64.min / 1000 ? quotient - 1 : quotient
    self.microsecondsSince2000 = floored * 1000
  }

  /// A reading of a POSIX clock; held at the earliest or latest instant that can be written.
  package init(unixSeconds: Int64, nanoseconds: Int64 = 0) {
    let seconds = min(max(unixSeconds, Self.earliest.unixSeconds), Self.latest.unixSeconds)
    self.init(microsecondsSince2000: (seconds - Self.unixOffset) * 1_000_000 + min(max(nanoseconds, 0), 999_999_999) / 1000)
  }

  /// RFC 3339 with any offset; digits past the millisecond are cut. Second 60 is refused.
  package init(parsing text: String) throws(ValueFault) {
    var reader = DigitReader(text)
    guard
      let year = reader.number(digits: 4), reader.skip("-"),
      let month = reader.number(digits: 2), reader.skip("-"),
      let dayOfMonth = reader.number(digits: 2), reader.skip("T", "t"),
      let day = Day(year: year, month: month, day: dayOfMonth),
      let hour = reader.number(digits: 2), hour <= 23, reader.skip(":"),
      let minute = reader.number(digits: 2), minute <= 59, reader.skip(":"),
      let second = reader.number(digits: 2), second <= 59,
      let milliseconds = Self.fraction(&reader),
      let offset = Self.offsetMinutes(&reader), reader.isAtEnd
    else { throw .notATimestamp }
    let seconds = Int64(day.daysSince2000) * 86_400 + Int64(hour * 3600 + (minute - offset) * 60 + second)
    self.init(microsecondsSince2000: seconds * 1_000_000 + Int64(milliseconds) * 1000)
    guard self >= Self.earliest, self <= Self.latest else { throw .notATimestamp }
  }

  /// `2026-03-01T09:30:00.000Z`.
  package var text: String {
    String(unsafeUninitializedCapacity: Self.textBytes, initializingUTF8With: write(to:))
  }

  /// Room for any instant there can be.
  package static let textBytes = Day.textBytes + 14

  /// Puts the text at the buffer's beginning; returns its bytes.
  package func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    let start = day.write(to: buffer)
    var rest = UInt64(microsecondsIntoDay) / 1000
    func put(_ digits: Int, endingAt end: Int, _ base: UInt64) {
      var number = rest % base
      rest /= base
      for place in 1...digits {
        buffer[start + end - place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)
        number /= 10
      }
    }
    buffer[start] = UInt8(ascii: "T")
    put(3, endingAt: 13, 1000)
    buffer[start + 9] = UInt8(ascii: ".")
    put(2, endingAt: 9, 60)
    buffer[start + 6] = UInt8(ascii: ":")
    put(2, endingAt: 6, 60)
    buffer[start + 3] = UInt8(ascii: ":")
    put(2, endingAt: 3, 24)
    buffer[start + 13] = UInt8(ascii: "Z")
    return start + 14
  }

  /// The date in UTC. The business date is another: it is taken in the store's time zone.
  package var day: Day {
    let (days, remainder) = microsecondsSince2000.quotientAndRemainder(dividingBy: Self.microsecondsPerDay)
    return Day(daysSince2000: Int32(remainder < 0 ? days - 1 : days))
  }

  package var unixMilliseconds: Int64 { microsecondsSince2000 / 1000 + Self.unixOffset * 1000 }

  /// Whole seconds since 1970, cut down.
  package var unixSeconds: Int64 {
    let milliseconds = unixMilliseconds
    return milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
  }

  /// Held at the earliest or latest instant that can be written.
  package func adding(milliseconds: Int64) -> Instant {
    let (step, overflow) = milliseconds.multipliedReportingOverflow(by: 1000)
    let (sum, overflowStill) = microsecondsSince2000.addingReportingOverflow(step)
    if overflow || overflowStill { return milliseconds < 0 ? Self.earliest : Self.latest }
    return min(max(Instant(microsecondsSince2000: sum), Self.earliest), Self.latest)
  }

  package func adding(seconds: Int64) -> Instant {
    let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    return adding(milliseconds: overflow ? (seconds < 0 ? .min : .max) : milliseconds)
  }

  /// How much later `other` is; negative if it is earlier.
  package func milliseconds(until other: Instant) -> Int64 {
    other.microsecondsSince2000 / 1000 - microsecondsSince2000 / 1000
  }

  package static func < (a: Instant, b: Instant) -> Bool { a.microsecondsSince2000 < b.microsecondsSince2000 }

  private var microsecondsIntoDay: Int64 {
    let remainder = microsecondsSince2000 % Self.microsecondsPerDay
    return remainder < 0 ? remainder + Self.microsecondsPerDay : remainder
  }

  /// Milliseconds; 0 where no fraction is written, nil where the point has no digits after it.
  private static func fraction(_ reader: inout DigitReader) -> Int? {
    guard reader.skip(".") else { return 0 }
    var milliseconds = 0
    var weight = 100
    guard let first = reader.digit() else { return nil }
    milliseconds = first * weight
    while let digit = reader.digit() {
      weight /= 10
      milliseconds += digit * weight
    }
    return milliseconds
  }

  private static func offsetMinutes(_ reader: inout DigitReader) -> Int? {
    if reader.skip("Z", "z") { return 0 }
    let sign: Int
    if reader.skip("+") { sign = 1 } else if reader.skip("-") { sign = -1 } else { return nil }
    guard
      let hours = reader.number(digits: 2), hours <= 23, reader.skip(":"),
      let minutes = reader.number(digits: 2), minutes <= 59
    else { return nil }
    return sign * (hours * 60 + minutes)
  }
}

extension Instant: CustomStringConvertible {
  package var description: String { text }
}
