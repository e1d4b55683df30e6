// How something that people began or booked came to its end.
import Postgres

/// Who ended a recall or a stock take when and why.
package struct Ending: Sendable, Equatable {
  package let at: Instant
  /// By the present name.
  package let by: Actor
  package let reason: String
}

/// The document by which a receipt or a delivery was taken back.
package struct Reversal: Sendable, Equatable {
  package let number: DocumentNumber
  package let at: Instant
  /// By the name of that moment.
  package let by: Actor
  package let reason: String
}

extension RowReader {
  /// Four columns: when, who by id and name, and why; all null where nothing has ended.
  mutating func ending() throws -> Ending? {
    let at = try optionalInstant()
    let userID = try optionalIdentifier()
    let name = try optionalText()
    let reason = try optionalText()
    guard let at, let userID, let reason else { return nil }
    return Ending(at: at, by: Actor(id: userID, name: name ?? ""), reason: reason)
  }
}
