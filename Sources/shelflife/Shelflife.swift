// The executable: `shelflife serve`, which is also `shelflife` alone, and the commands beside it.
import ArgumentParser
import Glibc
import PostgresServer

let programVersion = "0.1.0"

@main
struct ShelflifeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shelflife",
    abstract: "Stock and till backend of a pharmacy: JSON-RPC 2.0, one message a line, on stdin and stdout.",
    discussion: """
      The program of the till spawns it, writes requests to its stdin and reads replies from its stdout; it ends when its stdin \
      does. Logs are JSON lines on stderr. What comes first:

        1. shelflife doctor                      is this machine fit for it?
        2. echo '{"jsonrpc":"2.0","id":1,"method":"system.hello"}' | shelflife
                                                 the first start makes the shop
        3. shelflife backup --verify             a proved backup, every day

      The other commands run beside tills that are selling. They take --json for programs, and end with 0 when all is well, 1 when \
      something was refused or found wrong, 64 for flags that make no sense, 70 for a defect and 130 when interrupted.
      """,
    version: programVersion,
    subcommands: [
      Serve.self, DoctorCommand.self, BackupCommand.self, RestoreCommand.self, MigrateCommand.self, OpenRPCCommand.self,
      CompletionsCommand.self, VersionCommand.self,
    ], defaultSubcommand: Serve.self)

  /// `supervise` is for the process itself and never reaches the argument parser: the supervisor must shed root before anything
  /// else runs.
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.first == "supervise" { _exit(Supervisor.run(arguments: Array(arguments.dropFirst()))) }
    main(nil)
  }
}

/// Says something to a person on stderr, before there is a log.
func complain(_ text: String) { Terminal.write(text + "\n", to: STDERR_FILENO) }
