// `shelflife openrpc`: the protocol's pages, from the declarations.
import ArgumentParser
import Glibc
import ShelflifeAPI

struct OpenRPCCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case openrpc, methods, errors, typescript }

  static let configuration = CommandConfiguration(
    commandName: "openrpc", abstract: "Print what a client may rely on, made from the declarations that serve the calls.",
    discussion: """
      Needs no shop.

        shelflife openrpc --format typescript > shelflife.d.ts
      """)

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
    Terminal.write(text, to: STDOUT_FILENO)
  }
}
