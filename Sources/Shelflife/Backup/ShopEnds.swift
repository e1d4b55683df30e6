// Where the books of a database end: its last numbers and the last link of its audit.
import Postgres

package struct ShopEnds: Sendable, Equatable {
  package let lastReceipt: DocumentNumber?
  package let lastDelivery: DocumentNumber?
  package let auditLinks: Int64
  /// 32 bytes.
  let auditHash: [UInt8]

  static func read(on connection: Connection) throws -> ShopEnds {
    guard let ends = try connection.run(FactStatements.ends).first else {
      throw Fault.databaseUnavailable(reason: "the audit has no head")
    }
    return ends
  }
}
