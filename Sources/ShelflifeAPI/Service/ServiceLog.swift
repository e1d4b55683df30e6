// What the service tells its operator. Where the lines go is the executable's affair; no secret is ever among the fields.

package enum LogLevel: String, Sendable, CaseIterable, Comparable {
  case debug, info, warning, error

  package static func < (a: LogLevel, b: LogLevel) -> Bool {
    (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
  }
}

/// Takes log entries; must not block.
package struct ServiceLog: Sendable {
  package let write: @Sendable (LogLevel, String, [String: String]) -> Void

  package init(_ write: @escaping @Sendable (LogLevel, String, [String: String]) -> Void) {
    self.write = write
  }
}
