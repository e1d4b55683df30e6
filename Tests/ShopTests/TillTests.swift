// Tills by name: on each sale, in reports, in the list of those that are connected; and programs that may no longer write.
import Glibc
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct TillTests {
  private static func present(_ name: String, _ number: UInt64) throws -> PresentTill {
    PresentTill(
      sessionID: Identifier(high: 0x0190_0000_0000_7ffe, low: 1 << 63 | number), name: name, program: "1.2.3",
      since: try Instant(parsing: "2026-03-10T08:00:00Z"), address: nil)
  }

  private static func names(_ till: Till, as own: PresentTill, limit: Int = 50) throws -> [String] {
    var names: [String] = []
    var after: NameKey?
    repeat {
      let page = try till.read { try Tills.list(own: own, limit: limit, after: after, in: $0) }
      names += page.items.map { "\($0.name) \($0.program)" }
      after = page.next
    } while after != nil
    return names
  }

  @Test func aSaleIsOfTheTillThatMadeIt() throws {
    let front = try Till()
    front.name = try TillName(parsing: "Front")
    let soap = try front.product("Soap", tracksExpiry: false).id
    try front.deliver(soap, 20, nil)
    let back = try Till(front.database, name: "Back")
    var sold: [Sale] = []
    for till in [front, back, front, front, front] { sold.append(try till.sell([(soap, 1)], key: key("\(sold.count)"))) }
    #expect(sold.map(\.till) == ["Front", "Back", "Front", "Front", "Front"], "planned in two trips, and from memory")
    #expect(front.session.memory.hits > 0)
    for sale in sold {
      let found = try back.read { try Sales.get(.id(sale.id), in: $0) }
      #expect(found.till == sale.till)
    }
    #expect(try back.session.replayedSale(sold[0].id, for: Person.sam.caller).till == "Front", "whoever asks again")
    #expect(try front.violations() == [])
  }

  @Test func thoseWhoAreConnectedAreListed() throws {
    let till = try Till()
    let (own, front, back) = (try Self.present("Counter", 1), try Self.present("Front", 2), try Self.present("back", 3))
    #expect(try Self.names(till, as: own) == ["Counter 1.2.3"], "itself, which has not said so")
    let others = try (0..<2).map { _ in try Till(till.database) }
    #expect(try others[0].session.announce(front, number: 7))
    #expect(try !others[1].session.announce(back, number: 7), "a number is one till's")
    #expect(try others[1].session.announce(back, number: 8))
    #expect(try till.session.announce(own, number: 9))
    #expect(try Self.names(till, as: own) == ["back 1.2.3", "Counter 1.2.3", "Front 1.2.3"])
    #expect(try Self.names(till, as: own, limit: 1) == ["back 1.2.3", "Counter 1.2.3", "Front 1.2.3"], "page by page")
    // Whatever ends a connection ends the till's place in the list.
    others[0].session.close()
    #expect(try eventually { try Self.names(till, as: own) == ["back 1.2.3", "Counter 1.2.3"] })
    #expect(try till.sql("select count(*) from till_presence") == ["3"])
    let next = try Till(till.database)
    #expect(try next.session.announce(front, number: 7), "the number is free again")
    #expect(try till.sql("select number from till_presence order by number") == ["7", "8", "9"])
  }

  /// The next step of the schema may raise the least that a writing program must know: one that is still running is refused from then
  /// on, by the database, whichever way it writes, and goes to look at the schema.
  @Test func aProgramThatTheSchemaHasLeftBehindWritesNothing() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    try till.deliver(soap, 20, nil)
    for _ in 0..<4 { try till.sell([(soap, 1)]) }
    #expect(till.session.memory.hits > 0, "the next sale would be one statement")
    try till.sql(
      """
      alter table audit_head drop constraint audit_head_step_check;
      update audit_head set step = \(Provision.schemaVersion + 1);
      alter table audit_head add constraint audit_head_step_check check (step > \(Provision.schemaVersion))
      """)
    let before = try till.sql("select count(*), sum(receipts) from audit_link, day_counter")
    for attempt in [
      { _ = try till.sell([(soap, 1)]) }, { _ = try till.change(soap, price: 300) }, { _ = try till.deliver(soap, 1, nil) },
    ] as [() throws -> Void] {
      do {
        try attempt()
        Issue.record("written by a program that must not")
      } catch {
        guard case .connectionLost(mayHaveCommitted: false, _) = ShopFailure(error) else {
          Issue.record("\(ShopFailure(error))")
          continue
        }
      }
    }
    #expect(try till.sql("select count(*), sum(receipts) from audit_link, day_counter") == before)
  }

  @Test(arguments: [
    ("Front", "Front"), ("  Kasse 2\u{00A0}", "Kasse 2"), ("Ka\u{0301}sa", "Kása"), (String(repeating: "x", count: 40), "40"),
    ("", "too-short"), (" ", "too-short"), (String(repeating: "x", count: 41), "too-long"), ("a\nb", "control-character"),
  ])
  func namesOfTills(raw: String, expected: String) {
    do throws(ValueFault) {
      let name = try TillName(parsing: raw).text
      #expect(name == expected || "\(name.count)" == expected)
    } catch {
      #expect(error.code == expected)
    }
  }
}
