// The settings that few calls need, and lots that are empty.
import TestSupport
import Testing

@testable import Shelflife

@Suite struct SettingsTests {
  private func change(
    currency: String? = nil, folder: Setting<String> = .kept, daily: Int? = nil, monthly: Int? = nil, limit: Int64? = nil
  ) throws -> StoreChange {
    StoreChange(
      name: nil, address: nil, phone: nil, currency: try currency.map { try Currency(parsing: $0) }, timeZone: nil,
      receiptFooter: nil, sessionMaxAgeHours: nil, sessionIdleMinutes: nil, backupFolder: folder, backupKeepDaily: daily,
      backupKeepMonthly: monthly, staffReturnLimit: limit.map(Money.init(minor:)))
  }

  @Test func eachIsKeptUntilItIsChanged() throws {
    let till = try Till()
    func update(_ change: StoreChange) throws -> StoreCare {
      let changed = try till.done("store.update") { try Stores.update(change, in: $0) }
      let (owner, staff) = (
        try till.read { try Stores.get(in: $0) }, try till.read(by: Person.sam.caller) { try Stores.get(in: $0) }
      )
      #expect(changed.care == owner.care && owner.showsBackups && changed.showsBackups && !staff.showsBackups)
      return owner.care
    }
    let first = try update(change(folder: .set("/backups"), daily: 5, limit: 2_050))
    #expect(
      first
        == StoreCare(backupFolder: "/backups", backupKeepDaily: 5, backupKeepMonthly: 12, staffReturnLimit: Money(minor: 2_050)))
    #expect(try update(change(monthly: 0)).backupFolder == "/backups")
    #expect(try update(change(folder: .cleared)).backupFolder == nil)
    #expect(
      try refusal { _ = try update(change(currency: "JPY", limit: 5)) } == "validation-error",
      "read in another currency's decimals")
    #expect(try update(change(currency: "EUR")).staffReturnLimit.minor == 0, "an amount of another currency says nothing")
    #expect(
      try till.sql(
        "select coalesce(before, '-') || coalesce(after, '-') from audit_entry where record_kind = 'store' order by link") == [
          #"{"backupFolder": null, "backupKeepDaily": "30", "staffReturnLimit": "0.00"}{"backupFolder": "/backups", "backupKeepDaily": "5", "staffReturnLimit": "20.50"}"#,
          #"{"backupKeepMonthly": "12"}{"backupKeepMonthly": "0"}"#, #"{"backupFolder": "/backups"}-"#,
          #"{"currency": "USD", "staffReturnLimit": "20.50"}{"currency": "EUR", "staffReturnLimit": "0.00"}"#,
        ])
    #expect(try till.violations() == [])
  }

  @Test func emptyLotsAreShownWhenAskedFor() throws {
    let till = try Till()
    let soap = try till.product("Soap").id
    try till.deliver(soap, 2, "2026-04-01")
    try till.deliver(soap, 3, "2026-03-20")
    try till.sell([(soap, 3)])
    let everything = ProductFilter(words: [], includeInactive: false, limit: 50, after: nil)
    for person in [Person.olga, .sam] {
      let (open, all) = try till.read(by: person.caller) {
        (try Inventory.get(soap, in: $0), try Inventory.get(soap, includeEmpty: true, in: $0))
      }
      #expect(open.lots?.map(\.qtyRemaining) == [2] && all.lots?.map(\.qtyRemaining) == [0, 2], "in the order of selling")
      #expect(all.totalQty == open.totalQty && all.nearestExpiry == open.nearestExpiry)
      #expect(all.lots?.allSatisfy { ($0.unitCost != nil) == (person.caller.role == .owner) } == true)
      let listed = try till.read(by: person.caller) {
        (
          try Inventory.list(everything, withLots: true, in: $0),
          try Inventory.list(everything, withLots: true, includeEmpty: true, in: $0)
        )
      }
      #expect(listed.0.items[0].lots == open.lots && listed.1.items[0].lots == all.lots)
    }
  }

  @Test func salesOfALotAreFound() throws {
    let till = try Till()
    let (soap, tea) = (try till.product("Soap").id, try till.product("Tea", tracksExpiry: false).id)
    let first = try till.deliver(soap, 2, "2026-03-20").items[0].lotID
    let second = try till.deliver(soap, 5, "2026-04-01").items[0].lotID
    try till.deliver(tea, 9, nil)
    let sales = [
      try till.sell([(soap, 1)], by: .sam), try till.sell([(soap, 2), (tea, 1)], by: .tess), try till.sell([(soap, 1)], by: .sam),
    ]
    func found(_ lot: Identifier?, of product: Identifier? = nil, by person: Person = .olga) throws -> [Identifier] {
      let filter = SaleFilter(
        from: nil, to: nil, soldByUserID: nil, productID: product, lotID: lot, receiptNo: nil, limit: 50, after: nil)
      return try till.read(by: person.caller) { try Sales.list(filter, in: $0) }.items.map(\.id)
    }
    #expect(try found(first) == [sales[1].id, sales[0].id] && found(second) == [sales[2].id, sales[1].id])
    #expect(try found(first, of: tea) == [sales[1].id] && found(identifier(9)) == [])
    #expect(try found(first, by: .sam) == [sales[0].id] && found(nil, of: soap, by: .tess) == [sales[1].id])
    #expect(try found(nil, of: identifier(9)) == [])
  }
}
