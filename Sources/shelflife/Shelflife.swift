// The executable: `shelflife serve`, which is also `shelflife` alone, and what stands beside it.
import ArgumentParser
import Glibc
import PostgresServer
import ShelflifeAPI

let programVersion = "0.1.0"

@main
struct ShelflifeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shelflife",
    abstract: "Stock and till backend: JSON-RPC 2.0, one message a line, on stdin and stdout.",
    discussion: """
      Spawn it, write requests to its stdin and read replies from its stdout; it ends when its stdin does. Logs are JSON lines \
      on stderr.

        echo '{"jsonrpc":"2.0","id":1,"method":"system.hello"}' | shelflife | jq
      """,
    version: programVersion, subcommands: [Serve.self, OpenRPCCommand.self], defaultSubcommand: Serve.self)

  /// `supervise` is for the process itself and never reaches the argument parser: the supervisor must shed root before anything
  /// else runs.
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.first == "supervise" { _exit(Supervisor.run(arguments: Array(arguments.dropFirst()))) }
    main(nil)
  }
}

struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Serve the shop on stdin and stdout until stdin ends (the default).")

  @OptionGroup var flags: ServeFlags

  func run() throws {
    let configuration = try Configuration(flags)
    let status: Int32
    do {
      status = try Server.run(configuration)
    } catch {
      complain("shelflife: \((error as? ServerFault)?.message ?? "\(error)")")
      status = EX_SOFTWARE
    }
    // Static destructors can crash at exit; everything that matters has been flushed.
    _exit(status)
  }
}

struct OpenRPCCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case openrpc, methods, errors, typescript }

  static let configuration = CommandConfiguration(
    commandName: "openrpc", abstract: "Print what a client may rely on, made from the declarations that serve the calls.")

  @Option(help: "The OpenRPC document, the methods or the errors as Markdown, or declarations for TypeScript.")
  var format = Format.openrpc

  func run() {
    let text =
      switch format {
      case .openrpc: Catalogue.openRPCPage(version: programVersion)
      case .methods: Catalogue.methodPage
      case .errors: Catalogue.errorPage
      case .typescript: Catalogue.typeScript
      }
    print(text, terminator: "")
  }
}

/// Says something to a person on stderr, before there is a log.
func complain(_ text: String) {
  let bytes = Array((text + "\n").utf8)
  _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
