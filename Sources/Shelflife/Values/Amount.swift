/// What reports add up: cost, profit and stock value, with four decimals in every currency, exact, negative for a loss.
///
/// 128 bits, because a sum over the shop's whole history may outgrow the 64 bits of a single line.
package struct Amount: Hashable, Comparable, Sendable {
  package static let decimals = 4
  package static let zero = Amount(tenThousandths: 0)

  package let tenThousandths: Int128

  package init(tenThousandths: Int128) {
    self.tenThousandths = tenThousandths
  }

  /// A decimal with an optional minus sign and at most four decimals, as PostgreSQL writes a `numeric`.
  package init(parsing text: String) throws(ValueFault) {
    let digits = try FixedPoint.scan(text)
    let magnitude = try FixedPoint.units(of: digits, decimals: Self.decimals, limit: UInt128(Int128.max))
    tenThousandths = digits.isNegative ? -Int128(magnitude) : Int128(magnitude)
  }

  /// Always four decimals: `-0.5000`.
  package var text: String { FixedPoint.text(tenThousandths, decimals: Self.decimals) }

  /// Puts the text at the buffer's beginning; returns its bytes.
  package func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    FixedPoint.write(tenThousandths.magnitude, isNegative: tenThousandths < 0, decimals: Self.decimals, to: buffer)
  }

  /// For a `bigint` column; nil when it does not fit.
  package var int64: Int64? { Int64(exactly: tenThousandths) }

  /// nil when the sum does not fit.
  package func plus(_ other: Amount) -> Amount? {
    let (sum, overflow) = tenThousandths.addingReportingOverflow(other.tenThousandths)
    return overflow ? nil : Amount(tenThousandths: sum)
  }

  /// nil when the difference does not fit.
  package func minus(_ other: Amount) -> Amount? {
    let (difference, overflow) = tenThousandths.subtractingReportingOverflow(other.tenThousandths)
    return overflow ? nil : Amount(tenThousandths: difference)
  }

  package static func < (a: Amount, b: Amount) -> Bool { a.tenThousandths < b.tenThousandths }
}
