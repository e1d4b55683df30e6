// What must not happen to backups and databases that are somebody else's, of another time, or of an older program.
import Glibc
import Postgres
import TestSupport
import Testing

@testable import Shelflife
@testable import ShelflifeAPI

@Suite struct BackupCareTests {
  private let watch = BackupWatch(interrupt: SessionInterrupt(), progress: { _, _ in }, isCancelled: { false })

  private func instant(_ day: String) throws -> Instant { try Instant(parsing: day + "T12:00:00Z") }

  private func script(_ configuration: ConnectionConfiguration, _ sql: String) throws -> [String] {
    let connection = try Connection(configuration.with(setting: "search_path", "shelf"))
    defer { connection.close() }
    return try connection.script(sql).map { $0.first.flatMap(\.self) ?? "null" }
  }

  @Test func shopsThatShareAFolderLeaveEachOthersAlone() throws {
    let folder = try BackupsFolder()
    let (mine, theirs) = (try ShopDatabase.staffed(), try ShopDatabase.staffed())
    for (number, shop) in [mine, theirs].enumerated() {
      try _ = script(
        shop.superuser, "update store set backup_keep_daily = 1, backup_keep_monthly = 0, shop_id = gen_random_uuid()")
      for day in ["2026-03-0\(1 + number)", "2026-03-0\(3 + number)"] {
        _ = try folder.kept.run(.manual, of: shop.prepared, at: instant(day), watch: watch)
      }
    }
    #expect(folder.backups.count == 2, "of each the newest day's: \(folder.backups)")
    let proof = try folder.kept.verify(nil, beside: mine.prepared, at: instant("2026-03-05"), watch: watch)
    #expect(proof.path.contains("20260303"), "the newest of this shop, not of the folder: \(proof.path)")
  }

  /// A machine whose clock once stood in the future.
  @Test func backupsOfTheFutureTakeNobodysPlace() throws {
    let folder = try BackupsFolder()
    let shop = try ShopDatabase.staffed()
    try _ = script(shop.superuser, "update store set backup_keep_daily = 1, backup_keep_monthly = 0")
    _ = try folder.kept.run(.manual, of: shop.prepared, at: instant("2030-01-01"), watch: watch)
    let done = try folder.kept.run(.manual, of: shop.prepared, at: instant("2026-03-10"), watch: watch)
    #expect(folder.backups.count == 2 && folder.backups.contains(done.path), "what was just taken is there")
    let day = try folder.kept.runDaily(of: shop.prepared, at: instant("2026-03-11"), doubtful: [], watch: watch)
    #expect(day?.taken?.manifest.kind == .daily, "today gets its own")
    #expect(try folder.kept.runDaily(of: shop.prepared, at: instant("2026-03-11"), doubtful: [], watch: watch) == nil)
  }

  /// One that cannot be proved is replaced once, and then left alone.
  @Test func aBackupThatIsNotRightIsNotProvedAllDayLong() throws {
    let folder = try BackupsFolder()
    let shop = try ShopDatabase.staffed()
    try _ = script(shop.superuser, "set session_replication_role = replica; update app_user set name = name || 'x'")
    var doubtful: Set<String> = []
    var turns = 0
    while let day = try folder.kept.runDaily(of: shop.prepared, at: instant("2026-03-11"), doubtful: doubtful, watch: watch) {
      turns += 1
      guard case .success(let proof) = day.proof, !proof.isOK else { throw Unexpected("it cannot be right") }
      doubtful.insert(day.path)
      if turns > 5 { break }
    }
    #expect(turns == 2 && folder.backups.count == 2)
  }

  @Test func onlyWhatIsOursIsDropped() throws {
    let shop = try ShopDatabase.staffed()
    let name = try #require(shop.superuser.database)
    let others = [
      "\(name)_scratch_of_mine", "\(name)_scratch_0123456789AB", "\(name)_replaced_by_me", "\(name)_replaced_20990101t000000000z",
    ]
    let ours = ["\(name)_scratch_0123456789ab", "\(name)_replaced_20260309t110000000z"]
    for database in others + ours { try _ = script(shop.superuser, "create database \"\(database)\"") }
    defer {
      for database in others {
        // Allowed: what is left is of a cluster that goes with the tests.
        _ = try? script(shop.superuser, "drop database \"\(database)\"")
      }
    }
    let now = try instant("2026-03-10")
    #expect(Set(try Leftovers.clear(beside: shop.prepared, at: now)) == Set(ours))
    let left = try script(shop.superuser, "select datname from pg_database where starts_with(datname, '\(name)_')")
    #expect(Set(left) == Set(others))
  }

  /// As a restore leaves it that was killed in the middle of the swap.
  @Test func aClosedDatabaseIsOpenedAtTheNextStart() throws {
    let shop = try ShopDatabase.staffed()
    let name = try #require(shop.superuser.database)
    let outside = shop.superuser.with(database: "postgres")
    try _ = script(outside, "alter database \"\(name)\" with allow_connections false")
    #expect(throws: (any Error).self) { try Connection(shop.superuser) }
    _ = try Provision.shared(shop.superuser)
    #expect(try script(shop.superuser, "select count(*) from app_user") == ["3"])

    // While the restore lives, nobody opens it behind its back.
    let restoring = try Connection(outside)
    defer { restoring.close() }
    try restoring.script(DatabaseStatements.tryLock(DatabaseStatements.lock(name)))
    try _ = script(outside, "alter database \"\(name)\" with allow_connections false")
    #expect(throws: ProvisionFailure.self) { _ = try Provision.shared(shop.superuser) }
    let wire = try Wire(shop)
    #expect(try wire.call("auth.login", #"{"username":"olga","password":"kingfisher!"}"#).outcome == "restore-in-progress")
    restoring.close()
    var outcome = ""
    for _ in 0..<100 where outcome != "ok" {
      outcome = try wire.call("auth.login", #"{"username":"olga","password":"kingfisher!"}"#).outcome
      usleep(50_000)
    }
    #expect(outcome == "ok", "and it comes back by itself")
    try wire.end()
  }

  @Test func aZoneThatTheServerDoesNotKnowIsFoundOut() throws {
    let folder = try BackupsFolder()
    let shop = try ShopDatabase.staffed()
    try _ = script(shop.superuser, "update store set time_zone = 'Mars/Phobos'")
    let done = try folder.kept.run(.manual, of: shop.prepared, at: instant("2026-03-10"), watch: watch)
    let proof = try folder.kept.verify(done.path, beside: shop.prepared, at: instant("2026-03-10"), watch: watch)
    #expect(proof.checks.first { $0.name == "store-settings" }?.violations.count == 1)
  }

  /// A backup that a program of schema 1 took comes back, brought up to the present schema.
  @Test func aBackupOfAnOlderSchemaIsBroughtUp() throws {
    let folder = try BackupsFolder()
    let shop = try ShopDatabase.staffed()
    do {
      let wire = try Wire(shop)
      _ = try wire.token(.olga, bind: true)
      let tea = try wire.stock("Tea", 40, id: 1)
      for _ in 0..<3 { #expect(try wire.call("sales.create", Wire.sale(tea)).outcome == "ok") }
      try wire.end()
    }
    // The schema as its first step left it.
    try _ = script(
      shop.superuser,
      """
      update sale set till = null;
      update audit_entry e set record_digest = d.digest from sale_digest d where e.record_kind = 'sale' and e.record_id = d.id;
      do $$
        declare
          reached bytea := sha256('shelflife');
          number bigint;
        begin
          for number in select seq from audit_link order by seq loop
            select sha256(reached || int8send(number) || string_agg(record_send(row(e.entry, e.at, e.user_id, e.session_id, e.action,
              e.record_kind, e.record_id, e.before, e.after, e.record_digest)), ''::bytea order by e.entry)) into reached
            from audit_entry e where e.link = number;
            update audit_link set hash = reached where seq = number;
          end loop;
          update audit_head set hash = reached;
        end $$;
      drop view record_digest, stock_line_fault;
      drop table stock_document_line, stock_document, document_counter, recall, stock_take_count, stock_take_entry, stock_take_product,
        stock_take cascade;
      alter table lot drop column parent_lot_id, drop column sibling_no, drop column found_in, drop column found_no;
      drop table product_day_total, seller_day_total, totalled_day, receipt_copy;
      drop index lot_by_product, product_by_name, audit_entry_by_action, audit_entry_by_kind, audit_entry_by_page, audit_entry_by_user,
        stock_movement_emptying;
      alter table sale_line add foreign key (product_id) references product;
      alter table store drop column incarnation, drop column shop_id;
      drop view sale_digest; drop table till_presence;
      alter table sale drop column till; alter table audit_head drop column step;
      delete from schema_migration where number > 1
      """)
    let done = try folder.kept.run(.manual, of: shop.prepared, at: instant("2026-03-10"), watch: watch)
    #expect(done.manifest.schemaVersion == 1 && done.manifest.shopID == nil)
    #expect(!done.manifest.facts.tables.contains { $0.table == "receipt_copy" })
    let present = try ShopDatabase.staffed()
    let proof = try folder.kept.verify(done.path, beside: present.prepared, at: instant("2026-03-10"), watch: watch)
    #expect(proof.isOK, "\(proof.checks.filter { !$0.isOK })")
    #expect(
      proof.checks.contains { $0.name == "receipt-copies" } && proof.checks.first { $0.name == "sale-totals" }?.checked == 3)
  }
}
