// The shop's own settings, read with every call so that no process works from an old copy.

/// The one row of store settings.
package struct StoreSettings: Sendable, Equatable {
  package var name: String
  package var address: String
  package var phone: String
  package var currency: Currency
  /// An IANA zone known to the database; business dates are taken in it.
  package var timeZone: String
  package var receiptFooter: String
  package var sessionMaxAgeHours: Int
  package var sessionIdleMinutes: Int
}
