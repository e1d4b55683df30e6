// The shop's settings, and the date that the owner vouches for.

package enum Stores {
  /// The settings. Any signed-in user; how backups are kept is the owner's to see.
  package static func get(in read: ReadTransaction) throws -> Store {
    guard let care = try read.run(StoreStatements.care, ()).first else { throw Fault.storeMissing }
    return Store(settings: read.context.store, care: care, showsBackups: read.info.caller?.role == .owner)
  }

  /// Changes the members that are given. Owner only; locks the store's row against every other change.
  ///
  /// A business date that is written down stays as it is when the zone changes.
  /// - Throws: `validation` for a zone that the database does not know and for a limit that was read in another currency than
  ///   the new one, `currencyInUse` once there is any price or cost.
  package static func update(_ change: StoreChange, in transaction: WriteTransaction) throws -> Store {
    guard let whole = try transaction.run(StoreStatements.lock, ()).first else { throw Fault.storeMissing }
    let old = whole.settings
    let new = change.applied(to: old)
    let care = change.applied(to: whole.care, keepsCurrency: new.currency == old.currency)
    if change.staffReturnLimit != nil, new.currency.minorDigits != old.currency.minorDigits {
      throw Fault.validation([
        ValidationIssue(
          path: "staffReturnLimit", code: "other-currency",
          message: "The new currency has other decimals: set the limit in a call of its own.")
      ])
    }
    if new.timeZone != old.timeZone, try transaction.run(StoreStatements.knowsZone, new.timeZone).first != true {
      throw Fault.validation([
        ValidationIssue(path: "timeZone", code: "unknown-time-zone", message: "Not the name of an IANA time zone.")
      ])
    }
    if new.currency != old.currency, try transaction.run(StoreStatements.hasAmounts, ()).first == true {
      throw Fault.currencyInUse
    }
    _ = try transaction.run(StoreStatements.update, .init(settings: new, care: care))
    transaction.audit(.store, .none)
    transaction.changes = differences(from: old, to: new) + differences(from: whole, to: .init(settings: new, care: care))
    return Store(settings: new, care: care, showsBackups: true)
  }

  /// Keeps the currency as it is until the end of a write that may be the first to set down an amount: nobody can see that amount
  /// before. Locks the store's row, shared.
  ///
  /// - Throws: `CurrencyMoved`, if it was changed since the call was read.
  static func holdCurrency(in transaction: WriteTransaction) throws {
    guard let currency = try transaction.run(StoreStatements.shareCurrency, ()).first else { throw Fault.storeMissing }
    if currency.minorDigits != transaction.info.moneyScale { throw CurrencyMoved(moneyScale: currency.minorDigits) }
  }

  /// Accepts today's date as the mark that document dates are compared with. Owner only; locks the mark's row.
  package static func acknowledgeClock(in transaction: WriteTransaction) throws {
    _ = try transaction.run(StoreStatements.setMark, transaction.context.today)
    transaction.audit(.clock, .none)
    transaction.changes = [
      AuditChange(member: "clockMark", before: transaction.context.clockMark?.text, after: transaction.context.today.text)
    ]
  }

  private static func differences(from old: StoreSettings, to new: StoreSettings) -> [AuditChange] {
    func change(_ member: String, _ value: (StoreSettings) -> String) -> AuditChange? {
      .changed(member, value(old), value(new))
    }
    return [
      change("name") { $0.name }, change("address") { $0.address }, change("phone") { $0.phone },
      change("currency") { $0.currency.code }, change("timeZone") { $0.timeZone }, change("receiptFooter") { $0.receiptFooter },
      change("sessionMaxAgeHours") { String($0.sessionMaxAgeHours) },
      change("sessionIdleMinutes") { String($0.sessionIdleMinutes) },
    ].compactMap(\.self)
  }

  private static func differences(from old: StoreStatements.Whole, to new: StoreStatements.Whole) -> [AuditChange] {
    func change(_ member: String, _ value: (StoreStatements.Whole) -> String?) -> AuditChange? {
      .changed(member, value(old), value(new))
    }
    return [
      change("backupFolder", \.care.backupFolder), change("backupKeepDaily") { String($0.care.backupKeepDaily) },
      change("backupKeepMonthly") { String($0.care.backupKeepMonthly) },
      change("staffReturnLimit") { $0.care.staffReturnLimit.text(digits: $0.settings.currency.minorDigits) },
    ].compactMap(\.self)
  }
}
