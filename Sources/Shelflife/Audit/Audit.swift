// Reading the audit back: who did what, when, to which record, and what the write changed.

/// One entry of the audit chain.
package struct AuditRecord: Sendable {
  package let key: AuditKey
  package let at: Instant
  /// Nil where nobody had signed in.
  package let user: Actor?
  package let sessionID: Identifier?
  package let action: String
  package let kind: AuditedRecord
  /// `Identifier.none` for a record of which there is one only.
  package let recordID: Identifier
  /// What people call the record now: its number, name or username.
  package let label: String?
  /// The changed members as JSON text, member to text or null; nil where the write tells nothing.
  package let before: String?
  package let after: String?
}

/// Where an entry stands in the chain, and where a list goes on.
package struct AuditKey: Sendable, Equatable {
  package let link: Int64
  /// Counted from 1 in its link.
  package let entry: Int32

  package init(link: Int64, entry: Int32) {
    self.link = link
    self.entry = entry
  }
}

/// Which entries a list is asked for, newest first. Dates are business dates in the store's present zone, both ends included.
package struct AuditFilter: Sendable {
  package let from: Day?
  package let to: Day?
  package let userID: Identifier?
  package let action: String?
  package let kind: AuditedRecord?
  package let recordID: Identifier?
  package let limit: Int
  package let after: AuditKey?

  package init(
    from: Day?, to: Day?, userID: Identifier?, action: String?, kind: AuditedRecord?, recordID: Identifier?, limit: Int,
    after: AuditKey?
  ) {
    self.from = from
    self.to = to
    self.userID = userID
    self.action = action
    self.kind = kind
    self.recordID = recordID
    self.limit = limit
    self.after = after
  }
}

package enum Audit {
  /// Entries of the chain, the last written first. Owner only.
  package static func list(_ filter: AuditFilter, in read: ReadTransaction) throws -> KeyedPage<AuditRecord, AuditKey> {
    let isOfDays = filter.from != nil || filter.to != nil
    let statement =
      if filter.recordID != nil {
        AuditListStatements.ofRecord
      } else if let action = filter.action, action != AuditListStatements.usualAction {
        isOfDays ? AuditListStatements.ofActionAndDays : AuditListStatements.ofAction
      } else if let kind = filter.kind, kind != AuditListStatements.usualKind {
        isOfDays ? AuditListStatements.ofKindAndDays : AuditListStatements.ofKind
      } else if filter.userID != nil {
        AuditListStatements.ofUser
      } else if isOfDays {
        AuditListStatements.ofDays
      } else {
        AuditListStatements.newest
      }
    let rows = try read.run(statement, .init(filter: filter, zone: read.context.store.timeZone))
    return KeyedPage(rows, limit: filter.limit, key: \.key)
  }
}
