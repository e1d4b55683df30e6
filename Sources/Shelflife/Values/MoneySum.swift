/// What reports add up of customers' money: minor units of the store's currency, exact.
///
/// 128 bits, because a sum over the shop's whole history may outgrow the 64 bits of a single receipt.
package struct MoneySum: Hashable, Comparable, Sendable {
  package static let zero = MoneySum(minor: 0)

  package let minor: Int128

  package init(minor: Int128) {
    self.minor = minor
  }

  /// Fixed to `digits` decimals, as `Money` is: `12.50`.
  package func text(digits: Int) -> String {
    FixedPoint.text(minor, decimals: digits)
  }

  /// Puts the text at the buffer's beginning; returns its bytes.
  package func write(to buffer: UnsafeMutableBufferPointer<UInt8>, digits: Int) -> Int {
    FixedPoint.write(minor.magnitude, isNegative: minor < 0, decimals: digits, to: buffer)
  }

  /// The same value with four decimals; nil when it does not fit.
  package func amount(digits: Int) -> Amount? {
    let (product, overflow) = minor.multipliedReportingOverflow(by: Int128(FixedPoint.powers[4 - digits]))
    return overflow ? nil : Amount(tenThousandths: product)
  }

  package static func < (a: MoneySum, b: MoneySum) -> Bool { a.minor < b.minor }
}
