// The database behind the program's back: psql, for what a test must see or hold by itself.
import Glibc

enum Psql {
  /// PostgreSQL's programs: `SHELFLIFE_PG_BIN`, else the newest installed.
  static func program(_ name: String) throws -> String {
    let chosen = getenv("SHELFLIFE_PG_BIN").map { [String(cString: $0)] } ?? []
    let candidates = chosen + (13...30).reversed().map { "/usr/lib/postgresql/\($0)/bin" } + ["/usr/local/bin", "/usr/bin"]
    guard let found = candidates.first(where: { access("\($0)/\(name)", X_OK) == 0 }) else {
      throw Failure("PostgreSQL's \(name) is not installed")
    }
    return "\(found)/\(name)"
  }

  /// Runs one statement in the shop's database and returns what it answers.
  @discardableResult
  static func run(_ sql: String, socketDirectory: String, database: String = "shelflife", asUser user: String? = nil) throws
    -> String
  {
    let become = user.map { ["/usr/bin/setpriv", "--reuid=\($0)", "--clear-groups"] } ?? []
    let output = try Spawning.run(
      become + [
        try program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", socketDirectory, "-U", "postgres", "-d", database, "-c", sql,
      ], within: .seconds(20))
    return output.split(separator: "\n").joined(separator: "\n")
  }
}

/// A session that holds a lock until it is let go.
final class Holder {
  private let pid: pid_t
  private let input: Int32
  private let output: Drain
  private let errors: Drain
  private var isOpen = true

  /// Runs `sql` in a transaction, which stays open.
  init(_ sql: String, _ shop: Shop) throws {
    guard let directory = shop.socketDirectory else { throw Failure("no server") }
    let input = try Spawning.pipe()
    let output = try Spawning.pipe()
    let errors = try Spawning.pipe()
    pid = try Spawning.start(
      [try Psql.program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", directory, "-U", "postgres", "-d", "shelflife"],
      environment: Spawning.environment, input: input.read, output: output.write, errors: errors.write)
    for end in [input.read, output.write, errors.write] { close(end) }
    self.input = input.write
    self.output = Drain(output.read)
    self.errors = Drain(errors.read)
    send("begin;\n\(sql);\nselect 'held';\n")
    guard Spawning.eventually(within: .seconds(10), { self.output.text.contains("held") }) else {
      throw Failure("the lock was not got: \(self.errors.text)")
    }
  }

  deinit { release() }

  /// Rolls back.
  func release() {
    guard isOpen else { return }
    isOpen = false
    send("rollback;\n")
    close(input)
    if Spawning.wait(pid, within: .seconds(5)) == nil { kill(pid, SIGKILL) }
  }

  private func send(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
  }
}
