// What a restored database tells of its restore: one audit entry, and an incarnation of its own.
import Postgres

enum RestoreRecord {
  /// Written into the new database while nobody can add to the old one. Every session of the shop ends with it.
  static func write(
    to scratch: ScratchShop, replaced: ShopEnds, manifest: Manifest, by caller: Identifier?, at now: Instant
  ) throws {
    let connection = try scratch.connect()
    defer { connection.close() }
    let known = try connection.run(UserStatements.byID, caller ?? .none).first?.user.id
    let entry = AuditEntry(
      at: now, userID: known, sessionID: nil, action: "backup.restore", kind: .restore, recordID: .none)
    let writing = connection.pipeline()
    try writing.begin()
    try writing.send(LoadStatements.newIncarnation, ())
    try AuditStatements.append(
      [entry],
      changes: [
        AuditChange(
          member: "lastReceiptNo", before: replaced.lastReceipt?.text, after: manifest.facts.lastReceipt?.text),
        AuditChange(member: "lastRefNo", before: replaced.lastDelivery?.text, after: manifest.facts.lastDelivery?.text),
        AuditChange(
          member: "auditLinks", before: String(replaced.auditLinks), after: String(manifest.facts.auditLinks)),
        AuditChange(member: "backupSha256", before: nil, after: manifest.sha256),
      ], in: writing)
    try writing.commit()
    try writing.sync()
  }
}
