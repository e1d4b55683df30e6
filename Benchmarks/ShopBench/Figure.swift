// Figures and ratios, as JSON lines and as a table.

enum Unit: String {
  case nanoseconds = "ns"
  case perSecond = "per second"
  case kibibytes = "KiB"
  case bytes = "bytes"

  /// A value is an integer of the unit, but a rate is in hundredths.
  func json(_ value: Int) -> String { self == .perSecond ? hundredths(value) : "\(value)" }

  func text(_ value: Int) -> String {
    switch self {
    case .nanoseconds where value < 1_000_000: "\(value / 1_000).\(value / 100 % 10) µs"
    case .nanoseconds where value < 1_000_000_000: hundredths(value / 10_000) + " ms"
    case .nanoseconds: hundredths(value / 10_000_000) + " s"
    case .perSecond where value < 10_000: "\(value / 100).\(value / 10 % 10)/s"
    case .perSecond: grouped(value / 100) + "/s"
    case .kibibytes: "\(value / 1_024).\(value % 1_024 * 10 / 1_024) MiB"
    case .bytes: grouped(value) + " B"
    }
  }
}

/// With a space before each three digits.
private func grouped(_ value: Int) -> String {
  value < 1_000 ? "\(value)" : grouped(value / 1_000) + " " + String("\(1_000 + value % 1_000)".dropFirst())
}

/// One measured quantity of one subject.
struct Figure {
  let subject: Subject
  /// `p50`, `rate` and the like.
  let quantity: String
  let unit: Unit
  let value: Int
  /// What each round gave.
  let rounds: [Int]

  var json: String {
    #"{"figure":"\#(subject.work)","contender":"\#(subject.contender)","inFlight":\#(subject.inFlight),"quantity":"\#(quantity)","#
      + #""unit":"\#(unit.rawValue)","value":\#(unit.json(value)),"rounds":[\#(rounds.map(unit.json).joined(separator: ","))]}"#
  }
}

/// One figure held against another, or against nothing but its target; in hundredths.
struct Ratio {
  enum Target {
    case atMost(Int)
    case atLeast(Int)
    case none

    func isMet(by value: Int) -> Bool? {
      switch self {
      case .atMost(let bound): value <= bound
      case .atLeast(let bound): value >= bound
      case .none: nil
      }
    }

    var text: String {
      switch self {
      case .atMost(let bound): "<= " + hundredths(bound)
      case .atLeast(let bound): ">= " + hundredths(bound)
      case .none: ""
      }
    }
  }

  let name: String
  /// What each round gave; the value is their median.
  let rounds: [Int]
  let target: Target

  init(_ name: String, _ rounds: [Int], _ target: Target = .none) {
    self.name = name
    self.rounds = rounds
    self.target = target
  }

  /// Two contenders' figures, round by round.
  init(_ name: String, _ ours: [Int], over theirs: [Int], _ target: Target = .none) {
    self.init(name, zip(ours, theirs).map { ($0 * 100 + $1 / 2) / max(1, $1) }, target)
  }

  var value: Int { median(rounds) }
  var verdict: String { target.isMet(by: value).map { $0 ? "met" : "MISSED" } ?? "" }

  var json: String {
    let met = target.isMet(by: value).map { "\($0)" } ?? "null"
    return #"{"ratio":"\#(name)","value":\#(hundredths(value)),"rounds":[\#(rounds.map(hundredths).joined(separator: ","))],"#
      + #""target":"\#(target.text)","met":\#(met)}"#
  }
}

/// Text in columns: the first to the left, the others to the right.
struct Table {
  private var rows: [[String]] = []
  private let widths: [Int]

  init(_ widths: [Int]) { self.widths = widths }

  mutating func add(_ cells: String...) { rows.append(cells) }

  var text: String {
    rows.map { row in
      var line = ""
      for (index, cell) in row.enumerated() {
        let room = String(repeating: " ", count: max(0, widths[index] - cell.unicodeScalars.count))
        line += index == 0 ? cell + room : "  " + room + cell
      }
      while line.hasSuffix(" ") { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}
