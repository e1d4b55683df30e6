// audit.*: who did what, when, to which record, and the proof that nobody changed the telling of it.
import JSONRPC
import Shelflife

struct AuditListParams: Sendable {
  let from: Day?
  let to: Day?
  let userID: Identifier?
  let action: String?
  let kind: AuditedRecord?
  let recordID: Identifier?
  let list: ListParams

  var filterDigest: [UInt8] {
    Shape<ListParams>.filterDigest(
      "audit.list", from?.text, to?.text, userID?.text, action, kind?.rawValue, recordID?.text)
  }

  /// - Throws: `validation`, if the days are the wrong way round or the cursor is of another list.
  func filter() throws(Fault) -> AuditFilter {
    try DocumentListParams.check(from: from, to: to)
    return AuditFilter(
      from: from, to: to, userID: userID, action: action, kind: kind, recordID: recordID, limit: list.limit,
      after: try Cursor.auditKey(list.cursor, filter: filterDigest))
  }
}

extension Shape where Value == AuditedRecord {
  static var auditedRecord: Shape {
    .enumeration([
      "sale": .sale, "stock-in": .stockIn, "lot": .lot, "product": .product, "user": .user, "store": .store, "clock": .clock,
      "login": .login, "copy": .copy, "restore": .restore, "return": .saleReturn, "void": .void, "write-off": .writeOff,
      "supplier-return": .supplierReturn, "count": .count, "correction": .correction, "cancellation": .cancellation,
      "recall": .recall, "stock-take": .stockTake, "stock-take-entry": .stockTakeEntry,
    ])
  }
}

/// The JSON text of the members that a write changed.
struct ChangedMembers: Sendable {
  let text: String

  init?(_ text: String?) {
    guard let text else { return nil }
    self.text = text
  }

  /// The members, each a text or null; what somebody else put in their place is shown as one member of the name `unreadable`.
  var json: JSON {
    do {
      let json = try JSONReader.read(Array(text.utf8)[...])
      if case .object(let object) = json, object.members.allSatisfy({ $0.value.isTextOrNull }) { return json }
    } catch {
      return ["unreadable": .string(text)]
    }
    return ["unreadable": .string(text)]
  }
}

extension JSON {
  fileprivate var isTextOrNull: Bool {
    switch self {
    case .string, .null: true
    default: false
    }
  }
}

extension Shape where Value == ChangedMembers {
  static let changedMembers = Shape(
    schema: Schema(.map(Schema(.nullable(.text())))),
    read: { _, reader in
      reader.refuseResult()
      return nil
    },
    write: { changes, writer in writer.json.value(changes.pointee.json) })
}

extension Shape where Value == AuditRecord {
  private static let record: Shape = .result(
    .required("kind", .auditedRecord, "What kind of record.", \.kind),
    .required("id", .identifier, "Its id; all zeros for what there is one of: store, clock, login, restore.", \.recordID),
    .nullable(
      "label", .text, "What people call it now: a document's number, a lot's, a batch, a product's or store's name, a username.",
      \.label))

  static let auditRecord: Shape = .result(
    .required("link", .integer, "The link of the chain: one a transaction, from 1 without gap.", \.key.link),
    .required("entry", .integer, "The place in the link, from 1.", from: { @Sendable in Int($0.key.entry) }),
    .required("at", .instant, "The clock reading of the call that wrote.", \.at),
    .nullable("user", .actor, "Who wrote, by the present name; null where nobody had signed in.", \.user),
    .nullable("sessionId", .identifier, "The session; null where there was none.", \.sessionID),
    .required("action", .text, "The method, or auth.login-failed.", \.action),
    .required("record", record, "What was written.", \.self),
    .nullable(
      "before", .changedMembers, "The changed members as they were; null where none had a value or nothing is told.",
      from: { @Sendable in ChangedMembers($0.before) }),
    .nullable(
      "after", .changedMembers, "The changed members as the write left them; of a secret only that it was changed.",
      from: { @Sendable in ChangedMembers($0.after) })
  ).named("AuditEntry")
}

enum AuditMethods {
  static let all: [ServedMethod] = [
    ServedMethod(
      report: "audit.list", "Who did what to which record, the last write first.",
      params: .record(
        .optional("from", .day, "The first business date, in the store's present zone.", \.from),
        .optional("to", .day, "The last business date, included.", \.to),
        .optional("userId", .identifier, "Only what this user did.", \.userID),
        .optional("action", .string(1...64), "Only this method, or auth.login-failed.", \.action),
        .optional("recordKind", .auditedRecord, "Only records of this kind.", \.kind),
        .optional("recordId", .identifier, "Only this record.", \.recordID),
        .members(of: ListParams.shape, \.list),
        make: { AuditListParams(from: $0, to: $1, userID: $2, action: $3, kind: $4, recordID: $5, list: $6) }),
      result: .page(of: .auditRecord),
      { params, read, _ in
        let page = try Audit.list(try params.filter(), in: read)
        return Page(items: page.items, nextCursor: page.next.map { Cursor.text($0, filter: params.filterDigest) })
      }),
    ServedMethod(
      "audit.verify",
      "Computes the chain anew, link by link, and compares every record with what its last entry says; the first violation named is the first broken link.",
      access: .owner, params: .nothing, result: .checkReport,
      .read { _, read, job in CheckReport(checks: try Check.runAudit(in: read) { job.progress($0, $1) }) }),
  ]
}
