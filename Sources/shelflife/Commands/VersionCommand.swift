// `shelflife version`: the versions of all parts.
import ArgumentParser
import PostgresServer
import Shelflife
import ShelflifeAPI

struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Print the versions of the program, its schema, libpq and PostgreSQL's programs.",
    discussion: """
      Needs no shop. Put it into every question you ask.

        shelflife version --json
      """)

  @OptionGroup var flags: CommandFlags

  func run() throws {
    try CommandRun.perform(flags) { run in
      var found: Programs?
      var complaint = ""
      do throws(ServerFault) { found = try Programs.find(in: run.configuration.programDirectory) } catch {
        complaint = error.message
      }
      let versions = Versions(
        program: programVersion, libpq: Provision.libraryVersion, programs: found.map { ($0.version, $0.directory) })
      let words = """
        shelflife \(versions.program)
        schema \(Provision.schemaVersion)
        libpq \(versions.libpq)
        PostgreSQL \(found.map { "\($0.version) in \($0.directory)" } ?? complaint)

        """
      return Answer(words: words, json: CommandOutput.versions(versions))
    }
  }
}
