// `shelflife completions`: what a shell needs to complete commands and flags.
import ArgumentParser
import Glibc

struct CompletionsCommand: ParsableCommand {
  enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

  static let configuration = CommandConfiguration(
    commandName: "completions", abstract: "Print a script by which bash, zsh or fish completes commands and flags.",
    discussion: """
      Put it where the shell looks for such scripts.

        shelflife completions bash > ~/.local/share/bash-completion/completions/shelflife
      """)

  @Argument(help: "bash, zsh or fish.")
  var shell: Shell

  func run() throws {
    guard let shell = CompletionShell(rawValue: shell.rawValue) else { throw ValidationError("This shell is not known.") }
    Terminal.write(ShelflifeCommand.completionScript(for: shell) + "\n", to: STDOUT_FILENO)
  }
}
