// A backup's manifest as JSON, ending in a digest of itself.
import JSONRPC
import Shelflife

extension Shape where Value == BackupKind {
  static var backupKind: Shape { .enumeration(["manual": .manual, "daily": .daily, "safety": .safety]) }
}

extension Shape where Value == TableRows {
  static let tableRows: Shape = .record(
    .required("table", .string(1...63), "The table.", \.table),
    .required("rows", .integer(0...Int.max), "How many rows it has.") { @Sendable in Int($0.rows) },
    make: { TableRows(table: $0, rows: Int64($1)) })
}

extension Shape where Value == ShopFacts {
  static let shopFacts: Shape = .record(
    .required("tables", .array(of: .tableRows), "Every table with its rows.", \.tables),
    .nullable("lastReceiptNo", .documentNumber(.receipt), "The last receipt number of the newest day.", \.lastReceipt),
    .nullable("lastRefNo", .documentNumber(.delivery), "The last delivery number of the newest day.", \.lastDelivery),
    .required("auditLinks", .integer(0...Int.max), "Links of the audit chain.") { @Sendable in Int($0.auditLinks) },
    .required("auditHash", .hexDigest, "The hash that the audit chain ends in.", \.auditHash),
    make: {
      ShopFacts(tables: $0, lastReceipt: $1, lastDelivery: $2, auditLinks: Int64($3), auditHash: $4)
    })
}

extension Shape where Value == String {
  static let hexDigest: Shape = .string(64...64)
}

/// The manifest with the number of its format, which decides how the rest is read.
private struct NumberedManifest: Sendable {
  let format: Int
  let manifest: Manifest
}

extension Shape where Value == Manifest {
  private static let numbered: Shape<NumberedManifest> = .record(
    .required("format", .integer(1...Manifest.format), "The format of the file.", \.format),
    .members(of: unnumbered, \.manifest),
    make: { NumberedManifest(format: $0, manifest: $1) })

  private static let unnumbered: Shape = .record(
    .required("kind", .backupKind, "Why it was taken.", \.kind),
    .required("programVersion", .string(1...100), "The program that took it.", \.programVersion),
    .required("schemaVersion", .integer(1...1_000_000), "The schema it holds.", \.schemaVersion),
    .required("postgresVersion", .string(1...200), "The server it was taken from.", \.postgresVersion),
    .required("createdAt", .instant, "When it was taken.", \.createdAt),
    .required("businessDate", .day, "The business date of that moment.", \.businessDate),
    .required("storeName", .string(0...1_000), "The store.", \.storeName),
    .nullable("shopId", .identifier, "Whose it is.", \.shopID),
    .members(of: .shopFacts, \.facts),
    .required("archiveBytes", .integer(1...Int.max), "Bytes of the archive.") { @Sendable in Int($0.archiveBytes) },
    .required("sha256", .hexDigest, "The archive's digest.", \.sha256),
    make: {
      Manifest(
        kind: $0, programVersion: $1, schemaVersion: $2, postgresVersion: $3, createdAt: $4, businessDate: $5, storeName: $6,
        shopID: $7, facts: $8, archiveBytes: Int64($9), sha256: $10)
    })

  static let manifest: Shape = numbered.mapped(
    from: { $0.manifest }, to: { NumberedManifest(format: Manifest.format, manifest: $0) })
}

extension ManifestCodec {
  private static let digestMember = #","manifestSha256":""#

  /// The manifest's JSON with one more member, the digest of all before it: a bit that flips in it is found.
  package static let json = ManifestCodec(
    encode: { manifest in
      let bytes = Shape.manifest.encode(manifest, moneyScale: 0)
      return Array(bytes.dropLast()) + Array("\(digestMember)\(Digest.sha256(bytes).hex)\"}".utf8)
    },
    decode: { bytes in
      let tail = digestMember.utf8.count + 2 * Digest.length + 2
      guard bytes.count > tail else { return nil }
      let body = Array(bytes.dropLast(tail)) + [UInt8(ascii: "}")]
      guard Array(bytes.suffix(tail)) == Array("\(digestMember)\(Digest.sha256(body).hex)\"}".utf8) else { return nil }
      do {
        return try Shape.manifest.decode(try JSONReader.read(body[...]), moneyScale: 0)
      } catch {
        return nil
      }
    })
}
