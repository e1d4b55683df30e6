// A primary and the standby that its commits wait for, each on a port of this machine: made, killed, promoted and made anew.
import Glibc

final class Pair {
  static let user = "keeper"
  static let database = "shop"

  private struct Server {
    let directory: String
    let port: Int
  }

  private let programs: String
  private let servers: [Server]
  /// Which of the two takes writes.
  private var first = 0
  private(set) var promotions = 0

  init(programs: String, scratch: String) {
    self.programs = programs
    servers = ["one", "two"].map { Server(directory: scratch + "/" + $0, port: Self.freePort()) }
  }

  private var primary: Server { servers[first] }
  private var standby: Server { servers[1 - first] }

  var url: String {
    let hosts = servers.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
    return "postgresql://\(Self.user)@\(hosts)/\(Self.database)?target_session_attrs=read-write"
  }

  /// How PostgreSQL's programs reach the one that takes writes.
  var place: [String] { ["-h", "127.0.0.1", "-p", String(primary.port), "-U", Self.user] }

  // MARK: - Made and ended

  func found() {
    for server in servers { mkdir(server.directory, 0o700) }
    if getuid() == 0 { must("chown postgres: " + servers.map(\.directory).joined(separator: " ")) }
    must(
      asServer(
        "initdb -D \(primary.directory)/data -E UTF8 --locale=C.UTF-8 -U \(Self.user) -A trust --no-sync"))
    must(start(primary))
    must(sql("create database \(Self.database)"))
    must(copy)
    must(synchronise)
  }

  func end() {
    for server in servers { _ = run("/bin/sh", ["-c", asServer("pg_ctl -D \(server.directory)/data -m immediate stop")]) }
  }

  private func must(_ command: String) {
    let (status, text) = run("/bin/sh", ["-c", command])
    if status != 0 { fail("\(command): \(text)") }
  }

  // MARK: - Words for a shell

  /// As the user that a server may run as, its output kept from our pipes: a server would hold them.
  private func asServer(_ command: String) -> String {
    let become = getuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --clear-groups " : ""
    return "cd / && \(become)\(programs)/\(command)"
  }

  private func start(_ server: Server) -> String {
    let settings = [
      "port=\(server.port)", "listen_addresses=127.0.0.1", "unix_socket_directories=\(server.directory)", "shared_buffers=32MB",
      "wal_keep_size=256MB", "wal_retrieve_retry_interval=100ms", "max_connections=150", "recovery_init_sync_method=syncfs",
    ]
    let options = settings.map { "-c \($0)" }.joined(separator: " ")
    return asServer("pg_ctl -D \(server.directory)/data -w -t 60 -l \(server.directory)/log -o '\(options)' start")
      + " >/dev/null"
  }

  private func sql(_ text: String) -> String {
    "\(programs)/psql -XAtq -v ON_ERROR_STOP=1 -h 127.0.0.1 -p \(primary.port) -U \(Self.user) -d postgres -c \"\(text)\""
  }

  /// A primary that was killed comes up again as it was, once nothing of it runs any more.
  var restart: String { again(primary) }

  var restartStandby: String { again(standby) }

  /// Where nobody reaps it at once, a dead postmaster would pass for one that runs.
  private func again(_ server: Server) -> String {
    "rm -f \(server.directory)/data/postmaster.pid \(server.directory)/.s.PGSQL.* && \(start(server))"
  }

  /// Makes the standby the primary.
  var promote: String { asServer("pg_ctl -D \(standby.directory)/data -w -t 60 promote") + " >/dev/null" }

  /// Lays a copy of the primary in the place of the other, and starts it.
  ///
  /// The copy waits for nobody when it is promoted: it is alone then.
  private var copy: String {
    let data = standby.directory + "/data"
    return "rm -rf \(data) \(standby.directory)/.s.PGSQL.* && "
      + asServer(
        "pg_basebackup -D \(data) -R -c fast --no-sync -h 127.0.0.1 -p \(primary.port) -U \(Self.user)")
      + " && sed -i /synchronous_standby_names/d \(data)/postgresql.auto.conf && \(start(standby))"
  }

  /// Has every commit wait for the standby from now on; done once it is in step.
  private var synchronise: String {
    sql("alter system set synchronous_standby_names = '*'") + " && " + sql("select pg_reload_conf()")
      + " >/dev/null && for i in $(seq 300); do "
      + sql("select count(*) from pg_stat_replication where sync_state = 'sync'")
      + " | grep -q 1 && exit 0; sleep 0.1; done; exit 1"
  }

  /// Makes the old primary the new one's standby.
  var rebuild: String { "\(copy) && \(synchronise)" }

  /// Says that the standby has become the primary.
  func wasPromoted() {
    first = 1 - first
    promotions += 1
  }

  // MARK: - Processes

  private func processes(of server: Server) -> [pid_t] {
    guard let text = contents(of: server.directory + "/data/postmaster.pid"),
      let pid = text.split(separator: "\n").first.flatMap({ pid_t($0) }), Processes.isRunning(pid)
    else { return [] }
    return [pid] + Processes.children(of: pid)
  }

  /// Of the primary, its postmaster first.
  var primaryProcesses: [pid_t] { processes(of: primary) }

  var standbyProcesses: [pid_t] { processes(of: standby) }

  /// Those that serve a connection of the shop.
  var backends: [pid_t] {
    primaryProcesses.dropFirst().filter { pid in
      guard let title = Processes.arguments(pid).first else { return false }
      return title.hasPrefix("postgres: ") && title.contains(" \(Self.database) ")
    }
  }

  private static func freePort() -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) + getsockname(descriptor, $0, &length) }
    }
    if code != 0 { fail("no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}

/// A shell's command that runs while the tills go on.
final class Errand {
  private let pid: pid_t
  private var status: Int32?

  init(_ command: String) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    // Stdout is for the figure alone.
    posix_spawn_file_actions_adddup2(&actions, 2, 1)
    let words = (["/bin/sh", "-c", command] as [String]).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    guard posix_spawn(&child, "/bin/sh", &actions, nil, words, environ) == 0 else { fail("cannot start a shell") }
    pid = child
  }

  var isDone: Bool {
    if status == nil {
      var found: Int32 = 0
      if waitpid(pid, &found, WNOHANG) == pid { status = found }
    }
    return status != nil
  }

  var isWell: Bool { status == 0 }
}
