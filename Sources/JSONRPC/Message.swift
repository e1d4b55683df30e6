/// One line taken apart: requests, notifications, cancellations and what is none of them. Knows no threads and no calls.

/// One message of a line, as section 2 of the contract sorts it.
enum Message: Sendable {
  /// A request (with an id) or a notification (without).
  case call(id: RequestID?, method: String, params: JSONObject)
  /// A well-formed request whose params are positional.
  case positional(id: RequestID?, method: String)
  /// `$/cancelRequest` as a notification; the id is nil if its params name none.
  case cancellation(RequestID?)
  /// To be answered with the error under the id, whether or not the sender asked for an answer.
  case invalid(id: RequestID, RPCError)

  static let cancelMethod = "$/cancelRequest"

  init(_ value: JSON) {
    guard case .object(let object) = value else {
      self = .invalid(id: .null, .invalidRequest("A message must be an object."))
      return
    }
    var idMember: JSON?
    var version: JSON?
    var methodMember: JSON?
    var paramsMember: JSON?
    for member in object.members {
      // Comparing with == is exact here and below: no other text is canonically equivalent to these names.
      switch member.name {
      case "id": idMember = member.value
      case "jsonrpc": version = member.value
      case "method": methodMember = member.value
      case "params": paramsMember = member.value
      default: break
      }
    }
    let id = idMember.map(RequestID.init)
    if case .some(nil) = id {
      self = .invalid(id: .null, .invalidRequest("The id must be a string, an integer or null."))
      return
    }
    let readableID = id ?? nil
    func invalid(_ message: String) -> Message { .invalid(id: readableID ?? .null, .invalidRequest(message)) }
    guard case .string(let versionText) = version, versionText == "2.0" else {
      self = invalid("The member jsonrpc must be \"2.0\".")
      return
    }
    guard case .string(let method) = methodMember else {
      self = invalid("The method must be a string.")
      return
    }
    switch paramsMember {
    case nil: self = .call(id: readableID, method: method, params: JSONObject())
    case .object(let params): self = .call(id: readableID, method: method, params: params)
    case .array: self = .positional(id: readableID, method: method)
    default:
      self = invalid("Params must be an object.")
      return
    }
    if readableID == nil, method == Self.cancelMethod { self = .cancellation(cancelledID) }
  }

  /// Whether a line must come back for it.
  var expectsReply: Bool {
    switch self {
    case .call(let id, _, _), .positional(let id, _): id != nil
    case .invalid: true
    case .cancellation: false
    }
  }

  /// The id that the params of a cancellation name.
  private var cancelledID: RequestID? {
    guard case .call(_, _, let params) = self, let id = params["id"] else { return nil }
    return RequestID(id)
  }
}

/// What stands on one line.
enum Line: Sendable {
  case single(Message)
  /// At least one, at most the limit.
  case batch([Message])
  /// To be answered with one error under a null id.
  case refused(RPCError)

  /// - Parameter text: the line without its newline; not blank.
  init(_ text: UnsafeRawBufferPointer, limits: WireLimits) {
    let value: JSON
    do throws(JSONSyntaxError) {
      value = try JSONReader.read(text)
    } catch {
      self = .refused(.parseError(error))
      return
    }
    guard case .array(let elements) = value else {
      self = .single(Message(value))
      return
    }
    if elements.isEmpty {
      self = .refused(.invalidRequest("A batch must not be empty."))
    } else if elements.count > limits.batchMembers {
      self = .refused(.invalidRequest("A batch holds at most \(limits.batchMembers) messages."))
    } else {
      self = .batch(elements.map(Message.init))
    }
  }
}

/// Encodes what the server says.
enum Outgoing {
  /// `{"jsonrpc":"2.0","id":…,"result":…}` without a newline.
  static func result(_ result: [UInt8], id: RequestID) -> [UInt8] {
    reply(#","result":"#, result, id: id)
  }

  /// `{"jsonrpc":"2.0","id":…,"error":…}` without a newline.
  static func error(_ error: RPCError, id: RequestID) -> [UInt8] {
    var writer = JSONWriter(capacity: 256 + 2 * error.message.utf8.count + (error.details?.count ?? 0))
    error.write(to: &writer)
    return reply(#","error":"#, writer.bytes, id: id)
  }

  /// `{"jsonrpc":"2.0","method":…,"params":…}` without a newline.
  static func notification(method: String, params: [UInt8]) -> [UInt8] {
    var writer = JSONWriter(capacity: params.count + method.utf8.count + 64)
    writer.beginObject()
    writer.name("jsonrpc")
    writer.string("2.0")
    writer.name("method")
    writer.string(method)
    writer.name("params")
    writer.raw(params)
    writer.endObject()
    return writer.bytes
  }

  /// Replies to a batch on one line.
  static func batch(_ replies: [[UInt8]]) -> [UInt8] {
    var writer = JSONWriter(capacity: replies.reduce(3) { $0 + $1.count + 1 })
    writer.beginArray()
    for reply in replies { writer.raw(reply) }
    writer.endArray()
    return writer.bytes
  }

  private static func reply(_ name: StaticString, _ value: [UInt8], id: RequestID) -> [UInt8] {
    let head: StaticString = #"{"jsonrpc":"2.0","id":"#
    var line: [UInt8] = []
    line.reserveCapacity(value.count + 64)
    line.append(contentsOf: UnsafeBufferPointer(start: head.utf8Start, count: head.utf8CodeUnitCount))
    switch id {
    case .integer(var digits): digits.withUTF8 { line.append(contentsOf: $0) }
    case .null, .string:
      var writer = JSONWriter(capacity: 64)
      id.write(to: &writer)
      line.append(contentsOf: writer.bytes)
    }
    line.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    line.append(contentsOf: value)
    line.append(UInt8(ascii: "}"))
    return line
  }
}
