// Shops for the tests: data directories below one temporary folder, most of them copies of one that was set up once.
import Glibc

/// A data directory and the processes that serve it.
struct Shop: Sendable {
  let directory: String

  static let username = "owner"
  static let password = "Kestrel-Harbour-41"

  /// The folder of this run of the tests. A small shell ends the servers in it and removes it when this process is gone, however
  /// it went.
  static let folder: String = {
    var path = Array("/tmp/shelflife-e2e-XXXXXX".utf8CString)
    precondition(mkdtemp(&path) != nil, "no temporary folder")
    let folder = String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    // The server's user must be able to pass.
    chmod(folder, 0o755)
    do {
      let watch = try Spawning.pipe()
      _ = try Spawning.start(
        [
          "/bin/sh", "-c",
          """
          cat; sleep 3
          for file in '\(folder)'/*/data/postmaster.pid '\(folder)'/*/postgres/postmaster.pid; do
            test -e "$file" && kill -QUIT "$(head -n 1 "$file")"
          done
          sleep 1; rm -rf '\(folder)'
          """,
        ], environment: Spawning.environment, input: watch.read, output: nil, errors: nil)
      close(watch.read)
    } catch {
      print("\(folder) will stay: \(error)")
    }
    return folder
  }()

  /// A directory that does not exist yet.
  static func empty(_ name: String) -> Shop { Shop(directory: folder + "/" + name) }

  /// A shop with an owner and nothing else, not running.
  static func fresh(_ name: String) throws -> Shop {
    let shop = empty(name)
    try Spawning.run(["/bin/cp", "-a", "--reflink=auto", try template.get().directory, shop.directory])
    return shop
  }

  private static let template = Result<Shop, any Error> {
    let shop = empty("template")
    let sidecar = try shop.start()
    try sidecar.result(
      "setup.createOwner", #"{"name":"Asta Lind","username":"\#(username)","password":"\#(password)"}"#, within: .seconds(120))
    guard try sidecar.finish() == .exited(0) else { throw Failure("the template did not end well\n\(sidecar.errorTail)") }
    guard Spawning.eventually(within: .seconds(20), { shop.servers.isEmpty && shop.supervisor == nil }) else {
      throw Failure("the template's server did not stop")
    }
    return shop
  }

  /// The flags with which every process of the tests serves this shop.
  var flags: [String] { ["--data-dir", directory, "--bcrypt-cost", "10"] }

  func start(_ flags: [String] = [], _ change: (inout Sidecar.Options) -> Void = { _ in }) throws -> Sidecar {
    var options = Sidecar.Options(flags: self.flags + flags)
    change(&options)
    return try Sidecar(options)
  }

  /// Starts a process and binds the owner's session to its pipe.
  func open(_ flags: [String] = [], _ change: (inout Sidecar.Options) -> Void = { _ in }) throws -> Sidecar {
    let sidecar = try start(flags, change)
    try sidecar.login()
    return sidecar
  }

  // MARK: - Its server

  var cluster: String { directory + "/postgres" }

  /// Every PostgreSQL process of the cluster.
  var servers: [pid_t] {
    Processes.all.filter { pid in
      guard let place = Processes.link("/proc/\(pid)/cwd"), place == cluster else { return false }
      return Processes.isRunning(pid)
    }
  }

  var supervisor: pid_t? {
    Processes.all.first { pid in
      let arguments = Processes.arguments(pid)
      return arguments.dropFirst().first == "supervise" && arguments.contains(directory) && Processes.isRunning(pid)
    }
  }

  var postmaster: pid_t? {
    Processes.read(cluster + "/postmaster.pid")?.split(separator: "\n").first.flatMap { pid_t($0) }
  }

  /// The server's processes that serve a connection of the shop.
  var backends: [pid_t] {
    servers.filter { Processes.arguments($0).first?.hasPrefix("postgres: shelflife_serve") ?? false }
  }

  /// Whether server and supervisor end in time. What is left then is ended by force, so that it disturbs no other test.
  func isStopped(within limit: Duration = .seconds(10)) -> Bool {
    let isStopped = Spawning.eventually(within: limit) { servers.isEmpty && supervisor == nil }
    if !isStopped {
      for pid in (supervisor.map { [$0] } ?? []) + servers { kill(pid, SIGKILL) }
      if let folder = socketDirectory {
        for name in Processes.entries(folder) { unlink(folder + "/" + name) }
        rmdir(folder)
      }
    }
    return isStopped
  }

  /// The folder of the server's socket.
  var socketDirectory: String? { Processes.link(directory + "/run") }
}

extension Sidecar {
  func login() throws {
    try result(
      "auth.login", #"{"username":"\#(Shop.username)","password":"\#(Shop.password)","bind":true}"#, within: .seconds(60))
  }

  /// Adds a product that does not expire, with one lot.
  func stock(_ product: Int, name: String = "Saline 0.9 % 500 ml", qty: Int) throws {
    try result("products.create", Params.product(product, name: name))
    try result("stockIn.create", #"{"items":[{"productId":"\#(Params.id(product))","qtyAdded":\#(qty),"unitCost":"1.2500"}]}"#)
  }

  /// What `system.check` says is wrong; empty if the books balance.
  func faultsInBooks() throws -> [String] {
    let report = try result("system.check", within: .seconds(60))
    let bad = (report["checks"]?.items ?? []).filter { $0["ok"]?.bool != true || $0["violations"]?.items.isEmpty != true }
    guard report["ok"]?.bool == true, report["checks"]?.items.isEmpty == false || !bad.isEmpty else { return ["\(report)"] }
    return bad.map { "\($0)" }
  }

  /// Every sale, newest first.
  func sales() throws -> [Value] { try all("sales.list") }

  /// Every item of a list, page by page.
  func all(_ method: String, _ filter: String = "") throws -> [Value] {
    var items: [Value] = []
    var cursor: String?
    repeat {
      let place = cursor.map { #","cursor":"\#($0)""# } ?? ""
      let page = try result(method, #"{"limit":500\#(place)\#(filter.isEmpty ? "" : "," + filter)}"#)
      items += page["items"]?.items ?? []
      cursor = page["nextCursor"]?.text
    } while cursor != nil
    return items
  }
}

/// Params as JSON text.
enum Params {
  /// A UUID for a number.
  static func id(_ number: Int) -> String { "0192d000-0000-7000-8000-" + padded(number, 12) }

  static func padded(_ number: Int, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  static func product(_ number: Int, name: String, price: String = "4.50", tracksExpiry: Bool = false) -> String {
    #"{"id":"\#(id(number))","name":"\#(name)","sellingPrice":"\#(price)","tracksExpiry":\#(tracksExpiry)}"#
  }

  /// A sale of one product.
  static func sale(_ product: Int, qty: Int = 1, key: String? = nil, timeout: Int? = nil) -> String {
    let key = key.map { #","idempotencyKey":"\#($0)""# } ?? ""
    let timeout = timeout.map { #","timeoutMs":\#($0)"# } ?? ""
    return #"{"items":[{"productId":"\#(id(product))","qty":\#(qty)}]\#(key)\#(timeout)}"#
  }

  static func receipt(_ day: String, _ number: Int) -> String { "RCPT-\(day)-\(padded(number, 4))" }
}
