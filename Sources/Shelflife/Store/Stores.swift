// The shop's settings, and the date that the owner vouches for.

package enum Stores {
  /// The settings. Any signed-in user.
  package static func get(in read: ReadTransaction) -> StoreSettings { read.context.store }

  /// Changes the members that are given. Owner only; locks the store's row against every other change.
  ///
  /// A business date that is written down stays as it is when the zone changes.
  /// - Throws: `validation` for a zone that the database does not know, `currencyInUse` once there is any price or cost.
  package static func update(_ change: StoreChange, in transaction: WriteTransaction) throws -> StoreSettings {
    guard let old = try transaction.run(StoreStatements.lock, ()).first else {
      throw Fault.databaseUnavailable(reason: "the store row is missing")
    }
    let new = change.applied(to: old)
    if new.timeZone != old.timeZone, try transaction.run(StoreStatements.knowsZone, new.timeZone).first != true {
      throw Fault.validation([
        ValidationIssue(path: "timeZone", code: "unknown-time-zone", message: "Not the name of an IANA time zone.")
      ])
    }
    if new.currency != old.currency, try transaction.run(StoreStatements.hasAmounts, ()).first == true {
      throw Fault.currencyInUse
    }
    _ = try transaction.run(StoreStatements.update, new)
    transaction.audit(.store, .none)
    transaction.changes = differences(from: old, to: new)
    return new
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
      value(old) == value(new) ? nil : AuditChange(member: member, before: value(old), after: value(new))
    }
    return [
      change("name") { $0.name }, change("address") { $0.address }, change("phone") { $0.phone },
      change("currency") { $0.currency.code }, change("timeZone") { $0.timeZone }, change("receiptFooter") { $0.receiptFooter },
      change("sessionMaxAgeHours") { String($0.sessionMaxAgeHours) },
      change("sessionIdleMinutes") { String($0.sessionIdleMinutes) },
    ].compactMap(\.self)
  }
}
