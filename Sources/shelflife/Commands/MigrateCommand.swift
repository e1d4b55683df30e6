// `shelflife migrate`: the database's schema brought up to the program's.
import ArgumentParser
import Shelflife
import ShelflifeAPI

struct MigrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "Bring the database's schema up to this program's.",
    discussion: """
      Every start of serve does the same; this does it at a time of your choosing, and tells what it did. It only goes forward: \
      take a backup with the old program first. With --check nothing is changed, and status 1 says that something is to be done.

        shelflife migrate --check || shelflife migrate
      """)

  @Flag(help: "Only tell what would be done; status 1 if there is anything.")
  var check = false

  @OptionGroup var flags: CommandFlags

  func run() throws {
    try CommandRun.perform(flags) { run in
      try run.withShop { shop in
        let found = try run.sight(of: shop).schemaVersion
        if found == 0 { throw run.noShop }
        let wanted = Provision.schemaVersion
        if found == wanted {
          return Answer(
            words: "The schema is \(found), which is this program's. Nothing to do.\n",
            json: CommandOutput.step(SchemaStep(from: found, to: wanted, isDone: false)))
        }
        if check {
          return Answer(
            words: "The schema is \(found), this program's is \(wanted). Run shelflife migrate to bring it up to date.\n",
            json: CommandOutput.step(SchemaStep(from: found, to: wanted, isDone: false)), isGood: false)
        }
        let reached = try run.database(of: shop, mayBeMade: true).schemaVersion
        return Answer(
          words: "The schema was \(found) and is \(reached) now.\n",
          json: CommandOutput.step(SchemaStep(from: found, to: reached, isDone: true)))
      }
    }
  }
}
