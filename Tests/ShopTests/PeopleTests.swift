// Who may do what: the one owner, staff, sessions that end, and the login throttle.
import Glibc
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct PeopleTests {
  private static let auth = Result { Auth(bcrypt: try Bcrypt(cost: 10)) }

  private func newUser(_ username: String, id: Identifier? = nil, hash: String = "$2b$10$" + String(repeating: "a", count: 53))
    throws -> NewUser
  {
    NewUser(
      id: id, name: try Name(parsing: "New \(username)"), username: try Username(parsing: username),
      passwordHash: try #require(PasswordHash(stored: hash)))
  }

  private func login(_ till: Till, _ username: String, _ password: String) throws -> SignedIn {
    try till.session.login(Self.auth.get(), username: username, password: password, info: till.info("auth.login", by: nil))
  }

  @Test func thereIsOneOwner() throws {
    let till = try Till(.empty())
    #expect(try ShopStanding.read(from: till.database.prepared).ownerExists == false)
    let code = RecoveryCode()
    let owner = try till.done("setup.createOwner", by: nil) { try Users.createOwner(newUser("olga"), recoveryCode: code, in: $0) }
    #expect(owner.role == .owner && owner.isActive && owner.createdAt == till.now)
    #expect(try till.sql("select encode(recovery_hash, 'hex') from app_user") == [code.digest.hex])
    #expect(
      try refusal {
        _ = try till.done("setup.createOwner", by: nil) { try Users.createOwner(newUser("eve"), recoveryCode: code, in: $0) }
      }
        == "owner-already-exists")
    #expect(try ShopStanding.read(from: till.database.prepared).ownerExists)
    let caller = Caller(userID: owner.id, sessionID: identifier(1), role: .owner, credentialVersion: 1)
    #expect(try till.read(by: caller) { try Check.run(in: $0) { _, _ in } }.allSatisfy(\.isOK))
  }

  @Test func ofManyOwnersAtOnceOneIsMade() throws {
    let database = try ShopDatabase.empty()
    let threads = (0..<4).map { number in
      TestThread {
        let till = try Till(database)
        let new = try self.newUser("owner\(number)")
        return try refusal {
          _ = try till.done("setup.createOwner", by: nil) { try Users.createOwner(new, recoveryCode: RecoveryCode(), in: $0) }
        }
      }
    }
    let told = try threads.map { try $0.value() }.sorted()
    #expect(told == ["ok"] + Array(repeating: "owner-already-exists", count: 3))
  }

  @Test func usernamesAreUniqueWhateverTheirCase() throws {
    let till = try Till()
    func create(_ username: String, id: Identifier? = nil) throws -> String {
      try refusal { _ = try till.done("users.create") { try Users.create(newUser(username, id: id), in: $0) } }
    }
    #expect(try create("SAM") == "username-taken")
    #expect(try create("rené", id: identifier(5)) == "ok")
    #expect(try create("RENE\u{301}") == "username-taken")
    #expect(try create("rene", id: identifier(5)) == "id-taken")
    #expect(try create("rene") == "ok")
    let listed = try till.read { try Users.list(limit: 3, after: nil, in: $0) }
    let rest = try till.read { try Users.list(limit: 3, after: listed.next, in: $0) }
    #expect((listed.items + rest.items).map(\.username) == ["rene", "rené", "olga", "sam", "tess"], "by name")
    #expect(rest.next == nil)
    #expect(try till.violations() == [])
  }

  @Test func staffSeeNoCosts() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    try till.deliver(soap, 10, nil)
    let mine = try till.sell([(soap, 1)], by: .sam)
    let owners = try till.sell([(soap, 1)], by: .olga)
    #expect(mine.items[0].allocations[0].unitCost == nil && owners.items[0].allocations[0].unitCost?.text == "1.0000")
    for (person, sees) in [(Person.olga, true), (.sam, false)] {
      let caller = person.caller
      let lots = try till.read(by: caller) { try Inventory.get(soap, in: $0) }.lots
      #expect(lots?.allSatisfy { ($0.unitCost != nil) == sees } == true)
      let request = try till.call([(soap, 1)]).request
      let quote = try till.read(by: caller) { try Sales.quote(request, in: $0) }
      #expect(quote.items[0].allocations.allSatisfy { ($0.unitCost != nil) == sees })
      let listed = try till.read(by: caller) { try Inventory.list(everything, withLots: true, in: $0) }
      #expect(listed.items.flatMap { $0.lots ?? [] }.allSatisfy { ($0.unitCost != nil) == sees })
      let kept = try till.read(by: caller) { try Sales.get(.id(mine.id), in: $0) }
      #expect(kept.items[0].allocations.allSatisfy { ($0.unitCost != nil) == sees })
    }
  }

  private var everything: ProductFilter { ProductFilter(words: [], includeInactive: true, limit: 50, after: nil) }

  @Test func staffSeeTheirOwnSalesOnly() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    try till.deliver(soap, 10, nil)
    let sams = try till.sell([(soap, 1)], by: .sam)
    let tesss = try till.sell([(soap, 1)], by: .tess)
    func list(_ person: Person, of seller: Person? = nil) throws -> [Identifier] {
      let filter = SaleFilter(
        from: nil, to: nil, soldByUserID: seller?.caller.userID, productID: nil, receiptNo: nil, limit: 50, after: nil)
      return try till.read(by: person.caller) { try Sales.list(filter, in: $0) }.items.map(\.id)
    }
    #expect(try list(.olga) == [tesss.id, sams.id])
    #expect(try list(.olga, of: .sam) == [sams.id])
    #expect(try list(.sam) == [sams.id])
    #expect(try list(.sam, of: .tess) == [])
    for reference in [DocumentReference.id(tesss.id), .number(tesss.number)] {
      #expect(try refusal { _ = try till.read(by: Person.sam.caller) { try Sales.get(reference, in: $0) } } == "sale-not-found")
      #expect(try till.read(by: Person.olga.caller) { try Sales.get(reference, in: $0) }.id == tesss.id)
    }
  }

  @Test func aDisabledPersonIsStoppedInTheMiddle() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    try till.deliver(soap, 10, nil)
    try till.sell([(soap, 1)], by: .sam)
    try till.sql("update app_user set is_active = false where username = 'sam'")
    let outcomes = try till.session.sell([till.call([(soap, 1)], by: .sam), till.call([(soap, 1)], by: .tess)], at: till.name)
    #expect(outcomes[0].told([:]) == "invalid-token")
    #expect(try till.made(outcomes[1]).number.number == 2, "the others of the group are served")
    #expect(try refusal { _ = try till.read(by: Person.sam.caller) { try Users.me(in: $0) } } == "invalid-token")
    #expect(try refusal { _ = try till.done("x", by: Person.sam.caller) { _ in 1 } } == "invalid-token")
    #expect(try refusal { _ = try login(till, "sam", Person.sam.password) } == "invalid-credentials")
    #expect(try login(till, "tess", Person.tess.password).user.username == "tess")
  }

  @Test func aPasswordChangeEndsEverySession() throws {
    let till = try Till()
    let auth = try Self.auth.get()
    let sam = Person.sam.caller
    let new = try Password(parsing: "a-new-wagtail")
    #expect(
      try refusal { _ = try till.session.prepareChange(auth, current: "wrong", new: new, info: till.info("x", by: sam)) }
        == "invalid-credentials")
    let hash = try till.session.prepareChange(auth, current: Person.sam.password, new: new, info: till.info("x", by: sam))
    _ = try till.done("auth.changePassword", by: sam) { try Auth.changePassword(to: hash, in: $0) }
    #expect(try refusal { _ = try till.read(by: sam) { try Users.me(in: $0) } } == "invalid-token")
    #expect(
      try refusal { _ = try till.done("auth.changePassword", by: sam) { try Auth.changePassword(to: hash, in: $0) } }
        == "invalid-token")
    #expect(try refusal { _ = try login(till, "sam", Person.sam.password) } == "invalid-credentials")
    let again = try login(till, "sam", "a-new-wagtail")
    #expect(again.credentialVersion == 2 && again.user.id == sam.userID)
    #expect(try till.violations() == [])
  }

  @Test(arguments: ["sam", "nobody", "x!"]) func fiveFailuresCloseAName(_ username: String) throws {
    let till = try Till()
    func attempt(_ password: String = "wrong-password") throws -> Fault? { try fault { _ = try login(till, username, password) } }
    for _ in 0..<5 {
      #expect(try attempt() == .invalidCredentials)
      till.pass(seconds: 1)
    }
    #expect(try attempt() == .tooManyAttempts(retryAfterSeconds: 29))
    #expect(try attempt(Person.sam.password) == .tooManyAttempts(retryAfterSeconds: 29), "the right password waits too")
    #expect(try login(till, "tess", Person.tess.password).user.username == "tess", "other names are open")
    till.pass(seconds: 28)
    #expect(try attempt() == .tooManyAttempts(retryAfterSeconds: 1))
    till.pass(seconds: 1)
    #expect(try attempt() == .invalidCredentials)
    #expect(try attempt() == .tooManyAttempts(retryAfterSeconds: 60), "each time twice as long")
    till.pass(seconds: 60)
    #expect(try attempt() == .invalidCredentials)
    #expect(try attempt() == .tooManyAttempts(retryAfterSeconds: 120))
    till.pass(seconds: 120 + 15 * 60 + 1)
    for _ in 0..<4 { #expect(try attempt() == .invalidCredentials) }
    if username == "sam" {
      #expect(try login(till, "SAM", Person.sam.password).user.username == "sam")
      #expect(
        try till.sql("select count(*) from login_throttle where username_key = 'sam'") == ["0"], "a success forgets failures")
    }
    #expect(try attempt() == .invalidCredentials)
    #expect(try till.violations() == [])
  }

  @Test func failuresFarApartCloseNothing() throws {
    let till = try Till()
    for _ in 0..<8 {
      #expect(try fault { _ = try login(till, "sam", "wrong-password") } == .invalidCredentials)
      till.pass(seconds: 6 * 60)
    }
  }

  /// In time of this thread, on which the hashing is done, so that a busy machine tells nothing.
  @Test func anUnknownNameTakesAsLong() throws {
    let till = try Till()
    func time(_ username: String) throws -> Int {
      let start = threadMicroseconds()
      _ = try fault { _ = try login(till, username, "wrong-password") }
      return threadMicroseconds() - start
    }
    let known = try (0..<3).map { _ in try time("sam") }.min() ?? 0
    let unknown = try (0..<3).map { _ in try time("nobody") }.min() ?? 0
    #expect(known > 10_000 && unknown > known * 2 / 3 && unknown < known * 3 / 2, "\(known) and \(unknown) µs")
  }

  private func threadMicroseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
  }
}
