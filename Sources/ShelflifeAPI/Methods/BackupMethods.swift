// backup.*: taking, listing, proving, copying and restoring backups.
import JSONRPC
import Shelflife

struct BackupPath: Sendable {
  let path: String?
}

struct ExportParams: Sendable {
  let targetPath: String
  let sourcePath: String?
}

struct RestoreParams: Sendable {
  let backupPath: String
  let isConfirmed: Bool
}

extension Shape where Value == BackupDone {
  static let copiedBackup: Shape = .result(
    .required("path", .text, "The file.", \.path),
    .required("bytes", .integer, "Its size.") { @Sendable in Int($0.bytes) },
    .required("sha256", .text, "The digest of the whole file.", \.sha256),
    .required("createdAt", .instant, "The moment that it shows.", \.manifest.createdAt))

  static let backup: Shape = .result(
    .members(of: .copiedBackup, \.self),
    .nullable("copyPath", .text, "The copy in the store's second folder, if one is set.", \.copyPath),
    .nullable("copyProblem", .text, "Why that copy could not be made; the backup itself is good.", \.copyProblem))
}

extension ListedBackup {
  fileprivate var createdAt: Instant? { manifest?.createdAt }
  fileprivate var businessDate: Day? { manifest?.businessDate }
  fileprivate var kind: BackupKind? { manifest?.kind }
  fileprivate var schemaVersion: Int? { manifest?.schemaVersion }
  fileprivate var programVersion: String? { manifest?.programVersion }
  fileprivate var storeName: String? { manifest?.storeName }
  fileprivate var lastReceipt: DocumentNumber? { manifest?.facts.lastReceipt }
  fileprivate var archiveSHA256: String? { manifest?.sha256 }
}

extension Shape where Value == ListedBackup {
  static let listedBackup: Shape = .result(
    .required("path", .text, "The file.", \.path),
    .required("bytes", .integer, "Its size; 0 if it cannot be read.") { @Sendable in Int($0.bytes) },
    .nullable("createdAt", .instant, "The moment that it shows.", \.createdAt),
    .nullable("businessDate", .day, "The business date of that moment.", \.businessDate),
    .nullable("kind", .backupKind, "manual, daily (by itself) or safety (before a restore).", \.kind),
    .nullable("schemaVersion", .integer, "The schema it holds.", \.schemaVersion),
    .nullable("programVersion", .text, "The program that took it.", \.programVersion),
    .nullable("storeName", .text, "The store.", \.storeName),
    .nullable("lastReceiptNo", .documentNumber(.receipt), "The last receipt in it.", \.lastReceipt),
    .nullable("archiveSha256", .text, "The digest of the archive inside.", \.archiveSHA256),
    .nullable("verifiedAt", .instant, "When it was last proved by restoring it beside the shop.", \.verifiedAt),
    .nullable("problem", .text, "Why it cannot be used, if it cannot.", \.problem)
  ).named("Backup")
}

extension Shape where Value == BackupProof {
  static let backupProof: Shape = .result(
    .required("ok", .bool, "True if every check of the restored books is.", \.isOK),
    .required("path", .text, "The file that was proved.", \.path),
    .required("checks", .array(of: .checkResult), "Every check, run in a scratch database.", \.checks))
}

extension Shape where Value == Restored {
  private static let numbers: Shape<ShopEnds> = .result(
    .nullable("lastReceiptNo", .documentNumber(.receipt), "Its last receipt.", \.lastReceipt),
    .nullable("lastRefNo", .documentNumber(.delivery), "Its last delivery.", \.lastDelivery))

  static let restored: Shape = .result(
    .required("path", .text, "The backup that was restored.", \.path),
    .required("createdAt", .instant, "The moment that the shop is back at.", \.manifest.createdAt),
    .nullable("lastReceiptNo", .documentNumber(.receipt), "The last receipt of the restored shop.", \.manifest.facts.lastReceipt),
    .nullable("lastRefNo", .documentNumber(.delivery), "Its last delivery.", \.manifest.facts.lastDelivery),
    .required("safetyBackupPath", .text, "The backup of the replaced shop, taken before.", \.safety.path),
    .required("replaced", numbers, "What the replaced shop ended with.", \.replaced.ends),
    .required("replacedDatabase", .text, "The name under which the server keeps it for a day.", \.replaced.database))
}

enum BackupMethods {
  /// Whatever is sent, only true is true.
  private static let confirmed = Shape<Bool>(
    schema: Shape<Bool>.bool.schema, read: { json, _ in json == .bool(true) },
    write: { value, writer in writer.json.bool(value.pointee) })

  private static let faults: [Fault] = [
    .backupNotFound, .backupInvalid(reason: ""), .backupNotPossible(reason: ""), .restoreInProgress,
  ]

  static let all: [ServedMethod] = [
    ServedMethod(
      "backup.run", "Takes a backup of this moment while the shop goes on selling.", access: .owner, params: .nothing,
      result: .backup, faults: [.backupNotPossible(reason: "")],
      .long { _, info, service, job in
        try service.backingUp(job) { try $0.run(.manual, of: $1, at: info.now, watch: $2) }
      }),
    ServedMethod(
      "backup.list", "The backups of this data directory, newest first.", access: .owner, params: ListParams.shape,
      result: .page(of: .listedBackup), faults: [.backupNotPossible(reason: "")],
      .read { list, _, job in
        try BackupPages.page(try job.service.knownBackups().folder.list(), list)
      }),
    ServedMethod(
      "backup.verify",
      "Restores a backup into a scratch database beside the shop, checks its books there, and drops it.", access: .owner,
      params: .record(
        .optional("path", .path(1_024), "The file; without it the newest backup.", \.path), make: { BackupPath(path: $0) }),
      result: .backupProof, faults: faults,
      .long { params, info, service, job in
        try service.backingUp(job) { try $0.verify(params.path, beside: $1, at: info.now, watch: $2) }
      }),
    ServedMethod(
      "backup.export", "Copies a whole backup into another folder; never over a file that is there.", access: .owner,
      params: .record(
        .required("targetPath", .path(1_024), "An existing folder.", \.targetPath),
        .optional("sourcePath", .path(1_024), "The backup; without it the newest.", \.sourcePath),
        make: { ExportParams(targetPath: $0, sourcePath: $1) }),
      result: .copiedBackup, faults: faults,
      .long { params, info, service, job in
        try service.backingUp(job) {
          try $0.export(params.sourcePath, of: $1, to: params.targetPath, at: info.now, watch: $2)
        }
      }),
    ServedMethod(
      "backup.restore",
      "Puts the shop of a backup in place of the present one, whole or not at all. A safety backup is taken first, and every session ends.",
      access: .owner,
      params: .record(
        .required("backupPath", .path(1_024), "The backup.", \.backupPath),
        .defaulted(
          "confirmation", confirmed, "Must be true: anything else is refused before the file is opened.", default: false,
          \.isConfirmed),
        make: { RestoreParams(backupPath: $0, isConfirmed: $1) }),
      result: .restored, faults: [.confirmationRequired] + faults,
      .exclusive { params, info, service, job in
        guard params.isConfirmed else { throw Fault.confirmationRequired }
        let restored = try service.backingUp(job) {
          try $0.restore(
            params.backupPath, in: $1, by: info.caller?.userID, at: info.now, watch: $2, mayCommit: { job.beginCommit() })
        }
        service.shopWasReplaced()
        return restored
      }),
  ]
}

/// Pages of a folder: a cursor is the last name shown, which stays good while files come and go.
enum BackupPages {
  static func page(_ all: [ListedBackup], _ list: ListParams) throws(Fault) -> Page<ListedBackup> {
    let filter = Shape<ListParams>.filterDigest("backup.list")
    let after = try Cursor.nameKey(list.cursor, filter: filter)?.name
    let rest = all.filter { backup in after.map { backup.path < $0 } ?? true }
    let items = Array(rest.prefix(list.limit))
    let isWhole = items.count == rest.count
    return Page(
      items: items,
      nextCursor: isWhole ? nil : items.last.map { Cursor.text(NameKey(name: $0.path, id: .none), filter: filter) })
  }
}
