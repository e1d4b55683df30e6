// Days, dice and decimals: what makes the same shop from the same seed.
import Glibc

/// Waits until the server of a data directory that nobody uses any more has stopped.
func awaitStop(of directory: String) {
  while access(directory + "/postgres/postmaster.pid", F_OK) == 0 { usleep(50_000) }
}

/// A calendar day as a number of days.
struct CivilDay: CustomStringConvertible {
  /// Days since some day; only differences mean anything.
  let number: Int

  init(year: Int, month: Int, day: Int) {
    // Counted from March, so that the leap day ends the year.
    let shifted = month > 2 ? year : year - 1
    number = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * ((month + 9) % 12) + 2) / 5 + day
  }

  private init(number: Int) { self.number = number }

  func adding(_ days: Int) -> CivilDay { CivilDay(number: number + days) }

  var description: String {
    // Guessed a little too early at first.
    var year = (number - 60) * 400 / 146_097
    while CivilDay(year: year + 1, month: 1, day: 1).number <= number { year += 1 }
    var month = 1
    while month < 12, CivilDay(year: year, month: month + 1, day: 1).number <= number { month += 1 }
    let day = number - CivilDay(year: year, month: month, day: 1).number + 1
    return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
  }
}

/// The same numbers from the same seed.
struct Dice {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// From 0 up to, not including, `sides`.
  mutating func roll(_ sides: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(sides))
  }
}

/// Digits with a point before the last ones.
func decimal(_ value: Int, _ digits: Int) -> String {
  let text = String(repeating: "0", count: max(0, digits + 1 - String(value).count)) + String(value)
  return text.dropLast(digits) + "." + text.suffix(digits)
}
