// Making a database fit to serve: again, by two at once, from the future, and on settings that lose sales.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct ProvisionTests {
  private func failure(_ body: () throws -> Void) -> ProvisionFailure? {
    do {
      try body()
      return nil
    } catch let failure as ProvisionFailure { return failure } catch {
      Issue.record("\(error)")
      return nil
    }
  }

  private func text(_ configuration: ConnectionConfiguration, _ sql: String) throws -> String? {
    let connection = try Connection(configuration)
    defer { connection.close() }
    return try connection.script(sql).first?.first ?? nil
  }

  private let shape = """
    select md5(string_agg(t, ';' order by t)) from (
      select oid::regclass || relkind::text || coalesce(array_to_string(relacl, ','), '') from pg_class where relnamespace = 'shelf'::regnamespace
      union all select conname || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'shelf'::regnamespace
      union all select number || checksum || applied_at from shelf.schema_migration
      union all select store::text from shelf.store) s (t)
    """

  @Test func twiceIsNoChange() throws {
    let configuration = try TestCluster.shared.freshDatabase()
    let first = try Provision.shared(configuration)
    let before = try text(configuration, shape.replacing("applied_at", with: "xmin"))
    let second = try Provision.shared(configuration)
    #expect(try text(configuration, shape.replacing("applied_at", with: "xmin")) == before)
    #expect(first.schemaVersion == Provision.schemaVersion && second.schemaVersion == first.schemaVersion)
    #expect(!first.servesAsOwner && !second.servesAsOwner)
    #expect(
      try text(second.serving, "select current_user || ' ' || (select rolsuper from pg_roles where rolname = current_user)")
        == "shelflife_serve false")
    #expect(try text(second.serving, "select count(*) from store where currency = 'USD'") == "1")
  }

  @Test func manyAtOnceMakeOneShop() throws {
    let configuration = try TestCluster.shared.freshDatabase()
    let threads = (0..<4).map { _ in TestThread { try Provision.shared(configuration).schemaVersion } }
    #expect(try threads.map { try $0.value() } == Array(repeating: Provision.schemaVersion, count: 4))
    #expect(try text(configuration, "select count(*) from shelf.schema_migration") == String(Provision.schemaVersion))
    #expect(try text(configuration, "select count(*) from shelf.store") == "1")
  }

  /// Another version of the ICU library may order names otherwise.
  @Test func anIndexOfAnotherOrderIsMadeAnew() throws {
    let configuration = try TestCluster.shared.freshDatabase()
    _ = try Provision.shared(configuration)
    let state =
      "select relfilenode || ' ' || coalesce(obj_description(oid, 'pg_class'), '') from pg_class where relname = 'product_by_name'"
    let first = try #require(try text(configuration, state))
    #expect(first.contains(" ICU "))
    _ = try Provision.shared(configuration)
    #expect(try text(configuration, state) == first, "the same version changes nothing")
    for comment in ["'ICU 1.2'", "null"] {
      _ = try text(configuration, "comment on index shelf.product_by_name is \(comment)")
      let before = try text(configuration, state)
      _ = try Provision.shared(configuration)
      let after = try #require(try text(configuration, state))
      #expect(after.hasSuffix(first.drop { $0 != " " }) && after.prefix { $0 != " " } != (before ?? "").prefix { $0 != " " })
    }
  }

  @Test func aNewerSchemaIsRefusedInWords() throws {
    let database = try ShopDatabase.staffed()
    _ = try text(
      database.superuser,
      "insert into shelf.schema_migration select (jsonb_populate_record(m, jsonb_build_object('number', \(Provision.schemaVersion + 1)))).* from shelf.schema_migration m limit 1"
    )
    let refused = failure { _ = try Provision.shared(database.superuser) }
    #expect(refused?.reason.contains("newer") == true && refused?.isTransient == false, "\(refused?.reason ?? "served")")
  }

  @Test func anEditedMigrationIsRefused() throws {
    let database = try ShopDatabase.staffed()
    _ = try text(database.superuser, "update shelf.schema_migration set checksum = 'x'")
    #expect(failure { _ = try Provision.shared(database.superuser) }?.isTransient == false)
  }

  @Test func aSlackDatabaseIsOverruled() throws {
    let configuration = try TestCluster.shared.freshDatabase()
    for setting in ["synchronous_commit = off", "search_path = public", "plan_cache_mode = force_custom_plan"] {
      _ = try text(configuration, "alter database \(configuration.database ?? "") set \(setting)")
    }
    let prepared = try Provision.shared(configuration)
    #expect(try text(prepared.serving, "show synchronous_commit") == "on")
    #expect(try text(prepared.serving, "show search_path") == "shelf")
    #expect(try text(prepared.serving, "select count(*) from store") == "1")
  }

  @Test func aRoleWithoutRightsOverRolesServesAsItself() throws {
    let superuser = try TestCluster.shared.freshDatabase()
    let name = superuser.database ?? ""
    _ = try text(superuser, "create role plain_\(name) login; alter database \(name) owner to plain_\(name)")
    // The roles of the shop exist in this cluster already; this one may not use them.
    let plain = superuser.with(user: "plain_\(name)")
    let refused = failure { _ = try Provision.shared(plain) }
    let outcome = refused.map(\.reason) ?? "served"
    #expect(outcome == "served", "\(refused?.logText ?? "")")
  }

  @Test func aServerThatLosesSalesIsRefused() throws {
    let slack = try TestCluster(settings: ["fsync": "off", "full_page_writes": "off"])
    // On a cluster that has no roles yet, several shops begin at once.
    let databases = try (0..<6).map { _ in try slack.freshDatabase() }
    let threads = databases.map { database in
      TestThread { () -> ProvisionFailure? in
        do throws(ProvisionFailure) {
          _ = try Provision.shared(database)
          return nil
        } catch { return error }
      }
    }
    for thread in threads {
      let refused = try thread.value()
      #expect(
        refused?.reason == "unsafe database settings: fsync is off, full_page_writes is off", "\(refused?.logText ?? "served")")
      #expect(refused?.isTransient == false)
    }
  }

  @Test func anUnreachableServerMayComeBack() {
    let refused = failure { _ = try Provision.shared(url: "postgresql:///shop?host=/nowhere") }
    #expect(refused?.isTransient == true)
    #expect(failure { _ = try Provision.shared(url: "nonsense://x") }?.isTransient == false)
  }
}
