// The text that pg_restore makes of an archive's data, of which only rows are read: nothing in it is ever run.
import Glibc

package enum CopyTextError: Error, Equatable, Sendable {
  /// A line outside of rows is longer than any that pg_restore writes.
  case lineTooLong
  /// Rows for what is no table of this schema, or in a form that pg_restore does not write.
  case foreignRows
  /// The text ends before its rows do.
  case cutShort
}

/// Finds the rows in the text, which arrives in pieces of any size. Keeps at most one line that is not a row.
package struct CopyTextReader {
  package enum Event {
    /// Rows of this table follow. The names are as the text has them: nothing vouches for them.
    case begin(table: String, columns: [String])
    /// Rows in COPY's text format, in pieces that need not end with a line.
    case data(UnsafeRawBufferPointer)
    case end
  }

  static let longestLine = 1 << 20

  private let schema: String
  private var line: [UInt8] = []
  private var isInRows = false
  /// In rows: at the beginning of a line, with so many bytes of the end mark seen and held back.
  private var isAtLineStart = false
  private var held = 0

  package init(schema: String) { self.schema = schema }

  /// Reads the next piece. Throws a `CopyTextError`, or what `take` throws; then the reader is of no more use.
  package mutating func read(_ bytes: UnsafeRawBufferPointer, _ take: (Event) throws -> Void) throws {
    var rest = bytes
    while !rest.isEmpty {
      let count = isInRows ? try readRows(rest, take) : try readLine(rest, take)
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
    }
  }

  /// To be called at the end of the text. Throws `.cutShort` if that is no good place to end.
  package func finish() throws(CopyTextError) {
    if isInRows || Self.isBeginning(line[...]) { throw .cutShort }
  }

  /// Reads up to the end of a line outside of rows; returns how many bytes that took.
  private mutating func readLine(_ bytes: UnsafeRawBufferPointer, _ take: (Event) throws -> Void) throws -> Int {
    let end = Self.newline(bytes, from: 0)
    let part = bytes[..<(end ?? bytes.count)]
    guard line.count + part.count <= Self.longestLine else { throw CopyTextError.lineTooLong }
    line += part
    guard let end else { return bytes.count }
    if Self.isBeginning(line[...]) {
      guard let (owner, table, columns) = CopyLine.parse(line), owner == schema else { throw CopyTextError.foreignRows }
      isInRows = true
      isAtLineStart = true
      held = 0
      try take(.begin(table: table, columns: columns))
    }
    line.removeAll(keepingCapacity: true)
    return end + 1
  }

  private static let endMark = Array("\\.\n".utf8)

  /// Reads rows up to their end mark or the piece's end; returns how many bytes that took.
  private mutating func readRows(_ bytes: UnsafeRawBufferPointer, _ take: (Event) throws -> Void) throws -> Int {
    var carried = held
    var lineStart = 0
    var position = 0
    while position < bytes.count {
      if isAtLineStart {
        while held < Self.endMark.count, position < bytes.count, bytes[position] == Self.endMark[held] {
          held += 1
          position += 1
        }
        if held == Self.endMark.count {
          if lineStart > 0 { try take(.data(UnsafeRawBufferPointer(rebasing: bytes[..<lineStart]))) }
          isInRows = false
          try take(.end)
          return position
        }
        if position == bytes.count { break }
        if carried > 0 { try Self.endMark.withUnsafeBytes { try take(.data(UnsafeRawBufferPointer(rebasing: $0[..<carried]))) } }
        isAtLineStart = false
      }
      guard let end = Self.newline(bytes, from: position) else {
        position = bytes.count
        break
      }
      position = end + 1
      lineStart = position
      isAtLineStart = true
      held = 0
      carried = 0
    }
    let sure = isAtLineStart ? lineStart : bytes.count
    if sure > 0 { try take(.data(UnsafeRawBufferPointer(rebasing: bytes[..<sure]))) }
    return bytes.count
  }

  private static func newline(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    guard start < bytes.count, let base = bytes.baseAddress else { return nil }
    return memchr(base + start, 10, bytes.count - start).map { UnsafeRawPointer($0) - base }
  }

  /// Whether the server would read rows after this line.
  private static func isBeginning(_ line: ArraySlice<UInt8>) -> Bool {
    line.starts(with: CopyLine.opening) && line.suffix(CopyLine.closing.count).elementsEqual(CopyLine.closing)
  }
}

/// `COPY schema.table (column, …) FROM stdin;` and nothing else.
private struct CopyLine {
  static let opening = Array("COPY ".utf8)
  static let closing = Array(" FROM stdin;".utf8)

  private var rest: ArraySlice<UInt8>

  static func parse(_ line: [UInt8]) -> (schema: String, table: String, columns: [String])? {
    var reader = CopyLine(rest: line[...])
    guard reader.skip("COPY "), let schema = reader.name(), reader.skip("."), let table = reader.name(), reader.skip(" (") else {
      return nil
    }
    var columns: [String] = []
    repeat {
      guard let column = reader.name() else { return nil }
      columns.append(column)
    } while reader.skip(", ")
    return reader.skip(") FROM stdin;") && reader.rest.isEmpty ? (schema, table, columns) : nil
  }

  private mutating func skip(_ text: StaticString) -> Bool {
    let bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    guard rest.starts(with: bytes) else { return false }
    rest = rest.dropFirst(bytes.count)
    return true
  }

  /// An identifier, quoted or not.
  private mutating func name() -> String? {
    var name: [UInt8] = []
    if skip("\"") {
      while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "\"") && !skip("\"") { return Self.text(name) }
        name.append(byte)
      }
      return nil
    }
    name = Array(rest.prefix { Self.isPlain($0) })
    rest = rest.dropFirst(name.count)
    return Self.text(name)
  }

  private static func text(_ name: [UInt8]) -> String? { name.isEmpty ? nil : String(validating: name, as: UTF8.self) }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    default: false
    }
  }
}
