// `shelflife migrate`: a server prepared for the shop, and the database's schema brought up to the program's.
import ArgumentParser
import Shelflife
import ShelflifeAPI

struct MigrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "Bring the database's schema up to this program's.",
    discussion: """
      Every start of serve that may do so does the same; this does it at a time of your choosing, and tells what it did. It only \
      goes forward: take a backup with the old program first. With --check nothing is changed, and status 1 says that something \
      is to be done.

        shelflife migrate --check || shelflife migrate

      On a shared server it also makes the shop's roles, so that the tills' own logins need few rights: a login in the role \
      shelflife_serve serves, one in shelflife_backup takes backups, one in shelflife_migrate runs this command. With --new it \
      makes the shop in an empty database.

        shelflife migrate --new --database-url postgresql://admin@server/shop
      """)

  @Flag(help: "Only tell what would be done; status 1 if there is anything.")
  var check = false

  @Flag(help: "Make the shop where there is none yet.")
  var new = false

  @OptionGroup var flags: CommandFlags

  func run() throws {
    try CommandRun.perform(flags) { run in
      try run.withShop { shop in
        let found = try schema(of: shop, run)
        let wanted = Provision.schemaVersion
        let pending = Answer(
          words: found == 0
            ? "There is no shop yet. Run shelflife migrate --new to make it.\n"
            : "The schema is \(found), this program's is \(wanted). Run shelflife migrate to bring it up to date.\n",
          json: CommandOutput.step(SchemaStep(from: found, to: wanted, isDone: false)), isGood: false)
        let settled = Answer(
          words: "The schema is \(found), which is this program's. Nothing to do.\n",
          json: CommandOutput.step(SchemaStep(from: found, to: wanted, isDone: false)))
        if check { return found == wanted ? settled : pending }
        // Another server may still lack the roles.
        if found == wanted, run.configuration.databaseURL == nil { return settled }
        let database = try run.database(of: shop, mayBeMade: true)
        if found == wanted, database.rights != .owner { return settled }
        let roles = run.configuration.databaseURL == nil ? "" : words(of: database)
        return Answer(
          words: words(from: found, to: database.schemaVersion) + roles + "\n",
          json: CommandOutput.step(SchemaStep(from: found, to: database.schemaVersion, isDone: true)))
      }
    }
  }

  /// The schema as it is found; 0 where a shop is to be made.
  private func schema(of shop: LocalShop, _ run: CommandRun) throws -> Int {
    if new, run.configuration.databaseURL == nil, try !run.hasCluster() { return 0 }
    let found = try run.sight(of: shop).schemaVersion
    if found == 0 && !new { throw run.noShop }
    return found
  }

  private func words(from found: Int, to reached: Int) -> String {
    if found == 0 { return "The shop is made; its schema is \(reached)." }
    return found == reached
      ? "The schema is \(found), which is this program's." : "The schema was \(found) and is \(reached) now."
  }

  private func words(of database: PreparedDatabase) -> String {
    database.servesAsOwner
      ? " The login \(Terminal.plain(database.login)) may make no roles: tills work with its rights."
      : " The roles and their rights are in place."
  }
}
