/// The store's currency: an active ISO 4217 code and how many minor digits its money has.
package struct Currency: Hashable, Sendable {
  package let code: String
  /// 0…4.
  package let minorDigits: Int

  /// Three capital letters, as in the table.
  package init(parsing text: String) throws(ValueFault) {
    guard let digits = Self.table[text] else { throw .unknownCurrency }
    code = text
    minorDigits = digits
  }

  private init(code: String, minorDigits: Int) {
    self.code = code
    self.minorDigits = minorDigits
  }

  /// What a store has until its owner says otherwise.
  package static let usd = Currency(code: "USD", minorDigits: 2)

  /// Every code the table knows, sorted.
  package static let all: [Currency] = table.map { Currency(code: $0.key, minorDigits: $0.value) }
    .sorted { $0.code < $1.code }

  /// Metals, test codes and units of account without minor units (XAU, XTS, XDR, XSU, XUA, XAD, …) are no money to sell in.
  private static let table: [String: Int] = {
    var table: [String: Int] = [:]
    for (digits, codes) in codesByMinorDigits {
      for code in codes.split(whereSeparator: \.isWhitespace) { table[String(code)] = digits }
    }
    return table
  }()

  private static let codesByMinorDigits: [(Int, String)] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (
      2,
      """
      AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU
      CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
      KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
      NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
      TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
      """
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
  ]
}
