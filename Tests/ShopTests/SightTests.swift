// Looking at a database without changing it: empty, older, newer, with unsafe settings, and fit to be served.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct SightTests {
  private func script(_ configuration: ConnectionConfiguration, _ sql: String) throws -> [[String?]] {
    let connection = try Connection(configuration)
    defer { connection.close() }
    return try connection.script(sql)
  }

  private func url(_ configuration: ConnectionConfiguration, user: String = "postgres") -> String {
    "host=\(configuration["host"] ?? "") user=\(user) dbname=\(configuration.database ?? "")"
  }

  @Test func anEmptyDatabaseStaysEmpty() throws {
    let database = try TestCluster.shared.freshDatabase()
    let sight = try Provision.look(url: url(database))
    #expect(sight.schemaVersion == 0 && sight.shop == nil && !sight.isCurrent && sight.serverMajor >= 15)
    #expect(try script(database, "select count(*) from pg_namespace where nspname = 'shelf'") == [["0"]])
  }

  @Test func aShopIsSeenAsItIs() throws {
    let database = try ShopDatabase.staffed()
    let sight = try Provision.look(url: url(database.superuser))
    #expect(sight.isCurrent && sight.unsafeSettings == [])
    let shop = try #require(sight.shop)
    #expect(!shop.servesAsOwner && shop.schemaVersion == Provision.schemaVersion)
    let now = try Instant(parsing: "2026-03-12T23:30:00Z")
    var vitals = try ShopVitals.read(from: shop, at: now, interrupt: SessionInterrupt())
    #expect(vitals.ownerExists && vitals.knowsTimeZone && vitals.clockMark == nil && vitals.daysAhead == 0)
    #expect(vitals.today.text == "2026-03-12" && vitals.databaseBytes > 1 << 20 && vitals.secondBackupFolder == nil)

    _ = try script(
      database.superuser, "update shelf.store set time_zone = 'Asia/Manila'; update shelf.clock_mark set day = '2026-03-10'")
    vitals = try ShopVitals.read(from: shop, at: now, interrupt: SessionInterrupt())
    #expect(vitals.today.text == "2026-03-13" && vitals.daysAhead == 3)
    _ = try script(database.superuser, "update shelf.store set time_zone = 'Mars/Olympus'")
    vitals = try ShopVitals.read(from: shop, at: now, interrupt: SessionInterrupt())
    #expect(!vitals.knowsTimeZone && vitals.today.text == "2026-03-12")
  }

  @Test func anOlderSchemaIsToldAndLeftAlone() throws {
    let database = try ShopDatabase.empty()
    _ = try script(database.superuser, "delete from shelf.schema_migration where number = \(Provision.schemaVersion)")
    let sight = try Provision.look(url: url(database.superuser))
    #expect(sight.schemaVersion == Provision.schemaVersion - 1 && sight.shop == nil && !sight.isCurrent)
    #expect(try script(database.superuser, "select count(*) from shelf.schema_migration") == [["\(Provision.schemaVersion - 1)"]])
  }

  @Test func whatCannotBeSeenIsToldInWords() throws {
    func reason(_ url: String) -> String? {
      do throws(ProvisionFailure) {
        _ = try Provision.look(url: url)
        return nil
      } catch {
        return error.reason
      }
    }
    let database = try ShopDatabase.empty()
    let name = database.superuser.database ?? ""
    #expect(
      reason("host=\(database.superuser["host"] ?? "") user=postgres dbname=no_such_database")?.contains("createdb") == true)
    #expect(
      reason("host=\(database.superuser["host"] ?? "") user=nobody_here dbname=\(name)")?.contains("user or password") == true)
    _ = try script(database.superuser, "create role stranger_\(name) login")
    #expect(reason(url(database.superuser, user: "stranger_\(name)"))?.contains("may not look") == true)
    _ = try script(
      database.superuser, "insert into shelf.schema_migration values (\(Provision.schemaVersion + 1), 'future', 'x', now())")
    #expect(reason(url(database.superuser))?.contains("newer") == true)
    let postgres = database.superuser.with(database: "postgres")
    _ = try script(postgres, "alter database \(name) with allow_connections false")
    #expect(reason(url(database.superuser))?.contains("restore") == true)
    _ = try script(postgres, "alter database \(name) with allow_connections true")
  }

  @Test func unsafeSettingsAreNamed() throws {
    let slack = try TestCluster(settings: ["fsync": "off"])
    let database = try slack.freshDatabase()
    do throws(ProvisionFailure) { _ = try Provision.shared(database) } catch {
      #expect(error.reason.contains("fsync"))
    }
    let sight = try Provision.look(url: url(database))
    #expect(sight.isCurrent && sight.unsafeSettings == ["fsync"])
  }
}
