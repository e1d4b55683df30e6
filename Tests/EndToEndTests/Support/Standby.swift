// A streaming standby of a server that a test runs.
import Glibc

final class StandbyServer {
  let port: Int
  private let directory: String

  /// Copies the running server and starts to follow it.
  init(of primary: PlainServer, _ name: String) throws {
    directory = Shop.folder + "/" + name
    port = try PlainServer.freePort()
    mkdir(directory, 0o700)
    if getuid() == 0 { try Spawning.run(["/bin/sh", "-c", "chown postgres: '\(directory)'"]) }
    try run(
      "pg_basebackup",
      [
        "-D", directory + "/data", "-R", "-X", "stream", "-c", "fast", "-h", "127.0.0.1", "-p", String(primary.port), "-U",
        PlainServer.user,
      ])
    try start()
  }

  deinit {
    do { try stop() } catch { print("\(directory): \(error)") }
  }

  func url(_ database: String, user: String = PlainServer.user, password: String = PlainServer.password) -> String {
    "postgresql://\(user):\(password)@127.0.0.1:\(port)/\(database)"
  }

  func start() throws {
    let options = ["port=\(port)", "listen_addresses=127.0.0.1", "unix_socket_directories=\(directory)", "shared_buffers=32MB"]
    try run(
      "pg_ctl",
      [
        "-D", directory + "/data", "-w", "-t", "30", "-l", directory + "/log", "-o",
        options.map { "-c \($0)" }.joined(separator: " "), "start",
      ])
  }

  func stop() throws {
    guard access(directory + "/data/postmaster.pid", F_OK) == 0 else { return }
    try run("pg_ctl", ["-D", directory + "/data", "-w", "-t", "30", "-m", "immediate", "stop"])
  }

  func promote() throws { try run("pg_ctl", ["-D", directory + "/data", "-w", "-t", "30", "promote"]) }

  @discardableResult
  func sql(_ text: String, database: String = "postgres") throws -> String {
    try Spawning.run(
      [
        try Psql.program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", String(port), "-U", PlainServer.user,
        "-d", database, "-c", text,
      ], environment: ["PGPASSWORD": PlainServer.password])
  }

  private func run(_ program: String, _ arguments: [String]) throws {
    let become = getuid() == 0 ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
    let output = Shop.folder + "/standby-\(port).out"
    let command = (become + [try Psql.program(program)] + arguments).map { "'\($0)'" }.joined(separator: " ")
    try Spawning.run(
      ["/bin/sh", "-c", "cd / && \(command) > '\(output)' 2>&1 || { cat '\(output)' >&2; exit 1; }"],
      environment: ["PGPASSWORD": PlainServer.password])
  }
}
