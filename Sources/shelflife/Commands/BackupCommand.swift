// `shelflife backup`: taking, listing, proving and copying backups beside whoever sells.
import ArgumentParser
import PostgresServer
import Shelflife
import ShelflifeAPI

struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Take, list, verify and copy backups, while the shop goes on selling.",
    discussion: """
      A backup is one file with everything of the shop as it was at one moment. shelflife backup alone takes one; they lie in \
      backups/ in the data directory.

        shelflife backup --verify
      """, subcommands: [Run.self, List.self, Verify.self, Export.self], defaultSubcommand: Run.self)

  struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a backup of this moment (the default).",
      discussion: """
        With --verify it is at once restored into a scratch database beside the shop and its books are checked there: a backup \
        that was never restored is only a hope.

          shelflife backup run --verify
        """)

    @Flag(help: "Prove it at once by restoring it beside the shop.")
    var verify = false

    @OptionGroup var flags: CommandFlags

    func run() throws {
      try CommandRun.perform(flags) { run in
        try run.withShop { shop in
          let backups = try Server.backups(run.configuration)
          let database = try run.database(of: shop)
          let done = try backups.run(.manual, of: database, at: run.now, watch: run.watch)
          let proof = try verify ? backups.verify(done.path, beside: database, at: run.now, watch: run.watch) : nil
          return Answer(
            words: words(done, proof), json: CommandOutput.backup(done, proof), isGood: proof?.isOK ?? true)
        }
      }
    }

    private func words(_ done: BackupDone, _ proof: BackupProof?) -> String {
      var lines = ["\(done.path)", "\(Terminal.size(done.bytes)), sha256 \(done.sha256)"]
      if let copy = done.copyPath { lines.append("copied to \(copy)") }
      if let problem = done.copyProblem { lines.append("warning: no copy in the second folder: \(problem)") }
      if let proof { lines += ProofWords.lines(proof) }
      return lines.map { Terminal.plain($0) + "\n" }.joined()
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the backups of this data directory, newest first.",
      discussion: """
        Needs no database. Each line tells when it was taken, its size, why it was taken, when it was last proved, the last \
        receipt in it, and where it is.

          shelflife backup list
        """)

    @OptionGroup var flags: CommandFlags

    func run() throws {
      try CommandRun.perform(flags) { run in
        let backups = try Server.backups(run.configuration).folder
        if let complaint = DiskSpace.complaint(aboutReading: backups.path) {
          throw Fault.backupNotPossible(reason: "\(backups.path) \(complaint).")
        }
        let found = backups.list()
        let words = found.isEmpty ? "There are no backups in \(backups.path).\n" : found.map(line).joined()
        return Answer(words: words, json: CommandOutput.backups(found))
      }
    }

    private func line(_ backup: ListedBackup) -> String {
      guard let manifest = backup.manifest else {
        return Terminal.plain("unusable: \(backup.problem ?? "it cannot be read")  \(backup.path)") + "\n"
      }
      let proved = backup.verifiedAt.map { "verified \($0.text)" } ?? "not verified"
      let last = manifest.facts.lastReceipt?.text ?? "no receipts"
      return Terminal.plain(
        "\(manifest.createdAt.text)  \(Terminal.size(backup.bytes))  \(manifest.kind.rawValue)  \(proved)  \(last)  \(backup.path)"
      )
        + "\n"
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prove a backup by restoring it into a scratch database beside the shop and checking its books there.",
      discussion: """
        The shop is not touched. Without a path the newest backup is proved. Ends with status 1 if anything is wrong.

          shelflife backup verify
        """)

    @Argument(help: "The backup; without it the newest.", completion: .file(extensions: ["tar"]))
    var path: String?

    @OptionGroup var flags: CommandFlags

    func run() throws {
      let path = try path?.absolutePath()
      try CommandRun.perform(flags) { run in
        try run.withShop { shop in
          let proof = try Server.backups(run.configuration).verify(
            path, beside: try run.database(of: shop), at: run.now, watch: run.watch)
          let lines = [proof.path] + ProofWords.lines(proof)
          return Answer(
            words: lines.map { Terminal.plain($0) + "\n" }.joined(), json: CommandOutput.proof(proof), isGood: proof.isOK)
        }
      }
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Copy a whole backup into another folder, such as a stick or a share.",
      discussion: """
        The file is read and proved to be unaltered first. Nothing in the folder is ever written over. Needs no database.

          shelflife backup export /media/stick
        """)

    @Option(help: "The backup; without it the newest.", completion: .file(extensions: ["tar"]))
    var source: String?

    @Argument(help: "An existing folder.", completion: .directory)
    var target: String

    @OptionGroup var flags: CommandFlags

    func run() throws {
      let (source, target) = (try source?.absolutePath(), try target.absolutePath())
      try CommandRun.perform(flags) { run in
        let done = try run.withShop { shop in
          try Server.backups(run.configuration).export(
            source, of: try run.database(of: shop), to: target, at: run.now, watch: run.watch)
        }
        let words = "\(Terminal.plain(done.path))\n\(Terminal.size(done.bytes)), sha256 \(done.sha256)\n"
        return Answer(words: words, json: CommandOutput.copy(done))
      }
    }
  }
}

/// What checks of the books found, in lines for people.
enum ProofWords {
  /// At most this many violations of a check are told; --json has more.
  private static let most = 10

  static func lines(_ proof: BackupProof) -> [String] {
    proof.isOK
      ? ["verified: \(proof.checks.count) checks of the restored books, all good"]
      : ["NOT GOOD: do not rely on this backup"] + proof.checks.filter { !$0.isOK }.flatMap(violations)
  }

  static func violations(_ check: CheckResult) -> [String] {
    let shown = check.violations.prefix(most).map { "  \(check.name): \($0)" }
    let more = check.violations.count - shown.count
    return shown + (more > 0 ? ["  \(check.name): and \(more) more"] : [])
  }
}
