// What every transaction reads first: the store, the business date of the call's clock reading, and the caller's standing.

/// The store and one call's place in it, as the call's own transaction saw them.
package struct CallContext: Sendable {
  package let store: StoreSettings
  /// The business date: the call's clock reading in the store's time zone.
  package let today: Day
  /// The newest business date on any committed document, or the one acknowledged; nil in a new shop.
  let clockMark: Day?
  let userIsActive: Bool?
  let credentialVersion: Int?
  package let userName: String?
  let incarnation: Identifier

  /// Refuses a caller whose account was disabled or whose password changed since the session began, in whatever process.
  ///
  /// - Throws: `Fault.invalidToken`, or `Fault.shopReplaced` where another database has come in place of the caller's.
  func authorise(_ caller: Caller?) throws(Fault) {
    guard let caller else { return }
    if let remembered = caller.incarnation, remembered != incarnation { throw .shopReplaced }
    guard userIsActive == true, credentialVersion == caller.credentialVersion else { throw .invalidToken }
  }

  /// Refuses a call whose amounts were read in another currency than the store's present one: it is to be read anew.
  ///
  /// - Throws: `CurrencyMoved`.
  func check(_ info: CallInfo) throws {
    if info.moneyScale != store.currency.minorDigits { throw CurrencyMoved(moneyScale: store.currency.minorDigits) }
  }

  /// Refuses to give out a document number on a date that cannot be right.
  ///
  /// - Throws: `Fault.clockMovedBackwards`, `Fault.clockJumpedAhead`.
  func checkClock() throws(Fault) {
    guard let clockMark else { return }
    if today < clockMark { throw .clockMovedBackwards(today: today, newest: clockMark) }
    if clockMark.days(until: today) > ShopLimits.clockLeapDays { throw .clockJumpedAhead(today: today, newest: clockMark) }
  }
}

/// Another process changed the currency between the reading of a call and its transaction.
struct CurrencyMoved: Error {
  let moneyScale: Int
}
