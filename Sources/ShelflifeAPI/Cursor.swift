// Where a list goes on, as an opaque text: the last item's key, tied to the filters it was made with.
import JSONRPC
import Shelflife

/// A cursor holds the digest of its list's filters, so that it cannot be used with others, and the key of the last item.
enum Cursor {
  private static let filterBytes = 8

  static func text(_ key: NameKey, filter: [UInt8]) -> String {
    text([key.id.text, key.name], filter: filter)
  }

  static func text(_ key: DocumentKey, filter: [UInt8]) -> String {
    text([key.day.text, String(key.number)], filter: filter)
  }

  static func text(_ key: AuditKey, filter: [UInt8]) -> String {
    text([String(key.link), String(key.entry)], filter: filter)
  }

  static func text(_ day: Day, filter: [UInt8]) -> String {
    text([day.text, ""], filter: filter)
  }

  static func text(_ key: TillKey, filter: [UInt8]) -> String {
    text([key.name, ""], filter: filter)
  }

  static func text(_ key: RankKey, filter: [UInt8]) -> String {
    text([key.id.text, String(key.value)], filter: filter)
  }

  static func text(_ key: LotKey, filter: [UInt8]) -> String {
    text([key.expiry.text, "\(key.receivedAt.text) \(key.number)"], filter: filter)
  }

  static func text(_ key: LotReceiptKey, filter: [UInt8]) -> String {
    text([key.document.day.text, "\(key.document.number) \(key.productID.text)"], filter: filter)
  }

  static func text(_ key: MomentKey, filter: [UInt8]) -> String {
    text([key.id.text, key.at.text], filter: filter)
  }

  /// Ties a position to the changes themselves, whatever kinds of them are asked for.
  private static let changes = Shape<ListParams>.filterDigest("changes.since")

  static func text(_ position: ChangePosition) -> String {
    text([position.incarnation.text, "\(position.link) \(position.entry) \(position.part)"], filter: changes)
  }

  static func changePosition(_ text: String) throws(Fault) -> ChangePosition {
    let position = try key(text, changes) { first, second -> ChangePosition? in
      let rest = second.split(separator: " ")
      guard let incarnation = identifier(first), rest.count == 3, let link = Int64(rest[0]), let entry = Int32(rest[1]),
        let part = Int32(rest[2])
      else { return nil }
      return ChangePosition(incarnation: incarnation, link: link, entry: entry, part: part)
    }
    guard let position else { throw refused }
    return position
  }

  static func dayKey(_ text: String?, filter: [UInt8]) throws(Fault) -> Day? {
    try key(text, filter) { first, _ in day(first) }
  }

  static func tillKey(_ text: String?, filter: [UInt8]) throws(Fault) -> TillKey? {
    try key(text, filter) { first, _ in TillKey(name: String(first)) }
  }

  static func rankKey(_ text: String?, filter: [UInt8]) throws(Fault) -> RankKey? {
    try key(text, filter) {
      guard let id = identifier($0), let value = Int128($1) else { return nil }
      return RankKey(value: value, id: id)
    }
  }

  static func lotKey(_ text: String?, filter: [UInt8]) throws(Fault) -> LotKey? {
    try key(text, filter) {
      let rest = $1.split(separator: " ")
      guard let expiry = day($0), rest.count == 2, let receivedAt = instant(rest[0]), let number = Int64(rest[1]) else {
        return nil
      }
      return LotKey(expiry: expiry, receivedAt: receivedAt, number: number)
    }
  }

  static func lotReceiptKey(_ text: String?, filter: [UInt8]) throws(Fault) -> LotReceiptKey? {
    try key(text, filter) {
      let rest = $1.split(separator: " ")
      guard let day = day($0), rest.count == 2, let number = Int32(rest[0]), let productID = identifier(String(rest[1])) else {
        return nil
      }
      return LotReceiptKey(document: DocumentKey(day: day, number: number), productID: productID)
    }
  }

  static func momentKey(_ text: String?, filter: [UInt8]) throws(Fault) -> MomentKey? {
    try key(text, filter) {
      guard let id = identifier($0), let at = instant($1[...]) else { return nil }
      return MomentKey(at: at, id: id)
    }
  }

  static func nameKey(_ text: String?, filter: [UInt8]) throws(Fault) -> NameKey? {
    try key(text, filter) {
      guard let id = identifier($0) else { return nil }
      return NameKey(name: $1, id: id)
    }
  }

  static func documentKey(_ text: String?, filter: [UInt8]) throws(Fault) -> DocumentKey? {
    try key(text, filter) {
      guard let day = day($0), let number = Int32($1) else { return nil }
      return DocumentKey(day: day, number: number)
    }
  }

  static func auditKey(_ text: String?, filter: [UInt8]) throws(Fault) -> AuditKey? {
    try key(text, filter) {
      guard let link = Int64($0), let entry = Int32($1) else { return nil }
      return AuditKey(link: link, entry: entry)
    }
  }

  /// The key that `make` finds in a cursor's two parts; nil without a cursor.
  static func key<Key>(
    _ text: String?, _ filter: [UInt8], _ make: (String, String) -> Key?
  ) throws(Fault) -> Key? {
    guard let text else { return nil }
    guard let parts = parts(text, filter: filter), let key = make(parts[0], parts[1]) else { throw refused }
    return key
  }

  private static var refused: Fault {
    .validation([
      ValidationIssue(
        path: "cursor", code: "bad-cursor", message: "This cursor is not of this list with these filters: begin without one.")
    ])
  }

  static func text(_ parts: [String], filter: [UInt8]) -> String {
    let bytes = Array(filter.prefix(filterBytes)) + Array(parts.joined(separator: "\u{1F}").utf8)
    return String(decoding: Base64URL.encode(bytes), as: UTF8.self)
  }

  /// Only what `text` made: bytes that decode to the parts, and nothing that would come out otherwise.
  private static func parts(_ text: String, filter: [UInt8]) -> [String]? {
    guard let bytes = Base64URL.decode(text.utf8), bytes.count > filterBytes, bytes.starts(with: filter.prefix(filterBytes)),
      !bytes.dropFirst(filterBytes).contains(0)
    else { return nil }
    let parts = String(decoding: bytes.dropFirst(filterBytes), as: UTF8.self).split(
      separator: "\u{1F}", maxSplits: 1, omittingEmptySubsequences: false
    ).map(String.init)
    return parts.count == 2 && self.text(parts, filter: filter) == text ? parts : nil
  }

  static func identifier(_ text: String) -> Identifier? {
    do { return try Identifier(parsing: text) } catch { return nil }
  }

  static func day(_ text: String) -> Day? {
    do { return try Day(parsing: text) } catch { return nil }
  }
  static func instant(_ text: Substring) -> Instant? {
    do { return try Instant(parsing: String(text)) } catch { return nil }
  }
}
