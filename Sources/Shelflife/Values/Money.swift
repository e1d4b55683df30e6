/// What customers pay: a whole number of the store currency's minor units.
///
/// The type does not carry its currency, because a store has one. `digits` is that currency's count of minor digits, 0…4.
package struct Money: Hashable, Comparable, Sendable {
  package let minor: Int64

  package static let zero = Money(minor: 0)

  /// Any sum, without the limit of a price.
  package init(minor: Int64) {
    self.minor = minor
  }

  /// A price as written: at most `digits` decimals, no exponent, no leading zeros, no sign, at most `largestPrice`.
  ///
  /// The written digits of a JSON number may be given as they are.
  package init(parsing text: String, digits: Int) throws(ValueFault) {
    minor = try FixedPoint.unsigned(FixedPoint.scan(text), decimals: digits, limit: Self.largestPrice(digits: digits).minor)
  }

  /// The price mantissa / 10^scale, under the same rules. The scale is the number of decimals that were written.
  package init(mantissa: Int64, scale: Int, digits: Int) throws(ValueFault) {
    let written = FixedPoint.digits(mantissa: mantissa, scale: scale)
    minor = try FixedPoint.unsigned(written, decimals: digits, limit: Self.largestPrice(digits: digits).minor)
  }

  /// 99 999 999.99, or 99 999 999 in a currency without two minor digits' room for it.
  package static func largestPrice(digits: Int) -> Money {
    switch digits {
    case 0: Money(minor: 99_999_999)
    case 1: Money(minor: 999_999_999)
    case 2: Money(minor: 9_999_999_999)
    case 3: Money(minor: 99_999_999_990)
    default: Money(minor: 999_999_999_900)
    }
  }

  /// Fixed to `digits` decimals: `12.50`, `-3.00`, `120`.
  package func text(digits: Int) -> String {
    FixedPoint.text(Int128(minor), decimals: digits)
  }

  package static let textBytes = FixedPoint.textBytes

  /// Puts the text at the buffer's beginning; returns its bytes.
  package func write(to buffer: UnsafeMutableBufferPointer<UInt8>, digits: Int) -> Int {
    FixedPoint.write(UInt128(minor.magnitude), isNegative: minor < 0, decimals: digits, to: buffer)
  }

  /// nil when the product does not fit.
  package func times(_ quantity: Quantity) -> Money? {
    let (product, overflow) = minor.multipliedReportingOverflow(by: Int64(quantity.count))
    return overflow ? nil : Money(minor: product)
  }

  /// nil when the sum does not fit.
  package func plus(_ other: Money) -> Money? {
    let (sum, overflow) = minor.addingReportingOverflow(other.minor)
    return overflow ? nil : Money(minor: sum)
  }

  /// nil when the difference does not fit.
  package func minus(_ other: Money) -> Money? {
    let (difference, overflow) = minor.subtractingReportingOverflow(other.minor)
    return overflow ? nil : Money(minor: difference)
  }

  /// The same value with four decimals; exact for every currency.
  package func amount(digits: Int) -> Amount {
    Amount(tenThousandths: Int128(minor) * Int128(FixedPoint.powers[4 - digits]))
  }

  package static func < (a: Money, b: Money) -> Bool { a.minor < b.minor }
}
