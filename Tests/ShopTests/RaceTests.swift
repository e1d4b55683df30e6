// Two at once who each rely on what the other changes: one of them waits, and is judged by what the first has left.
//
// first, open                    | then                          | the second
// -------------------------------|-------------------------------|-----------------------------------------------
// setup.createOwner              | setup.createOwner             | waits; owner-already-exists, or is the owner
// users.create                   | users.create, same name       | waits; username-taken
// auth.changePassword            | the same, other password      | waits; invalid-token
// auth.changePassword            | auth.resetOwnerPassword       | waits; sets its password all the same
// auth.resetOwnerPassword        | the same code once more       | waits; invalid-recovery-code
// products.create                | store.update, other currency  | waits; currency-in-use
// store.update, other currency   | products.create               | waits; its price is read anew
// sales.return, to the shelf     | recalls.start                 | waits; what came back is recalled with its lot
// recalls.start                  | sales.return, to the shelf    | waits; what comes back is kept apart
// sales.return of the last unit  | the same once more            | waits; return-exceeds-sale
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct RaceTests {
  private static let auth = Result { Auth(bcrypt: try Bcrypt(cost: 10)) }

  private static func newUser(_ username: String) throws -> NewUser {
    NewUser(
      id: nil, name: try Name(parsing: username), username: try Username(parsing: username),
      passwordHash: try Bcrypt(cost: 10).hash(Password(parsing: "kingfisher!")))
  }

  @Test(arguments: [false, true]) func oneOfTwoIsTheOwner(rollsBack: Bool) throws {
    let till = try Till(.empty())
    let (ada, eve) = (try Self.newUser("ada"), try Self.newUser("eve"))
    let (waited, told) = try till.meeting("setup.createOwner", rollsBack: rollsBack, by: nil) { transaction in
      _ = try Users.createOwner(ada, recoveryCode: RecoveryCode(), in: transaction)
    } _: { other in
      try refusal {
        _ = try other.done("setup.createOwner", by: nil) { try Users.createOwner(eve, recoveryCode: RecoveryCode(), in: $0) }
      }
    }
    #expect(waited && told == (rollsBack ? "ok" : "owner-already-exists"))
    #expect(try till.sql("select username from app_user") == [rollsBack ? "eve" : "ada"])
  }

  @Test func aUsernameIsGivenOnce() throws {
    let till = try Till()
    let (lower, upper) = (try Self.newUser("new"), try Self.newUser("NEW"))
    let (waited, told) = try till.meeting("users.create") { transaction in
      _ = try Users.create(lower, in: transaction)
    } _: { other in
      try refusal { _ = try other.done("users.create") { try Users.create(upper, in: $0) } }
    }
    #expect(waited && told == "username-taken")
    #expect(try till.violations() == [])
  }

  private func hash(_ password: String) throws -> PasswordHash {
    try Bcrypt(cost: 10).hash(Password(parsing: password))
  }

  private func login(_ till: Till, _ username: String, _ password: String) throws -> String {
    try refusal {
      _ = try till.session.login(
        Self.auth.get(), username: username, password: password, info: till.info("auth.login", by: nil))
    }
  }

  @Test func ofTwoNewPasswordsTheFirstHolds() throws {
    let till = try Till()
    let (first, second) = (try hash("first-wagtail"), try hash("second-wagtail"))
    let sam = Person.sam.caller
    let (waited, told) = try till.meeting("auth.changePassword", by: sam) { transaction in
      try Auth.changePassword(to: first, in: transaction)
    } _: { other in
      try refusal { try other.done("auth.changePassword", by: sam) { try Auth.changePassword(to: second, in: $0) } }
    }
    #expect(waited && told == "invalid-token")
    #expect(try login(till, "sam", "first-wagtail") == "ok" && login(till, "sam", "second-wagtail") == "invalid-credentials")
    #expect(try till.violations() == [])
  }

  /// Whoever shows the recovery code gets the password that was asked for, also if the old one is being changed at that moment.
  @Test func aResetBesideAChangeSetsItsPassword() throws {
    let (till, code) = try ownedShop()
    let owner = try till.owner()
    let (changed, reset) = (try hash("changed-password"), try hash("reset-password"))
    let (waited, told) = try till.meeting("auth.changePassword", by: owner) { transaction in
      try Auth.changePassword(to: changed, in: transaction)
    } _: { other in
      try refusal { try other.reset("ada", code, to: reset) }
    }
    #expect(waited && told == "ok")
    #expect(try login(till, "ada", "reset-password") == "ok")
    #expect(try login(till, "ada", "changed-password") == "invalid-credentials")
    #expect(try till.sql("select credential_version from app_user") == ["3"])
  }

  @Test func aRecoveryCodeIsSpentOnce() throws {
    let (till, code) = try ownedShop()
    let (first, second) = (try hash("first-password"), try hash("second-password"))
    let (waited, told) = try till.meeting("auth.resetOwnerPassword", by: nil) { transaction in
      _ = try Auth.resetOwnerPassword("ada", code: code, to: first, new: RecoveryCode(), in: transaction)
    } _: { other in
      try refusal { try other.reset("ada", code, to: second) }
    }
    #expect(waited && told == "invalid-recovery-code")
    #expect(try login(till, "ada", "first-password") == "ok")
  }

  private func ownedShop() throws -> (Till, RecoveryCode) {
    let till = try Till(.empty())
    let code = RecoveryCode()
    let ada = try Self.newUser("ada")
    _ = try till.done("setup.createOwner", by: nil) { try Users.createOwner(ada, recoveryCode: code, in: $0) }
    return (till, code)
  }

  private static func soap() throws -> NewProduct {
    NewProduct(
      id: nil, name: try Name(parsing: "Soap"), sellingPrice: Money(minor: 250), reorderLevel: 0, isActive: true,
      tracksExpiry: false)
  }

  private static func toYen() throws -> StoreChange {
    StoreChange(
      name: nil, address: nil, phone: nil, currency: try Currency(parsing: "JPY"), timeZone: nil, receiptFooter: nil,
      sessionMaxAgeHours: nil, sessionIdleMinutes: nil, backupFolder: .kept, backupKeepDaily: nil, backupKeepMonthly: nil,
      staffReturnLimit: nil)
  }

  @Test(arguments: [false, true]) func theFirstPriceHoldsTheCurrency(rollsBack: Bool) throws {
    let till = try Till()
    let (soap, toYen) = (try Self.soap(), try Self.toYen())
    let (waited, told) = try till.meeting("products.create", rollsBack: rollsBack) { transaction in
      _ = try Products.create(soap, in: transaction)
    } _: { other in
      try refusal { _ = try other.done("store.update") { try Stores.update(toYen, in: $0) } }
    }
    #expect(waited && told == (rollsBack ? "ok" : "currency-in-use"))
    #expect(try till.sql("select currency from store") == [rollsBack ? "JPY" : "USD"])
  }

  @Test(arguments: [false, true]) func aPriceIsOfTheCurrencyThatHolds(rollsBack: Bool) throws {
    let till = try Till()
    let (soap, toYen) = (try Self.soap(), try Self.toYen())
    let (waited, told) = try till.meeting("store.update", rollsBack: rollsBack) { transaction in
      _ = try Stores.update(toYen, in: transaction)
    } _: { other -> String in
      do {
        return try refusal { _ = try other.done("products.create") { try Products.create(soap, in: $0) } }
      } catch let moved as CurrencyMoved { return "read anew with \(moved.moneyScale) decimals" }
    }
    #expect(waited && told == (rollsBack ? "ok" : "read anew with 0 decimals"))
    #expect(try till.sql("select count(*) from product") == [rollsBack ? "1" : "0"])
  }

  /// A sale of two of lot 1 of batch A, of which one comes back.
  private func soldShop() throws -> (Till, lot: Identifier, NewReturn) {
    let till = try Till()
    let soap = try till.product("Soap").id
    let lot = try till.lot(soap, 10, "2026-06-01", batch: "A")
    let sale = try till.sell([(soap, 2)])
    let one = NewReturn(
      id: nil, sale: .id(sale.id), items: [.init(line: 1, qty: try Quantity(1), disposition: .restock)], disposition: nil,
      reason: nil, note: nil)
    return (till, lot, one)
  }

  private static let recall = NewRecall(id: nil, batchNo: "A", productID: nil, reason: "Glass")

  @Test func whatCameBackFirstIsRecalledWithItsLot() throws {
    let (till, lot, one) = try soldShop()
    let (waited, onHand) = try till.meeting("sales.return") { transaction in
      _ = try Returns.create(one, in: transaction)
    } _: { other in
      try other.done("recalls.start") { try Recalls.start(Self.recall, in: $0) }.figures.onHand
    }
    #expect(waited && onHand == 9)
    #expect(try till.told(lot) == "9 of 10, 2026-06-01, 1.0000, A, recalled")
    #expect(try till.violations() == [])
  }

  @Test func whatComesBackBehindARecallIsKeptApart() throws {
    let (till, lot, one) = try soldShop()
    let (waited, target) = try till.meeting("recalls.start") { transaction in
      _ = try Recalls.start(Self.recall, in: transaction)
    } _: { other in
      try other.done("sales.return") { try Returns.create(one, in: $0) }.lines[0].lotID
    }
    #expect(waited && target != lot)
    #expect(try till.told(lot) == "8 of 10, 2026-06-01, 1.0000, A, recalled")
    #expect(try till.shown(target).qtyRemaining == 1 && till.shown(target).status != .ok)
    #expect(try till.violations() == [])
  }

  @Test func aUnitComesBackOnce() throws {
    let (till, lot, one) = try soldShop()
    _ = try till.done("sales.return") { try Returns.create(one, in: $0) }
    let (waited, told) = try till.meeting("sales.return") { transaction in
      _ = try Returns.create(one, in: transaction)
    } _: { other in
      try refusal { _ = try other.done("sales.return") { try Returns.create(one, in: $0) } }
    }
    #expect(waited && told == "return-exceeds-sale")
    #expect(try till.shown(lot).qtyRemaining == 10)
    #expect(try till.violations() == [])
  }
}

extension Till {
  /// The owner's session of now.
  fileprivate func owner() throws -> Caller {
    guard let text = try sql("select id from app_user where role = 'OWNER'").first else { throw Unexpected("no owner") }
    return Caller(userID: try Identifier(parsing: text), sessionID: identifier(1), role: .owner, credentialVersion: 1)
  }

  fileprivate func reset(_ username: String, _ code: RecoveryCode, to hash: PasswordHash) throws {
    _ = try done("auth.resetOwnerPassword", by: nil) {
      try Auth.resetOwnerPassword(username, code: code, to: hash, new: RecoveryCode(), in: $0)
    }
  }
}
