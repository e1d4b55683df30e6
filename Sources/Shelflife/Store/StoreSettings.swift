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

/// Settings that few calls need: they are read by those only.
package struct StoreCare: Sendable, Equatable {
  /// An absolute path; nil is no folder.
  package let backupFolder: String?
  package let backupKeepDaily: Int
  package let backupKeepMonthly: Int
  /// Up to which amount staff take goods back by themselves.
  package let staffReturnLimit: Money
}

/// All settings together. Who may see which is the door's to say.
package struct Store: Sendable {
  package let settings: StoreSettings
  package let care: StoreCare
  /// True where the caller may see how backups are kept.
  package let showsBackups: Bool
}

/// What a change does to a member that may be empty.
package enum Setting<Value: Sendable>: Sendable {
  case kept
  case cleared
  case set(Value)

  func applied(to old: Value?) -> Value? {
    switch self {
    case .kept: old
    case .cleared: nil
    case .set(let value): value
    }
  }
}

extension Setting: Equatable where Value: Equatable {}

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
  package let backupFolder: Setting<String>
  package let backupKeepDaily: Int?
  package let backupKeepMonthly: Int?
  package let staffReturnLimit: Money?

  package init(
    name: String?, address: String?, phone: String?, currency: Currency?, timeZone: String?, receiptFooter: String?,
    sessionMaxAgeHours: Int?, sessionIdleMinutes: Int?, backupFolder: Setting<String>, backupKeepDaily: Int?,
    backupKeepMonthly: Int?, staffReturnLimit: Money?
  ) {
    self.name = name
    self.address = address
    self.phone = phone
    self.currency = currency
    self.timeZone = timeZone
    self.receiptFooter = receiptFooter
    self.sessionMaxAgeHours = sessionMaxAgeHours
    self.sessionIdleMinutes = sessionIdleMinutes
    self.backupFolder = backupFolder
    self.backupKeepDaily = backupKeepDaily
    self.backupKeepMonthly = backupKeepMonthly
    self.staffReturnLimit = staffReturnLimit
  }

  /// The limit is an amount: under another currency it says nothing until it is set anew.
  func applied(to old: StoreCare, keepsCurrency: Bool) -> StoreCare {
    StoreCare(
      backupFolder: backupFolder.applied(to: old.backupFolder), backupKeepDaily: backupKeepDaily ?? old.backupKeepDaily,
      backupKeepMonthly: backupKeepMonthly ?? old.backupKeepMonthly,
      staffReturnLimit: staffReturnLimit ?? (keepsCurrency ? old.staffReturnLimit : Money(minor: 0)))
  }

  func applied(to old: StoreSettings) -> StoreSettings {
    StoreSettings(
      name: name ?? old.name, address: address ?? old.address, phone: phone ?? old.phone, currency: currency ?? old.currency,
      timeZone: timeZone ?? old.timeZone, receiptFooter: receiptFooter ?? old.receiptFooter,
      sessionMaxAgeHours: sessionMaxAgeHours ?? old.sessionMaxAgeHours,
      sessionIdleMinutes: sessionIdleMinutes ?? old.sessionIdleMinutes)
  }
}
