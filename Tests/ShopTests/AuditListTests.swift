// Pages of the audit by days and by users: the same entries whatever the clocks did.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct AuditListTests {
  private struct Entry {
    let key: AuditKey
    let day: String
    let user: String?
    let action: String
    let kind: String
  }

  /// Links of up to three entries, of three users and of nobody, some minutes apart from a day in October 2018 on. With wrong clocks, some
  /// stretches are weeks before or behind their time.
  private func shop(wrongClocks: Bool, _ seeded: inout Seeded) throws -> ShopDatabase {
    let shop = try ShopDatabase.staffed()
    let people = [Person.olga, .sam, .tess].map { "'\($0.caller.userID)'::uuid" }
    var rows: [String] = []
    var (time, shift, shifted, record): (Int, Int, Int, UInt64) = (1_539_500_000, 0, 0, 0)
    for link in 1...2_400 {
      time += seeded.int(0...3_000)
      if shifted > 0 {
        shifted -= 1
      } else {
        shift = 0
        if wrongClocks, seeded.percent(3) { (shift, shifted) = (seeded.int(-3_000_000...3_000_000), seeded.int(0...40)) }
      }
      for entry in 1...seeded.int(1...3) {
        record += 1
        let sells = seeded.percent(70)
        let (action, kind) =
          sells
          ? ("sales.create", "sale")
          : seeded.pick([
            ("sales.reprint", "sale"), ("stockIn.create", "stock-in"), ("auth.login", "login"), ("stockIn.create", "lot"),
          ])
        let user = action == "auth.login" && seeded.percent(30) ? "null" : seeded.pick(people)
        let at = "to_timestamp(\(time + shift + seeded.int(-20...20)))"
        rows.append("(m.seq + \(link), \(entry), \(at), \(user), '\(action)', '\(kind)', '\(identifier(record))'::uuid)")
      }
    }
    try script(
      shop,
      """
      set session_replication_role = replica;
      create temporary table told as
      select v.* from (select max(seq) as seq from audit_link) m cross join lateral (values \(rows.joined(separator: ",\n"))) v
        (link, entry, at, user_id, action, kind, record_id);
      insert into audit_link (seq, hash, entries) select link, sha256('x'), count(*) from told group by link;
      insert into audit_entry (link, entry, at, user_id, action, record_kind, record_id, record_digest)
      select link, entry, at, user_id, action, kind, record_id, sha256('x') from told order by link, entry;
      update audit_head set seq = (select max(link) from told);
      insert into sale (id, day, number, sold_at, sold_by, seller_name, payment_method, last_line, total)
      select record_id, (at at time zone 'UTC')::date,
        row_number() over (partition by (at at time zone 'UTC')::date order by link, entry), at, user_id, 'Seller', 'CASH', 1, 100
      from told where action = 'sales.create'
      """)
    try script(shop, "vacuum analyze audit_entry")
    return shop
  }

  @discardableResult
  private func script(_ shop: ShopDatabase, _ sql: String) throws -> [[String?]] {
    let connection = try Connection(shop.superuser.with(setting: "search_path", "shelf"))
    defer { connection.close() }
    return try connection.script(sql)
  }

  private func entries(of shop: ShopDatabase, in zone: String) throws -> [Entry] {
    try script(
      shop,
      """
      select link, entry, (at at time zone '\(zone)')::date, user_id, action, record_kind from audit_entry order by link desc, entry desc
      """
    ).map { row in
      Entry(
        key: AuditKey(link: try #require(row[0].flatMap { Int64($0) }), entry: try #require(row[1].flatMap { Int32($0) })),
        day: try #require(row[2]), user: row[3], action: try #require(row[4]), kind: try #require(row[5]))
    }
  }

  private func expectPages(_ shop: ShopDatabase, zones: [String], _ seeded: inout Seeded) throws {
    let till = try Till(shop)
    for zone in zones {
      try script(shop, "update store set time_zone = '\(zone)'")
      let all = try entries(of: shop, in: zone)
      let days = Set(all.map(\.day)).sorted()
      for _ in 0..<25 {
        let someDays = [seeded.pick(days), seeded.pick(days)].sorted()
        let from = seeded.percent(60) ? someDays[0] : nil
        let to = seeded.percent(60) ? (seeded.percent(30) ? someDays[0] : someDays[1]) : nil
        if let from, let to, from > to { continue }
        let user = seeded.percent(50) ? seeded.pick([Person.olga, .sam, .tess].map(\.caller.userID) + [identifier(99_999)]) : nil
        let action = seeded.percent(30) ? seeded.pick(["sales.create", "auth.login", "stockIn.create", "none.such"]) : nil
        let kind = seeded.percent(30) ? seeded.pick([AuditedRecord.sale, .stockIn, .login]) : nil
        let limit = seeded.pick([1, 3, 50, 500])
        let expected = all.filter {
          (from.map { [day = $0.day] in day >= $0 } ?? true) && (to.map { [day = $0.day] in day <= $0 } ?? true)
            && (user.map { [user = $0.user] in user == $0.text } ?? true)
            && (action.map { [action = $0.action] in action == $0 } ?? true)
            && (kind.map { [kind = $0.kind] in kind == $0.rawValue } ?? true)
        }.map(\.key)
        var (found, place): ([AuditKey], AuditKey?) = ([], nil)
        repeat {
          let filter = AuditFilter(
            from: try from.map { try Day(parsing: $0) }, to: try to.map { try Day(parsing: $0) }, userID: user, action: action,
            kind: kind, recordID: nil, limit: limit, after: place)
          let page = try till.read { try Audit.list(filter, in: $0) }
          found += page.items.map(\.key)
          place = page.next
        } while place != nil && found.count < 20 * limit
        let what = "\(zone) \(from ?? "") \(to ?? "") \(user?.text ?? "") \(action ?? "") \(kind?.rawValue ?? "") by \(limit)"
        #expect(found == Array(expected.prefix(found.count)), "\(what)")
        #expect(place != nil || found.count == expected.count, "\(what)")
      }
    }
  }

  /// Zones with a midnight that comes twice or never in that autumn, and both ends of the earth.
  private static let zones = ["UTC", "America/Sao_Paulo", "Asia/Amman", "Pacific/Kiritimati", "Pacific/Pago_Pago"]

  @Test func pagesAreWholeWhereTimesFollowEachOther() throws {
    var seeded = Seeded()
    try expectPages(try shop(wrongClocks: false, &seeded), zones: Self.zones, &seeded)
  }

  @Test func pagesAreWholeWhateverTheClocksDid() throws {
    var seeded = Seeded()
    try expectPages(try shop(wrongClocks: true, &seeded), zones: Self.zones, &seeded)
  }

  /// As after a chain was broken by hand: what is left is listed all the same.
  @Test func pagesAreWholeWithoutSomeLinks() throws {
    var seeded = Seeded()
    let shop = try shop(wrongClocks: true, &seeded)
    try script(
      shop,
      "set session_replication_role = replica; delete from audit_entry where link % 7 = \(seeded.int(0...6)) or link between 900 and 1100"
    )
    try expectPages(shop, zones: ["UTC"], &seeded)
  }

  @Test func daysWithoutEntriesAreEmpty() throws {
    let till = try Till()
    for (from, to) in [("1999-01-01", "1999-12-31"), ("2031-01-01", "2031-01-02"), ("0001-01-01", "0001-01-01")] {
      for user in [nil, Person.olga.caller.userID] {
        let filter = AuditFilter(
          from: try Day(parsing: from), to: try Day(parsing: to), userID: user, action: nil, kind: nil, recordID: nil, limit: 50,
          after: nil)
        #expect(try till.read { try Audit.list(filter, in: $0) }.items.isEmpty)
      }
    }
  }
}
