/// Documents: the errors as a page to read.

/// `errors.md`: the whole catalogue, in its own order, one table a code.
package struct ErrorPage: Sendable {
  let faults: [FaultDescription]

  package init(faults: [FaultDescription]) {
    self.faults = faults
  }

  package var text: String {
    var text = """
      # Errors

      Generated from the catalogue of faults; do not edit.

      `error` is `{code, message, data: {code, message, details, retryable}}`. Programs switch on `data.code`; texts may change.
      `retryable` says whether the same call can succeed later without a change.

      """
    var codes: [Int] = []
    for fault in faults where !codes.contains(fault.code) { codes.append(fault.code) }
    for code in codes {
      text += "\n## \(code)\n\n| `data.code` | meaning | retryable | what the till does | `details` |\n"
      text += "| --- | --- | --- | --- | --- |\n"
      for fault in faults where fault.code == code {
        let details = fault.details.map { "`\(TypeScript.line($0))`" } ?? "null"
        let cells = [
          "`\(fault.dataCode)`", fault.meaning, fault.retryable ? "yes" : "no", fault.whatTheTillShouldDo, details,
        ]
        text += "| " + cells.map(MethodPage.cell).joined(separator: " | ") + " |\n"
      }
    }
    return text
  }

  /// What is wrong with the catalogue as a whole, in words; empty if nothing is.
  package var problems: [String] {
    faults.enumerated().compactMap { index, fault in
      faults[..<index].contains { $0.dataCode == fault.dataCode } ? "\(fault.dataCode) is listed twice" : nil
    }
  }
}

extension TypeScript {
  /// The look of a result on one line, with everything inside it.
  static func line(_ schema: Schema) -> String {
    switch schema.form {
    case .array(let item, _): "[\(line(item))]"
    case .record(let members):
      "{" + members.map { "\($0.name)\($0.isRequired(.result) ? "" : "?"): \(line($0.value(.result)))" }.joined(separator: ", ")
        + "}"
    case .nullable(let inner): line(inner) + " | null"
    case .named(_, let inner): line(inner)
    default: type(schema, .result, indent: "")
    }
  }
}
