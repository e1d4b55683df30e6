// A whole process in process: dispatcher and peer over real pipes, with a real database behind them.
import Glibc
import JSONRPC
import Synchronization
import TestSupport

@testable import Shelflife
@testable import ShelflifeAPI

/// The client's ends of the pipes. Belongs to one thread.
final class Wire {
  let database: ShopDatabase
  let service: Service
  private let input: Int32
  private let output: Int32
  private let running: TestThread<Void>
  private let log: Log
  private var buffer: [UInt8] = []
  private var isInputOpen = true
  private var waiting: [String: JSON] = [:]
  /// Notifications that nobody has asked for yet.
  private var notifications: [JSON] = []
  private var nextID = 0

  private final class Log: Sendable {
    let lines = Mutex<[String]>([])
    let peer = Mutex<Peer?>(nil)
  }

  /// Pays no attention to a reader that is gone.
  private static let quiet: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

  convenience init(at time: String = "2026-03-10T12:00:00Z") throws { try self.init(.staffed(), at: time) }

  init(
    _ database: ShopDatabase, at time: String = "2026-03-10T12:00:00Z", source: DatabaseSource? = nil, backups: Backups? = nil,
    quietTime: Duration = .seconds(600), longestGathering: Duration = .milliseconds(2)
  ) throws {
    Self.quiet
    self.database = database
    var requests: [Int32] = [0, 0]
    var replies: [Int32] = [0, 0]
    guard pipe(&requests) == 0, pipe(&replies) == 0 else { throw Unexpected("no pipes") }
    input = requests[1]
    output = replies[0]
    let log = Log()
    self.log = log
    let superuser = database.superuser
    let service = try Service(
      Service.Options(
        version: "test", till: try TillName(parsing: "Counter"), clock: .starting(at: try Instant(parsing: time)), bcryptCost: 10,
        backups: backups, quietTime: quietTime),
      database: source
        ?? DatabaseSource(prepare: { _ throws(ProvisionFailure) in try Provision.shared(superuser) }, release: {}),
      log: ServiceLog { level, message, fields in log.lines.withLock { $0.append("\(level) \(message) \(fields)") } },
      shutDown: { log.peer.withLock { $0 }?.stop() })
    self.service = service
    let dispatcher = Dispatcher(service: service, longestGathering: longestGathering)
    let peer = Peer(input: requests[0], output: replies[1], handler: dispatcher) { _ in }
    log.peer.withLock { $0 = peer }
    service.start()
    running = TestThread { [requests, replies] in
      peer.run()
      service.stop()
      log.peer.withLock { $0 = nil }
      Glibc.close(requests[0])
      Glibc.close(replies[1])
    }
  }

  deinit {
    closeInput()
    Glibc.close(output)
  }

  var logged: [String] { log.lines.withLock { $0 } }

  private func closeInput() {
    if isInputOpen { Glibc.close(input) }
    isInputOpen = false
  }

  /// Writes bytes as they are.
  func write(_ text: String) throws {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
      guard count > 0 else { throw Unexpected("write: \(errno)") }
      sent += count
    }
  }

  /// Sends a call and answers its id.
  @discardableResult
  func send(_ method: String, _ params: String = "{}") throws -> String {
    nextID += 1
    try write(#"{"jsonrpc":"2.0","id":\#(nextID),"method":"\#(method)","params":\#(params)}"# + "\n")
    return String(nextID)
  }

  /// The reply to a call, whatever comes before it.
  func reply(_ id: String) throws -> JSON {
    while true {
      if let found = waiting.removeValue(forKey: id) { return found }
      guard let next = try line() else { throw Unexpected("the pipe ended before the reply to \(id)") }
      putAside(next)
    }
  }

  /// The next notification of a name, or one that came before and nobody asked for; nil if none comes for a while.
  func notification(_ method: String, patience: Int32 = 20_000) throws -> JSON? {
    if let index = notifications.firstIndex(where: { $0["method"] == method }) { return notifications.remove(at: index) }
    while let next = try line(patience: patience, isNeeded: false) {
      if next["method"] == method { return next }
      putAside(next)
    }
    return nil
  }

  private func putAside(_ message: JSON) {
    if message["method"] == nil { waiting[message["id"] ?? "null"] = message } else { notifications.append(message) }
  }

  func call(_ method: String, _ params: String = "{}") throws -> JSON { try reply(send(method, params)) }

  /// Whether the reply has come, after a while in which it could have.
  func hasReply(_ id: String) throws -> Bool {
    usleep(150_000)
    while waiting[id] == nil, let next = try line(patience: 0) { putAside(next) }
    return waiting[id] != nil
  }

  /// Ends the input and answers every reply that is still to come, once the peer has ended.
  @discardableResult
  func end() throws -> [JSON] {
    closeInput()
    var replies: [JSON] = []
    while let next = try line() { replies.append(next) }
    try running.value()
    return replies
  }

  /// The next line; nil at the end, or when none came in time.
  private func line(patience: Int32 = 20_000, isNeeded: Bool = true) throws -> JSON? {
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        defer { buffer.removeSubrange(...end) }
        return try JSONReader.read(buffer[..<end])
      }
      var entry = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, patience) > 0 else {
        if patience == 0 || !isNeeded { return nil }
        throw Unexpected("no reply came")
      }
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      let count = read(output, &chunk, chunk.count)
      if count <= 0 { return nil }
      buffer += chunk[..<count]
    }
  }

  // MARK: - Shorthand

  /// Signs somebody in and answers the token.
  func token(_ person: Person, bind: Bool = false) throws -> String {
    let reply = try call("auth.login", #"{"username":"\#(person.username)","password":"\#(person.password)","bind":\#(bind)}"#)
    guard let token = reply["result.token"] else { throw Unexpected("no token: \(reply.text)") }
    return token
  }

  /// A product that does not expire, with one lot of so many units, as the bound owner.
  func stock(_ name: String, _ qty: Int, id: Int) throws -> String {
    let product = Self.id(id)
    let made = try call("products.create", #"{"id":"\#(product)","name":"\#(name)","sellingPrice":"2.50","tracksExpiry":false}"#)
    let delivered = try call("stockIn.create", #"{"items":[{"productId":"\#(product)","qtyAdded":\#(qty),"unitCost":"1"}]}"#)
    guard made["error"] == nil, delivered["error"] == nil else { throw Unexpected("\(made.text) \(delivered.text)") }
    return product
  }

  /// A token whose session began a day ago and was never used since.
  func expiredToken(_ person: Person) throws -> String {
    let user = User(
      id: person.caller.userID, name: person.name, username: person.username, role: person.caller.role, isActive: true,
      createdAt: try Instant(parsing: "2026-03-01T08:00:00Z"))
    let read = try ShopSession(database.prepared, interrupt: SessionInterrupt(), deadline: nil)
    defer { read.close() }
    let info = CallInfo(
      method: "read", now: service.clock.now(), caller: nil, key: nil, moneyScale: 2, mayCommit: { true })
    let context = try read.read(info) { $0.context }.value
    let signedIn = SignedIn(user: user, credentialVersion: 1, store: context.store, incarnation: context.incarnation)
    return service.sessions.start(signedIn, at: info.now.adding(seconds: -86_400), bind: false).token
  }

  static func id(_ number: Int) -> String {
    "01950000-0000-7000-8000-" + String(repeating: "0", count: 12 - String(number).count) + String(number)
  }

  static func sale(_ product: String, _ qty: Int = 1, _ more: String = "") -> String {
    #"{"items":[{"productId":"\#(product)","qty":\#(qty)}]\#(more)}"#
  }
}

struct Unexpected: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension JSON {
  /// The value at a path such as `error.data.details.issues.0.path`: a text as it is, anything else as JSON; nil if it is not there.
  subscript(path: String) -> String? {
    var value = self
    for step in path.split(separator: ".") {
      switch value {
      case .object(let object):
        guard let member = object[String(step)] else { return nil }
        value = member
      case .array(let array):
        guard let index = Int(step), array.indices.contains(index) else { return nil }
        value = array[index]
      default: return nil
      }
    }
    if case .string(let text) = value { return text }
    return value.text
  }

  var text: String {
    var writer = JSONWriter()
    writer.value(self)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// `ok`, or the stable name of the error.
  var outcome: String { self["error.data.code"] ?? (self["result"] == nil ? "neither" : "ok") }

  /// The paths of a validation error, in their order.
  var issues: [String] {
    var paths: [String] = []
    while let path = self["error.data.details.issues.\(paths.count).path"] { paths.append(path) }
    return paths
  }
}
