// The end of the audit chain: what the next link builds on.

/// The last link of the audit: how many there are, and its hash. Every write of every process moves it.
package struct AuditHead: Sendable, Equatable {
  let seq: Int64
  /// 32 bytes.
  let hash: [UInt8]

  /// The link that these sales' entries make behind this one, with what each stores of its sale as it was written: what
  /// `AuditStatements.linkEntries` computes, in the same bytes.
  func next(_ sales: [PlannedSale], digests: [[UInt8]]) -> AuditHead {
    var record = RecordBytes()
    for (index, sale) in sales.enumerated() {
      record.row(10)
      record.int4(Int32(index + 1))
      record.timestamptz(sale.info.now)
      record.uuid(sale.seller.id)
      record.uuid(sale.info.caller?.sessionID)
      record.text(sale.info.method)
      record.text(AuditedRecord.sale.rawValue)
      record.uuid(sale.id)
      record.text(nil)
      record.text(nil)
      record.bytea(digests[index])
    }
    return AuditHead(seq: seq + 1, hash: record.digest(behind: hash, seq + 1).bytes)
  }
}
