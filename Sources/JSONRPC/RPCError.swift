/// The error of a reply, in the contract's one form, and the errors that the wire itself answers with.

/// `{code, message, data: {code, message, details, retryable}}`.
package struct RPCError: Error, Sendable, Equatable {
  package let code: Int
  /// For people; stands in the error and in its data.
  package let message: String
  /// The stable kebab-case name that programs switch on.
  package let dataCode: String
  /// A JSON object as text without raw newlines, or nil for null.
  package let details: [UInt8]?
  /// Whether the same call can succeed later without a change.
  package let retryable: Bool

  package init(code: Int, message: String, dataCode: String, details: [UInt8]? = nil, retryable: Bool = false) {
    self.code = code
    self.message = message
    self.dataCode = dataCode
    self.details = details
    self.retryable = retryable
  }

  package static func parseError(_ error: JSONSyntaxError) -> RPCError {
    var details = JSONWriter(capacity: 64)
    details.beginObject()
    details.name("offset")
    details.int(error.offset)
    details.name("reason")
    details.string(error.reason.rawValue)
    details.endObject()
    return RPCError(code: -32700, message: "The line is not valid JSON.", dataCode: "parse-error", details: details.bytes)
  }

  package static func invalidRequest(_ message: String) -> RPCError {
    RPCError(code: -32600, message: message, dataCode: "invalid-request")
  }

  static let tooLargeCode = "message-too-large"

  package static func messageTooLarge(limit: Int) -> RPCError {
    RPCError(code: -32600, message: "The line is longer than \(limit) bytes.", dataCode: tooLargeCode)
  }

  package static let positionalParams: RPCError = {
    let message = "Params must be an object with named members."
    var details = JSONWriter(capacity: 128)
    details.beginObject()
    details.name("issues")
    details.beginArray()
    details.beginObject()
    details.name("path")
    details.string("")
    details.name("code")
    details.string("expected-object")
    details.name("message")
    details.string(message)
    details.endObject()
    details.endArray()
    details.endObject()
    return RPCError(code: -32602, message: message, dataCode: "validation-error", details: details.bytes)
  }()

  package static let methodNotFound = RPCError(code: -32601, message: "There is no such method.", dataCode: "method-not-found")

  static let idInFlight = RPCError(
    code: -32600, message: "A request with this id is still in flight.", dataCode: "invalid-request", retryable: true)

  package static let requestCancelled = RPCError(
    code: -32800, message: "The request was cancelled before it changed anything.", dataCode: "request-cancelled", retryable: true
  )

  static func unanswered(incident: String) -> RPCError {
    var details = JSONWriter(capacity: 64)
    details.beginObject()
    details.name("incident")
    details.string(incident)
    details.endObject()
    return RPCError(code: -32603, message: "Internal error.", dataCode: "internal-error", details: details.bytes)
  }

  /// Writes the error object.
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.name("code")
    writer.int(code)
    writer.name("message")
    writer.string(message)
    writer.name("data")
    writer.beginObject()
    writer.name("code")
    writer.string(dataCode)
    writer.name("message")
    writer.string(message)
    writer.name("details")
    if let details { writer.raw(details) } else { writer.null() }
    writer.name("retryable")
    writer.bool(retryable)
    writer.endObject()
    writer.endObject()
  }
}
