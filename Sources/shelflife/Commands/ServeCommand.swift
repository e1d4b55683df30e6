// `shelflife serve`, which is also `shelflife` alone.
import ArgumentParser
import Glibc
import PostgresServer

struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve the shop on stdin and stdout until stdin ends (the default).",
    discussion: """
      Reads one JSON-RPC message a line and answers each with one line; logs are JSON lines on stderr. Made to be spawned by the \
      program of the till. The first start makes the shop.

        echo '{"jsonrpc":"2.0","id":1,"method":"system.hello"}' | shelflife serve
      """)

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
