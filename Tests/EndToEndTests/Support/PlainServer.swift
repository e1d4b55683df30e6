// A PostgreSQL server as somebody else runs it: with a password, on a TCP port, started and stopped by the test.
import Glibc

final class PlainServer {
  static let user = "keeper"
  static let password = "Plain-Server-Secret-2205"

  let port: Int
  let directory: String

  /// Makes a cluster; does not start it.
  init(_ name: String) throws {
    directory = Shop.folder + "/" + name
    port = try Self.freePort()
    mkdir(directory, 0o700)
    let passwords = directory + "/password"
    try Spawning.run(["/bin/sh", "-c", "umask 077; cat > '\(passwords)'"], input: Self.password + "\n")
    if getuid() == 0 { try Spawning.run(["/bin/sh", "-c", "chown -R postgres: '\(directory)'"]) }
    try run(
      "initdb",
      [
        "-D", directory + "/data", "-E", "UTF8", "--locale=C.UTF-8", "-U", Self.user, "-A", "scram-sha-256", "--pwfile",
        passwords, "--no-sync",
      ])
  }

  /// Makes a standby of a server that runs; does not start it.
  init(_ name: String, copyOf primary: PlainServer) throws {
    directory = Shop.folder + "/" + name
    port = try Self.freePort()
    mkdir(directory, 0o700)
    if getuid() == 0 { try Spawning.run(["/bin/sh", "-c", "chown postgres: '\(directory)'"]) }
    try copy(primary)
  }

  /// Lays a copy of a server that runs in the place of the cluster, which must be stopped.
  func copy(_ primary: PlainServer) throws {
    try Spawning.run(["/bin/rm", "-rf", directory + "/data"])
    try run(
      "pg_basebackup",
      [
        "-D", directory + "/data", "-R", "-c", "fast", "--no-sync", "-h", "127.0.0.1", "-p", String(primary.port), "-U",
        Self.user,
      ], environment: ["PGPASSWORD": Self.password])
  }

  /// What the server has logged.
  var log: String { Processes.read(directory + "/log") ?? "" }

  deinit {
    do { try stop(mode: "immediate") } catch { print("\(directory): \(error)") }
  }

  /// What is given as `DATABASE_URL`. `before` are hosts that come first, as `host:port`.
  func url(_ database: String, before: [String] = []) -> String {
    let hosts = (before + ["127.0.0.1:\(port)"]).joined(separator: ",")
    return "postgresql://\(Self.user):\(Self.password)@\(hosts)/\(database)?connect_timeout=5"
  }

  func start(_ settings: [String] = []) throws {
    let options =
      ["port=\(port)", "listen_addresses=127.0.0.1", "unix_socket_directories=\(directory)", "shared_buffers=32MB"] + settings
    try run(
      "pg_ctl",
      [
        "-D", directory + "/data", "-w", "-t", "30", "-l", directory + "/log", "-o",
        options.map { "-c \($0)" }.joined(separator: " "), "start",
      ])
  }

  /// Lets clients of a network in, by password.
  func admit(_ network: String) throws {
    try Spawning.run(
      ["/bin/sh", "-c", "echo 'host all all \(network) scram-sha-256' >> '\(directory)/data/pg_hba.conf'"])
  }

  func stop(mode: String = "fast") throws {
    guard access(directory + "/data/postmaster.pid", F_OK) == 0 else { return }
    try run("pg_ctl", ["-D", directory + "/data", "-w", "-t", "30", "-m", mode, "stop"])
  }

  @discardableResult
  func sql(_ text: String, database: String = "postgres") throws -> String {
    try Spawning.run(
      [
        try Psql.program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", String(port), "-U", Self.user, "-d",
        database, "-c", text,
      ], environment: ["PGPASSWORD": Self.password])
  }

  /// Makes a standby take writes; returns once it does.
  func promote() throws { try run("pg_ctl", ["-D", directory + "/data", "-w", "-t", "30", "promote"]) }

  /// Every process of the server, the first of them its postmaster.
  var processes: [pid_t] {
    guard let postmaster = Processes.read(directory + "/data/postmaster.pid")?.split(separator: "\n").first.flatMap({ pid_t($0) })
    else { return [] }
    return [postmaster] + Processes.children(of: postmaster)
  }

  /// Ends it as a power cut does.
  func kill() {
    let victims = processes
    for pid in victims { Glibc.kill(pid, SIGKILL) }
    _ = Spawning.eventually(within: .seconds(10)) { !victims.contains(where: Processes.isRunning) }
    // Where nobody reaps it at once, a dead postmaster would pass for one that runs.
    for file in ["/data/postmaster.pid", "/.s.PGSQL.\(port)", "/.s.PGSQL.\(port).lock"] { unlink(directory + file) }
  }

  private func run(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
    let become = getuid() == 0 ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
    // A server that keeps our pipes would keep us waiting for their end.
    let output = Shop.folder + "/pg-\(port).out"
    let command = (become + [try Psql.program(program)] + arguments).map { "'\($0)'" }.joined(separator: " ")
    try Spawning.run(
      ["/bin/sh", "-c", "cd / && \(command) > '\(output)' 2>&1 || { cat '\(output)' >&2; exit 1; }"], environment: environment)
  }

  /// A port of this machine that nobody listens on now.
  static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) + getsockname(descriptor, $0, &length) }
    }
    guard code == 0 else { throw Failure("no free port: error \(errno)") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
