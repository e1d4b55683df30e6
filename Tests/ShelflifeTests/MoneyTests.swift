// Money, unit cost, amounts and quantities: what is accepted, what is refused and why, and that nothing is ever rounded.
import Testing

@testable import Shelflife

@Suite struct MoneyTests {
  @Test(
    arguments: [
      ("0", 2, 0, "0.00"), ("0.00", 2, 0, "0.00"), ("12.5", 2, 1250, "12.50"), ("12.50", 2, 1250, "12.50"),
      ("0.05", 2, 5, "0.05"), ("12", 2, 1200, "12.00"), ("99999999.99", 2, 9_999_999_999, "99999999.99"),
      ("120", 0, 120, "120"), ("99999999", 0, 99_999_999, "99999999"), ("1.005", 3, 1005, "1.005"),
      ("99999999.99", 3, 99_999_999_990, "99999999.990"), ("1.2345", 4, 12_345, "1.2345"),
      ("99999999.9900", 4, 999_999_999_900, "99999999.9900"), ("3.1", 1, 31, "3.1"), ("99999999.9", 1, 999_999_999, "99999999.9"),
    ] as [(String, Int, Int64, String)])
  func accepts(text: String, digits: Int, minor: Int64, formatted: String) throws {
    let money = try Money(parsing: text, digits: digits)
    #expect(money.minor == minor)
    #expect(money.text(digits: digits) == formatted)
  }

  @Test(
    arguments: [
      ("", 2, "not-a-number"), (" 1", 2, "not-a-number"), ("1 ", 2, "not-a-number"), ("+1", 2, "not-a-number"),
      (".5", 2, "not-a-number"), ("5.", 2, "not-a-number"), ("-", 2, "not-a-number"), ("--1", 2, "not-a-number"),
      ("1.2.3", 2, "not-a-number"), ("1,5", 2, "not-a-number"), ("1'000", 2, "not-a-number"), ("1_000", 2, "not-a-number"),
      ("0x10", 2, "not-a-number"), ("NaN", 2, "not-a-number"), ("Infinity", 2, "not-a-number"), ("١٢", 2, "not-a-number"),
      ("1.-5", 2, "not-a-number"), ("e5", 2, "not-a-number"), ("1.e5", 2, "not-a-number"), ("1\u{0}", 2, "not-a-number"),
      ("1e3", 2, "exponent"), ("1E+3", 2, "exponent"), ("1.5e0", 2, "exponent"),
      ("007", 2, "excess-zeros"), ("00", 2, "excess-zeros"), ("00.5", 2, "excess-zeros"), ("01", 0, "excess-zeros"),
      ("12.500", 2, "too-many-decimals"), ("12.345", 2, "too-many-decimals"), ("0.000", 2, "too-many-decimals"),
      ("12.0", 0, "too-many-decimals"), ("1.00000", 4, "too-many-decimals"),
      ("-1", 2, "negative"), ("-0.01", 2, "negative"), ("-0", 2, "negative"),
      ("100000000", 2, "out-of-range"), ("100000000.00", 2, "out-of-range"), ("100000000", 0, "out-of-range"),
      ("99999999.991", 3, "out-of-range"), ("99999999.9901", 4, "out-of-range"),
      ("99999999999999999999999999999999999999999999999999", 2, "out-of-range"),
    ] as [(String, Int, String)])
  func refuses(text: String, digits: Int, code: String) {
    #expect(fault { () throws(ValueFault) in try Money(parsing: text, digits: digits) }?.code == code)
  }

  @Test func readsExactDigits() throws {
    #expect(try Money(mantissa: 125, scale: 1, digits: 2).minor == 1250)
    #expect(try Money(mantissa: 9_999_999_999, scale: 2, digits: 2).minor == 9_999_999_999)
    #expect(fault { () throws(ValueFault) in try Money(mantissa: 12_500, scale: 3, digits: 2) }?.code == "too-many-decimals")
    #expect(fault { () throws(ValueFault) in try Money(mantissa: -1, scale: 0, digits: 2) }?.code == "negative")
    #expect(fault { () throws(ValueFault) in try Money(mantissa: .max, scale: 0, digits: 0) }?.code == "out-of-range")
    #expect(fault { () throws(ValueFault) in try Money(mantissa: .min, scale: 0, digits: 0) }?.code == "negative")
    #expect(fault { () throws(ValueFault) in try Money(mantissa: 1, scale: -2, digits: 2) }?.code == "out-of-range")
    #expect(fault { () throws(ValueFault) in try Money(mantissa: 1, scale: .max, digits: 2) }?.code == "too-many-decimals")
  }

  @Test func everyPriceComesBackAsItWas() throws {
    var random = Seeded()
    for _ in 0..<20_000 {
      let digits = random.int(0...4)
      let largest = Money.largestPrice(digits: digits).minor
      let price = Money(minor: random.int64(0...max(1, largest >> random.int64(0...33))))
      #expect(try Money(parsing: price.text(digits: digits), digits: digits) == price)
      #expect(try Money(mantissa: price.minor, scale: digits, digits: digits) == price)
    }
  }

  @Test func arithmeticNeverTraps() throws {
    let most = try Quantity(1_000_000)
    #expect(Money(minor: 9_999_999_999).times(most) == Money(minor: 9_999_999_999_000_000))
    #expect(Money(minor: .max).times(try Quantity(2)) == nil)
    #expect(Money(minor: .max).times(try Quantity(1)) == Money(minor: .max))
    #expect(Money(minor: .max).plus(Money(minor: 1)) == nil)
    #expect(Money(minor: .min).minus(Money(minor: 1)) == nil)
    #expect(Money(minor: .min).text(digits: 2) == "-92233720368547758.08")
    #expect(Money(minor: .min).amount(digits: 0).text == "-9223372036854775808.0000")
  }

  @Test(
    arguments: [
      ("0", 0, "0.0000"), ("1.25", 12_500, "1.2500"), ("0.0001", 1, "0.0001"), ("99999999.99", 999_999_999_900, "99999999.9900"),
    ] as [(String, Int64, String)])
  func unitCostHasFourDecimals(text: String, tenThousandths: Int64, formatted: String) throws {
    let cost = try UnitCost(parsing: text)
    #expect(cost.tenThousandths == tenThousandths)
    #expect(cost.text == formatted)
    #expect(try UnitCost(mantissa: tenThousandths, scale: 4) == cost)
  }

  @Test(arguments: [
    ("0.00001", "too-many-decimals"), ("-0.5", "negative"), ("99999999.9901", "out-of-range"), ("1e1", "exponent"),
  ])
  func unitCostRefuses(text: String, code: String) {
    #expect(fault { () throws(ValueFault) in try UnitCost(parsing: text) }?.code == code)
  }

  @Test func theCostOfALineIsExact() throws {
    #expect(UnitCost.largest.times(try Quantity(1_000_000)).text == "99999999990000.0000")
    #expect(try UnitCost(parsing: "0.3333").times(Quantity(3)).text == "0.9999")
    #expect(UnitCost(tenThousandths: .max).times(.max).tenThousandths == Int128(Int64.max) * Int128(Int32.max))
    #expect(UnitCost(tenThousandths: 7).times(0) == .zero)
  }

  @Test func amountsGoBelowZeroAndBeyondAnyLine() throws {
    let revenue = Money(minor: 1000).amount(digits: 2)
    let profit = try #require(revenue.minus(try UnitCost(parsing: "10.5001").times(Quantity(1))))
    #expect(profit.text == "-0.5001")
    #expect(try Amount(parsing: profit.text) == profit)
    #expect(Amount(tenThousandths: .max).plus(Amount(tenThousandths: 1)) == nil)
    #expect(Amount(tenThousandths: .min).minus(Amount(tenThousandths: 1)) == nil)
    #expect(Amount(tenThousandths: .min).text == "-17014118346046923173168730371588410.5728")
    #expect(try Amount(parsing: "17014118346046923173168730371588410.5727") == Amount(tenThousandths: .max))
    #expect(fault { () throws(ValueFault) in try Amount(parsing: "17014118346046923173168730371588410.5728") } != nil)
    #expect(Amount(tenThousandths: Int128(Int64.max) + 1).int64 == nil)
    #expect(Amount(tenThousandths: Int128(Int64.min)).int64 == .min)
    var random = Seeded()
    for _ in 0..<5000 {
      let amount = Amount(tenThousandths: Int128.random(in: -.max ... .max, using: &random) >> Int128(random.int(0...126)))
      #expect(try Amount(parsing: amount.text) == amount)
    }
  }

  @Test func quantities() throws {
    #expect(try Quantity(1).count == 1)
    #expect(try Quantity(parsing: "1000000").count == 1_000_000)
    for (count, code) in [(0, "out-of-range"), (-1, "negative"), (1_000_001, "out-of-range"), (.max, "out-of-range")]
      as [(Int64, String)]
    {
      #expect(fault { () throws(ValueFault) in try Quantity(count) }?.code == code)
    }
    for (text, code) in [
      ("2.0", "not-a-whole-number"), ("2e0", "exponent"), ("02", "excess-zeros"), ("-2", "negative"), ("0", "out-of-range"),
      ("99999999999999999999999999999999999999999", "out-of-range"), ("two", "not-a-number"), ("", "not-a-number"),
    ] {
      #expect(fault { () throws(ValueFault) in try Quantity(parsing: text) }?.code == code, "\(text)")
    }
  }
}

@Suite struct MoneySumTests {
  @Test(
    arguments: [
      (0, 2, "0.00", "0.0000"), (1_250, 2, "12.50", "12.5000"), (1_250, 0, "1250", "1250.0000"), (1_250, 3, "1.250", "1.2500"),
      (1_250, 4, "0.1250", "0.1250"), (Int128(Int64.max) * 1_000, 2, "92233720368547758070.00", "92233720368547758070.0000"),
    ] as [(Int128, Int, String, String)])
  func isToldInFull(minor: Int128, digits: Int, text: String, amount: String) {
    let sum = MoneySum(minor: minor)
    #expect(sum.text(digits: digits) == text)
    #expect(sum.amount(digits: digits)?.text == amount)
  }

  @Test func whatDoesNotFitIsNoAmount() {
    #expect(MoneySum(minor: .max).amount(digits: 4) != nil)
    #expect(MoneySum(minor: .max).amount(digits: 3) == nil && MoneySum(minor: .min).amount(digits: 0) == nil)
    #expect(MoneySum.zero < MoneySum(minor: 1))
    let sums = SalesSums(sales: 1, qty: 1, revenue: MoneySum(minor: .max), cost: .zero)
    #expect(throws: SumTooLarge.self) { try sums.figures(digits: 2) }
  }
}

@Suite struct CurrencyTests {
  @Test(arguments: [("USD", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("XOF", 0), ("ZWG", 2), ("ISK", 0), ("TND", 3)])
  func knows(code: String, digits: Int) throws {
    let currency = try Currency(parsing: code)
    #expect(currency.code == code)
    #expect(currency.minorDigits == digits)
  }

  @Test(arguments: ["", "usd", "US", "USDX", "DEM", "XAU", "XXX", " USD"])
  func refuses(code: String) {
    #expect(fault { () throws(ValueFault) in try Currency(parsing: code) } == .unknownCurrency)
  }

  @Test func theTableIsWhole() {
    #expect(Currency.all.count == 164)
    #expect(Currency.all.allSatisfy { $0.code.utf8.count == 3 && (0...4).contains($0.minorDigits) })
    #expect(Currency.all.contains(.usd))
  }
}
