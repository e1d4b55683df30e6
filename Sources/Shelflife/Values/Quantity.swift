/// How many pieces a line of a sale or a delivery speaks of: 1 … 1 000 000.
package struct Quantity: Hashable, Comparable, Sendable {
  package static let range: ClosedRange<Int32> = 1...1_000_000

  package let count: Int32

  package init(_ count: Int64) throws(ValueFault) {
    guard count >= 0 else { throw .negative }
    guard let small = Int32(exactly: count), Self.range.contains(small) else { throw Self.outOfRange }
    self.count = small
  }

  /// The written digits of a whole number, so that `2.0`, `2e0` and `02` are told from `2`.
  package init(parsing text: String) throws(ValueFault) {
    let digits = try FixedPoint.scan(text)
    guard digits.scale == 0 else { throw .notAWholeNumber }
    guard !digits.isNegative else { throw .negative }
    guard let magnitude = digits.magnitude, let count = Int64(exactly: magnitude) else { throw Self.outOfRange }
    try self.init(count)
  }

  package static func < (a: Quantity, b: Quantity) -> Bool { a.count < b.count }

  private static var outOfRange: ValueFault {
    .outOfRange(least: String(range.lowerBound), most: String(range.upperBound))
  }
}
