/// What one piece of a lot cost the shop: ten-thousandths of the major unit, in every currency, never rounded.
package struct UnitCost: Hashable, Comparable, Sendable {
  package static let decimals = 4
  package static let zero = UnitCost(tenThousandths: 0)
  /// 99 999 999.9900, the same bound as for prices.
  package static let largest = UnitCost(tenThousandths: 999_999_999_900)

  package let tenThousandths: Int64

  /// A cost that the database has already accepted.
  package init(tenThousandths: Int64) {
    self.tenThousandths = tenThousandths
  }

  /// A cost as written: at most four decimals, no exponent, no leading zeros, no sign, at most `largest`.
  package init(parsing text: String) throws(ValueFault) {
    tenThousandths = try FixedPoint.unsigned(
      FixedPoint.scan(text), decimals: Self.decimals, limit: Self.largest.tenThousandths)
  }

  /// The cost mantissa / 10^scale, under the same rules.
  package init(mantissa: Int64, scale: Int) throws(ValueFault) {
    let written = FixedPoint.digits(mantissa: mantissa, scale: scale)
    tenThousandths = try FixedPoint.unsigned(written, decimals: Self.decimals, limit: Self.largest.tenThousandths)
  }

  /// Always four decimals: `1.2500`.
  package var text: String { FixedPoint.text(Int128(tenThousandths), decimals: Self.decimals) }

  /// Puts the text at the buffer's beginning; returns its bytes.
  package func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    FixedPoint.write(UInt128(tenThousandths.magnitude), isNegative: tenThousandths < 0, decimals: Self.decimals, to: buffer)
  }

  /// The cost of that many pieces; always fits.
  package func times(_ quantity: Quantity) -> Amount { times(quantity.count) }

  /// The cost of a count that may be zero, such as what remains of a lot; always fits.
  package func times(_ count: Int32) -> Amount {
    Amount(tenThousandths: Int128(tenThousandths) * Int128(count))
  }

  package static func < (a: UnitCost, b: UnitCost) -> Bool { a.tenThousandths < b.tenThousandths }
}
