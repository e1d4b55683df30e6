// What a backup says of itself: enough to choose one, and to tell whether what came out of it is what went in.

/// Why a backup was taken.
package enum BackupKind: String, Sendable, CaseIterable {
  /// Somebody asked for it.
  case manual
  /// The process took it by itself.
  case daily
  /// Taken before a restore.
  case safety
}

/// How many rows a table has.
package struct TableRows: Sendable, Equatable {
  package let table: String
  package let rows: Int64

  package init(table: String, rows: Int64) {
    self.table = table
    self.rows = rows
  }
}

/// What is in a shop's database at one moment.
package struct ShopFacts: Sendable, Equatable {
  /// By name.
  package let tables: [TableRows]
  package let lastReceipt: DocumentNumber?
  package let lastDelivery: DocumentNumber?
  package let auditLinks: Int64
  /// 64 hexadecimal digits: the hash that the audit chain ends in.
  package let auditHash: String

  package init(
    tables: [TableRows], lastReceipt: DocumentNumber?, lastDelivery: DocumentNumber?, auditLinks: Int64, auditHash: String
  ) {
    self.tables = tables
    self.lastReceipt = lastReceipt
    self.lastDelivery = lastDelivery
    self.auditLinks = auditLinks
    self.auditHash = auditHash
  }
}

/// A backup's manifest.
package struct Manifest: Sendable, Equatable {
  /// The layout of the file and of the manifest that this program writes.
  package static let format = 1

  package let kind: BackupKind
  package let programVersion: String
  package let schemaVersion: Int
  package let postgresVersion: String
  package let createdAt: Instant
  package let businessDate: Day
  package let storeName: String
  /// Whose backup it is; nil for a schema before shops had ids.
  package let shopID: Identifier?
  package let facts: ShopFacts
  package let archiveBytes: Int64
  /// 64 hexadecimal digits, of the archive.
  package let sha256: String

  package init(
    kind: BackupKind, programVersion: String, schemaVersion: Int, postgresVersion: String, createdAt: Instant,
    businessDate: Day, storeName: String, shopID: Identifier?, facts: ShopFacts, archiveBytes: Int64, sha256: String
  ) {
    self.kind = kind
    self.programVersion = programVersion
    self.schemaVersion = schemaVersion
    self.postgresVersion = postgresVersion
    self.createdAt = createdAt
    self.businessDate = businessDate
    self.storeName = storeName
    self.shopID = shopID
    self.facts = facts
    self.archiveBytes = archiveBytes
    self.sha256 = sha256
  }
}

/// How a manifest is written down. Reading gives nil for anything that this program did not write just so.
package struct ManifestCodec: Sendable {
  package let encode: @Sendable (Manifest) -> [UInt8]
  package let decode: @Sendable ([UInt8]) -> Manifest?

  package init(encode: @escaping @Sendable (Manifest) -> [UInt8], decode: @escaping @Sendable ([UInt8]) -> Manifest?) {
    self.encode = encode
    self.decode = decode
  }
}
