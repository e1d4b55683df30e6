// The owner's care of the shop: its settings, and who is let in.
import JSONRPC
import TestSupport
import Testing

@testable import Shelflife
@testable import ShelflifeAPI

@Suite struct StoreTests {
  @Test func settingsAreKeptAndToldToEverybody() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let changed = try wire.call("store.update", #"{"name":"  Apotheke am Markt ","receiptFooter":"Danke!","phone":"0176"}"#)
    #expect(changed["result.name"] == "Apotheke am Markt")
    #expect(changed["result.currency"] == "USD")
    let staff = try wire.token(.sam)
    let read = try wire.call("store.get", #"{"token":"\#(staff)"}"#)
    #expect(read["result.receiptFooter"] == "Danke!" && read["result.phone"] == "0176")
    #expect(try wire.call("system.status")["result.store.name"] == "Apotheke am Markt")
    #expect(try wire.call("store.update", #"{"token":"\#(staff)","name":"x"}"#).outcome == "forbidden")
    #expect(try wire.call("system.check")["result.ok"] == "true")
  }

  /// Amounts have the currency's decimals from the very next call on, and the currency stays once there is an amount.
  @Test func theCurrencyDecidesTheDecimals() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    #expect(try wire.call("store.update", #"{"currency":"XYZ"}"#).issues.contains("currency"))
    #expect(try wire.call("store.update", #"{"currency":"JPY"}"#)["result.currency"] == "JPY")
    #expect(try wire.call("products.create", #"{"name":"Tea","sellingPrice":"4.50"}"#).issues.contains("sellingPrice"))
    #expect(try wire.call("products.create", #"{"name":"Tea","sellingPrice":450}"#)["result.sellingPrice"] == "450")
    #expect(try wire.call("store.update", #"{"currency":"USD"}"#).outcome == "currency-in-use")
    #expect(try wire.call("store.update", #"{"currency":"JPY","name":"Same"}"#).outcome == "ok", "no change is no change")
  }

  /// The owner at a process that takes the currency for US dollars, which another has just made Kuwaiti dinars.
  private func wireBehindTheCurrency() throws -> Wire {
    let database = try ShopDatabase.staffed()
    let wire = try Wire(database)
    let other = try Wire(database)
    _ = try wire.token(.olga, bind: true)
    _ = try other.token(.olga, bind: true)
    #expect(try other.call("store.update", #"{"currency":"KWD"}"#).outcome == "ok")
    return wire
  }

  /// Another process changes the currency: this one reads its next call anew instead of booking the wrong amount.
  @Test func aCurrencyChangedElsewhereIsFollowed() throws {
    let wire = try wireBehindTheCurrency()
    #expect(try wire.call("products.create", #"{"name":"Tea","sellingPrice":"4.505"}"#)["result.sellingPrice"] == "4.505")
  }

  /// A sale that was refused for its old decimals is read anew as well.
  @Test func aSaleFollowsACurrencyChangedElsewhere() throws {
    let wire = try wireBehindTheCurrency()
    let line = #"{"productId":"\#(Wire.id(1))","qty":1,"expectedUnitPrice":"4.505"}"#
    #expect(try wire.call("sales.create", #"{"items":[\#(line)]}"#).outcome == "product-not-found")
  }

  @Test(arguments: [
    ("Pacific/Apia", "2026-03-10T11:00:00Z", "2026-03-11"), ("America/Los_Angeles", "2026-03-10T06:50:00Z", "2026-03-09"),
    ("America/Los_Angeles", "2026-03-10T07:00:00Z", "2026-03-10"), ("UTC", "2026-03-10T23:50:00Z", "2026-03-10"),
  ])
  func theBusinessDayFollowsTheZone(zone: String, time: String, day: String) throws {
    let wire = try Wire(at: time)
    _ = try wire.token(.olga, bind: true)
    #expect(try wire.call("store.update", #"{"timeZone":"\#(zone)"}"#)["result.timeZone"] == zone)
    let tea = try wire.stock("Tea", 1, id: 1)
    let sale = try wire.call("sales.create", #"{"items":[{"productId":"\#(tea)","qty":1}]}"#)
    #expect(sale["result.businessDate"] == day)
  }

  @Test(arguments: ["Mars/Base", "EST5EDT; drop table store", "+03", "europe", "localtime", "posix/UTC", "Factory"])
  func onlyZonesThatExist(zone: String) throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    #expect(try wire.call("store.update", #"{"timeZone":"\#(zone)"}"#).issues.contains("timeZone"))
  }
}

@Suite struct CareTests {
  @Test func disablingEndsSessionsEverywhere() throws {
    let database = try ShopDatabase.staffed()
    let (wire, other) = (try Wire(database), try Wire(database))
    _ = try wire.token(.olga, bind: true)
    let here = try wire.token(.sam)
    let there = try other.token(.sam)
    let sam = try wire.call("auth.me", #"{"token":"\#(here)"}"#)["result.id"] ?? ""
    #expect(try wire.call("users.setActive", #"{"id":"\#(sam)","isActive":false}"#)["result.isActive"] == "false")
    #expect(try wire.call("auth.me", #"{"token":"\#(here)"}"#).outcome == "invalid-token")
    #expect(try other.call("auth.me", #"{"token":"\#(there)"}"#).outcome == "invalid-token")
    let login = #"{"username":"\#(Person.sam.username)","password":"\#(Person.sam.password)"}"#
    #expect(try other.call("auth.login", login).outcome == "invalid-credentials")
    #expect(try wire.call("users.setActive", #"{"id":"\#(sam)","isActive":true}"#).outcome == "ok")
    #expect(try other.call("auth.me", #"{"token":"\#(there)"}"#).outcome == "invalid-token", "an ended session stays ended")
    #expect(try other.call("auth.login", login).outcome == "ok")
    #expect(try wire.call("system.check")["result.ok"] == "true")
  }

  @Test func theOwnerIsNeverDisabledOrReset() throws {
    let wire = try Wire()
    let token = try wire.token(.olga, bind: true)
    let owner = try wire.call("auth.me", #"{"token":"\#(token)"}"#)["result.id"] ?? ""
    #expect(try wire.call("users.setActive", #"{"id":"\#(owner)","isActive":false}"#).outcome == "cannot-disable-owner")
    #expect(try wire.call("users.resetPassword", #"{"id":"\#(owner)","password":"a new wagtail"}"#).outcome == "forbidden")
    let nobody = "00000000-0000-4000-8000-000000000000"
    #expect(try wire.call("users.setActive", #"{"id":"\#(nobody)","isActive":false}"#).outcome == "user-not-found")
    #expect(try wire.call("users.update", #"{"id":"\#(nobody)","name":"X"}"#).outcome == "user-not-found")
  }

  @Test func aResetPasswordIsTheOnlyOneThatWorks() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let old = try wire.token(.sam)
    let sam = try wire.call("auth.me", #"{"token":"\#(old)"}"#)["result.id"] ?? ""
    #expect(try wire.call("users.resetPassword", #"{"id":"\#(sam)","password":"a new wagtail"}"#).outcome == "ok")
    #expect(try wire.call("auth.me", #"{"token":"\#(old)"}"#).outcome == "invalid-token")
    func login(_ password: String) throws -> String {
      try wire.call("auth.login", #"{"username":"sam","password":"\#(password)"}"#).outcome
    }
    #expect(try login(Person.sam.password) == "invalid-credentials")
    #expect(try login("a new wagtail") == "ok")
  }

  @Test func aNameTypedWrongIsCorrected() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let token = try wire.token(.sam)
    let sam = try wire.call("auth.me", #"{"token":"\#(token)"}"#)["result.id"] ?? ""
    #expect(try wire.call("users.update", #"{"id":"\#(sam)","username":"OLGA"}"#).outcome == "username-taken")
    let renamed = try wire.call("users.update", #"{"id":"\#(sam)","name":"Samuel","username":"samuel"}"#)
    #expect(renamed["result.name"] == "Samuel" && renamed["result.username"] == "samuel")
    #expect(try wire.call("auth.me", #"{"token":"\#(token)"}"#)["result.name"] == "Samuel", "the session goes on")
    #expect(try wire.call("system.check")["result.ok"] == "true")
  }

  /// The code works once, gives a new one, and says of a wrong name no more than of a wrong code.
  @Test func theRecoveryCodeWorksOnce() throws {
    let wire = try Wire(.empty())
    let owner = #"{"name":"Olga","username":"olga","password":"an old wagtail"}"#
    let code = try wire.call("setup.createOwner", owner)["result.recoveryCode"] ?? ""
    func reset(_ username: String, _ code: String, key: String = "") throws -> JSON {
      try wire.call(
        "auth.resetOwnerPassword", #"{"username":"\#(username)","recoveryCode":"\#(code)","newPassword":"a new wagtail"\#(key)}"#)
    }
    #expect(try reset("olga", "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA").outcome == "invalid-recovery-code")
    #expect(try reset("nobody", code).outcome == "invalid-recovery-code")
    let next = try reset("OLGA", code.lowercased(), key: #","idempotencyKey":"reset-1""#)["result.recoveryCode"] ?? ""
    #expect(!next.isEmpty && next != code)
    #expect(try reset("olga", code).outcome == "invalid-recovery-code", "the old one is spent")
    #expect(try wire.call("auth.login", #"{"username":"olga","password":"an old wagtail"}"#).outcome == "invalid-credentials")
    #expect(try wire.call("auth.login", #"{"username":"olga","password":"a new wagtail","bind":true}"#).outcome == "ok")
    let repeated = try reset("OLGA", code.lowercased(), key: #","idempotencyKey":"reset-1""#)
    #expect(repeated.outcome == "ok" && repeated["result.recoveryCode"] == "null", "a stored result holds no code")
    #expect(try reset("olga", next).outcome == "ok")
    #expect(try wire.call("system.check", #"{"token":"x"}"#).outcome == "invalid-token")
  }
}
