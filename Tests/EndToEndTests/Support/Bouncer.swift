// PgBouncer before a server, as somebody may have put it there.
import Glibc

final class Bouncer {
  static let program = (["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"] as [String]).first { access($0, X_OK) == 0 }

  let port: Int
  private let pid: pid_t

  /// - Parameters:
  ///   - mode: `transaction` or `session`.
  ///   - ignoresOptions: whether it drops the settings with which a client begins its session, or refuses the client.
  init(_ server: PlainServer, mode: String, ignoresOptions: Bool) throws {
    port = try PlainServer.freePort()
    let directory = Shop.folder + "/bouncer-\(port)"
    mkdir(directory, 0o755)
    let file = directory + "/pgbouncer.ini"
    try FileBytes.write(
      Array(
        """
        [databases]
        * = host=127.0.0.1 port=\(server.port)
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = \(port)
        unix_socket_dir =
        auth_type = plain
        auth_file = \(directory)/users
        pool_mode = \(mode)
        \(ignoresOptions ? "ignore_startup_parameters = options" : "")

        """.utf8), to: file)
    try FileBytes.write(Array("\"\(PlainServer.user)\" \"\(PlainServer.password)\"\n".utf8), to: directory + "/users")
    if getuid() == 0 { try Spawning.run(["/bin/sh", "-c", "chown -R postgres: '\(directory)'"]) }
    let become = getuid() == 0 ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
    pid = try Spawning.start(
      become + [Self.program ?? "", "-q", file], environment: Spawning.environment, input: nil, output: nil, errors: nil)
    guard Spawning.eventually(within: .seconds(10), { self.answers }) else { throw Failure("PgBouncer does not start") }
  }

  deinit {
    kill(pid, SIGKILL)
    _ = Spawning.wait(pid, within: .seconds(5))
  }

  private var answers: Bool {
    let text = String(port, radix: 16, uppercase: true)
    let wanted = ":" + String(repeating: "0", count: max(0, 4 - text.count)) + text
    return (Processes.read("/proc/net/tcp") ?? "").split(separator: "\n").contains { line in
      let fields = line.split(separator: " ")
      return fields.count > 3 && fields[1].hasSuffix(wanted) && fields[3] == "0A"
    }
  }

  func url(_ database: String) -> String {
    "postgresql://\(PlainServer.user):\(PlainServer.password)@127.0.0.1:\(port)/\(database)"
  }
}
