// The shop's own settings, read with every call so that no process works from an old copy.

/// The one row of store settings.
package struct StoreSettings: Sendable, Equatable {
  package let name: String
  package let address: String
  package let phone: String
  package let currency: Currency
  /// An IANA zone known to the database; business dates are taken in it.
  package let timeZone: String
  package let receiptFooter: String
  package let sessionMaxAgeHours: Int
  package let sessionIdleMinutes: Int
}

/// What `store.update` is given: absent members stay as they are.
package struct StoreChange: Sendable {
  package let name: String?
  package let address: String?
  package let phone: String?
  package let currency: Currency?
  package let timeZone: String?
  package let receiptFooter: String?
  package let sessionMaxAgeHours: Int?
  package let sessionIdleMinutes: Int?

  package init(
    name: String?, address: String?, phone: String?, currency: Currency?, timeZone: String?, receiptFooter: String?,
    sessionMaxAgeHours: Int?, sessionIdleMinutes: Int?
  ) {
    self.name = name
    self.address = address
    self.phone = phone
    self.currency = currency
    self.timeZone = timeZone
    self.receiptFooter = receiptFooter
    self.sessionMaxAgeHours = sessionMaxAgeHours
    self.sessionIdleMinutes = sessionIdleMinutes
  }

  func applied(to old: StoreSettings) -> StoreSettings {
    StoreSettings(
      name: name ?? old.name, address: address ?? old.address, phone: phone ?? old.phone, currency: currency ?? old.currency,
      timeZone: timeZone ?? old.timeZone, receiptFooter: receiptFooter ?? old.receiptFooter,
      sessionMaxAgeHours: sessionMaxAgeHours ?? old.sessionMaxAgeHours,
      sessionIdleMinutes: sessionIdleMinutes ?? old.sessionIdleMinutes)
  }
}
