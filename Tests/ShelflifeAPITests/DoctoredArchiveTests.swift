// Archives whose inside was rewritten, in a file whose outside is right: what they say is never run.
import Glibc
import TestSupport
import Testing

@testable import Shelflife
@testable import ShelflifeAPI

@Suite struct DoctoredArchiveTests {
  /// A backup like another one, but for its archive.
  private func doctored(_ path: String, in folder: BackupsFolder, _ change: ([UInt8]) throws -> [UInt8]) throws -> String {
    let original = try BackupFile.open(path)
    var archive: [UInt8] = []
    _ = try original.readArchive { archive += $0 }
    archive = try change(archive)
    let manifest = try #require(ManifestCodec.json.decode(original.manifest))
    let writer = try BackupFile.Writer(in: try BackupFolder(folder.path + "/backups"), createdAt: manifest.createdAt)
    try archive.withUnsafeBytes { try writer.append($0) }
    let name = "shelflife-20260310T120000Z-manual-dead.tar"
    unlink(folder.path + "/backups/" + name)
    _ = try writer.finish(as: name) { bytes, digest in
      ManifestCodec.json.encode(
        Manifest(
          kind: manifest.kind, programVersion: manifest.programVersion, schemaVersion: manifest.schemaVersion,
          postgresVersion: manifest.postgresVersion, createdAt: manifest.createdAt, businessDate: manifest.businessDate,
          storeName: manifest.storeName, shopID: manifest.shopID, facts: manifest.facts, archiveBytes: bytes, sha256: digest.hex))
    }
    return folder.path + "/backups/" + name
  }

  /// Replaces a text of the table of contents by another of the same length.
  private func replacing(_ old: String, by new: String, in archive: [UInt8]) throws -> [UInt8] {
    let old = Array(old.utf8)
    let place = try #require(
      archive.indices.first { archive[$0...].starts(with: old) }, "\(String(decoding: old, as: UTF8.self)) is in the archive")
    let padded = Array(new.utf8) + [UInt8](repeating: UInt8(ascii: " "), count: max(0, old.count - new.utf8.count))
    try #require(padded.count == old.count, "of the same length")
    return Array(archive[..<place]) + padded + Array(archive[(place + old.count)...])
  }

  @Test func whatAnArchiveSaysIsNeverRun() throws {
    let folder = try BackupsFolder()
    let wire = try Wire(.staffed(), backups: folder.kept)
    _ = try wire.token(.olga, bind: true)
    let tea = try wire.stock("Tea", 40, id: 1)
    #expect(try wire.call("sales.create", Wire.sale(tea)).outcome == "ok")
    let path = try #require(try wire.call("backup.run")["result.path"])
    let witness = folder.path + "/backups/w"
    let harm = "copy (select 1) to program 'touch \(witness)';"

    func verify(_ path: String) throws -> String {
      let reply = try wire.call("backup.verify", #"{"path":"\#(path)"}"#)
      return reply.outcome == "ok" ? "ok \(reply["result.ok"] ?? "?")" : reply.outcome
    }
    #expect(try verify(path) == "ok true")

    // Statements that stand before the data are skipped: the data itself is whole.
    let before = try doctored(path, in: folder) { archive in
      let setting = "SELECT pg_catalog.set_config('search_path', '', false);"
      return try replacing(setting, by: String(harm.prefix(setting.utf8.count)), in: archive)
    }
    #expect(try verify(before) == "ok true")

    // A statement in the place of the one that takes the rows: they are no rows of ours then.
    let columns = "COPY shelf.idempotency_key (key, digest, at, result, sale_id) FROM stdin;"
    for statement in [
      "copy (select 1) to program 'touch w';", "COPY shelf.store (id) FROM program 'touch w';",
      "COPY public.idempotency_key (key, digest, at, result, sale_id) FROM std;", "COPY shelf.app_user FROM stdin;",
      "COPY shelf.idempotency_key (key, digest, at, result, id) FROM stdin;",
    ] {
      let bent = try doctored(path, in: folder) { try replacing(columns, by: statement, in: $0) }
      #expect(try verify(bent) == "backup-invalid", "\(statement)")
      let restore = try wire.call("backup.restore", #"{"backupPath":"\#(bent)","confirmation":true}"#)
      #expect(restore.outcome == "backup-invalid", "\(statement): \(restore.text)")
    }
    #expect(access(witness, F_OK) != 0 && access("w", F_OK) != 0, "no program was run")
    #expect(try wire.call("sales.list")["result.items.0.receiptNo"] == "RCPT-20260310-0001", "and nobody was signed out")
    try wire.end()
  }
}
