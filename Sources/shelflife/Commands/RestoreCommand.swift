// `shelflife restore`: a backup's shop in place of the present one.
import ArgumentParser
import Shelflife
import ShelflifeAPI

struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Put the shop of a backup in place of the present one, whole or not at all.",
    discussion: """
      The backup is restored beside the shop and its books are checked before anything is replaced; on any failure the shop stays \
      as it is. A safety backup of the present shop is taken first, and the replaced database is kept for a day. Everybody is \
      signed out, and tills that are running go on with the restored shop. On a new machine this makes the shop from the backup.

        shelflife restore /media/stick/shelflife-20260312T090000Z-manual-1f2e.tar
      """)

  @Argument(help: "The backup.", completion: .file(extensions: ["tar"]))
  var path: String

  @Flag(help: "Do not ask whether that is really what you want.")
  var yes = false

  @OptionGroup var flags: CommandFlags

  func run() throws {
    let path = try path.absolutePath()
    try CommandRun.perform(flags) { run in
      // Before anything is started or asked: a mistyped path makes no shop.
      let manifest = try Server.backups(run.configuration).manifest(of: path)
      guard yes || isConfirmed(path, manifest, run) else { throw Fault.confirmationRequired }
      return try run.withShop { shop in
        let restored = try Server.backups(run.configuration).restore(
          path, in: try run.database(of: shop, mayBeMade: true), by: nil, at: run.now, watch: run.watch,
          mayCommit: { run.interruption.mayCommit() })
        return Answer(words: words(restored), json: CommandOutput.restored(restored))
      }
    }
  }

  private func isConfirmed(_ path: String, _ manifest: Manifest, _ run: CommandRun) -> Bool {
    let place = run.configuration.databaseURL == nil ? "in \(run.configuration.dataDirectory)" : "behind the database URL"
    let question = """
      This puts the shop of \(Terminal.plain(path))
      (\(Terminal.plain(manifest.storeName.isEmpty ? "a store without a name" : manifest.storeName)), \(manifest.createdAt.text), last receipt \(manifest.facts.lastReceipt?.text ?? "none"))
      in place of the one \(Terminal.plain(place)).
      Whatever was booked since that backup is then only in the safety backup.
      Type RESTORE to go on:\u{20}
      """
    return run.ask(question) == "RESTORE"
  }

  private func words(_ restored: Restored) -> String {
    let lines = [
      "The shop is back as it was at \(restored.manifest.createdAt.text)"
        + (restored.manifest.facts.lastReceipt.map { ", after receipt \($0.text)." } ?? "."),
      "The replaced shop ended with "
        + (restored.replaced.ends.lastReceipt.map { "receipt \($0.text)" } ?? "no receipts")
        + "; its safety backup is \(restored.safety.path)",
      "and its database is kept for a day as \(restored.replaced.database). Everybody has to sign in again.",
    ]
    return lines.map { Terminal.plain($0) + "\n" }.joined()
  }
}
