// Backups as the tests take, spoil and restore them.
import Glibc

extension Sidecar {
  /// Takes a backup and answers its path.
  func backUp() throws -> String {
    guard let path = try result("backup.run", within: .seconds(60))["path"]?.text else { throw Failure("a backup has a path") }
    return path
  }

  func restore(_ path: String, within limit: Duration = .seconds(120)) throws -> Reply {
    try call("backup.restore", #"{"backupPath":"\#(path)","confirmation":true}"#, within: limit)
  }

  /// Everything by which two shops can be told apart, as the owner sees it.
  func image() throws -> [String] {
    let products = try all("inventory.list", #""withLots":true,"includeInactive":true"#)
    return try [sales(), try all("stockIn.list"), products, try all("users.list")].flatMap { $0 }.map { "\($0)" }
  }
}

extension Shop {
  var backupsFolder: String { directory + "/backups" }

  /// The names in the backups folder, hidden ones too.
  var backupNames: [String] { Processes.entries(backupsFolder).sorted() }

  /// The server's databases besides its own.
  var databases: [String] {
    get throws {
      guard let socket = socketDirectory else { throw Failure("no server") }
      let text = try Psql.run(
        "select datname from pg_database where datname not in ('postgres', 'template0', 'template1') order by 1",
        socketDirectory: socket, database: "postgres")
      return text.split(separator: "\n").map(String.init)
    }
  }
}

/// A file's bytes, and putting them back changed.
enum FileBytes {
  static func read(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure("\(path): errno \(errno)") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = Glibc.read(descriptor, &piece, piece.count)
      guard count >= 0 else { throw Failure("\(path): errno \(errno)") }
      if count == 0 { return bytes }
      bytes += piece[..<count]
    }
  }

  static func write(_ bytes: some Collection<UInt8>, to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failure("\(path): errno \(errno)") }
    defer { close(descriptor) }
    let bytes = Array(bytes)
    guard bytes.isEmpty || Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw Failure("\(path): short") }
  }
}
