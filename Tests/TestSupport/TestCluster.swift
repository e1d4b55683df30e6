// A real PostgreSQL for tests: one throw-away cluster a test process, one database a test.
import Glibc
import Postgres
import Synchronization

/// A private cluster in a temporary directory. A small shell holds it and ends it, directory and all, when this process is gone,
/// however it went.
package final class TestCluster: Sendable {
  /// The cluster of this process, started at first use. A machine on which it cannot start ends the tests.
  package static let shared: TestCluster = {
    do { return try TestCluster() } catch { fatalError("no test cluster: \(error)") }  // Allowed: without it no test can run.
  }()

  /// Holds the data directory, the socket and `server.log`.
  package let directory: String
  /// The superuser's way to the database `postgres`.
  package let configuration: ConnectionConfiguration
  /// The same as libpq's keyword list.
  package let connectionString: String

  private let names = Atomic<Int>(0)
  private let templates = Mutex<[String: String]>([:])

  /// What went wrong while starting.
  package struct StartFailure: Error, CustomStringConvertible {
    package let description: String
  }

  /// Starts another cluster, with settings that beat the usual ones.
  package init(settings: [String: String] = [:]) throws {
    var path = Array((Self.fastDirectory + "/shelflife-test-XXXXXX").utf8CString)
    guard mkdtemp(&path) != nil else { throw StartFailure(description: "mkdtemp: \(errno)") }
    directory = String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    connectionString = "host=\(directory) user=postgres dbname=postgres"
    configuration = ConnectionConfiguration(socketDirectory: directory, user: "postgres", database: "postgres")
    let programs = try PostgreSQLPrograms.directory()
    let options = settings.sorted { $0.key < $1.key }.map { "-c \($0.key)=\($0.value)" }.joined(separator: " ")
    let script = """
      cd '\(directory)' || exit 1
      '\(programs)/initdb' -D data -E UTF8 --locale=C.UTF-8 -U postgres -A trust --no-sync >initdb.log 2>&1 || exit 1
      '\(programs)/postgres' -D data -k '\(directory)' -c listen_addresses= -c shared_buffers=64MB \
        -c max_connections=400 -c max_wal_size=512MB -c autovacuum=off -c dynamic_shared_memory_type=mmap \(options) >server.log 2>&1 &
      cat
      kill -QUIT $!; wait $!; cd /; rm -rf '\(directory)'
      """
    try Self.startShell(script, directory)
    try waitUntilReady()
  }

  /// Memory, where it holds a cluster and its many databases: the server keeps its durable settings, as the shop demands, and
  /// they cost nothing there.
  private static var fastDirectory: String {
    var space = statvfs()
    guard access("/dev/shm", W_OK | X_OK) == 0, statvfs("/dev/shm", &space) == 0,
      UInt64(space.f_bavail) * UInt64(space.f_frsize) >= 3 << 30
    else { return "/tmp" }
    return "/dev/shm"
  }

  private static func startShell(_ script: String, _ directory: String) throws {
    var command = ["/bin/sh", "-c", script]
    if getuid() == 0 {
      guard let user = getpwnam("postgres") else { throw StartFailure(description: "no user postgres") }
      chown(directory, user.pointee.pw_uid, user.pointee.pw_gid)
      command = ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] + command
    }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw StartFailure(description: "pipe: \(errno)") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    let arguments = command.map { strdup($0) } + [nil]
    let variables = ["LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin"]
    let environment = variables.map { strdup($0) } + [nil]
    defer { for text in arguments + environment { free(text) } }
    var child = pid_t()
    let failure = posix_spawn(&child, command[0], &actions, &attributes, arguments, environment)
    close(ends[0])
    // The write end stays open for as long as this process lives.
    guard failure == 0 else { throw StartFailure(description: "posix_spawn: \(failure)") }
  }

  private func waitUntilReady() throws {
    let limit = ContinuousClock().now + .seconds(60)
    while true {
      do throws(PostgresError) {
        return try Connection(configuration, deadline: limit).close()
      } catch {
        if ContinuousClock().now >= limit { throw StartFailure(description: error.logText) }
        usleep(10_000)
      }
    }
  }

  /// A new database, a copy of `template`, to which nobody may be connected. It goes with the cluster.
  package func freshDatabase(template: String = "template1") throws -> ConnectionConfiguration {
    let name = "test_\(names.add(1, ordering: .relaxed).newValue)"
    try create(name, template)
    return configuration.with(database: name)
  }

  /// The name of a database made once a process, by `build`, to be copied by `freshDatabase(template:)`.
  /// It begins as a copy of `base`. `build` must have closed its connections when it returns.
  package func template(
    _ name: String, from base: String = "template1", build: (ConnectionConfiguration) throws -> Void
  ) throws -> String {
    try templates.withLock { known in
      if let found = known[name] { return found }
      let database = "template_\(name)"
      try create(database, base)
      try build(configuration.with(database: database))
      known[name] = database
      return database
    }
  }

  private func create(_ name: String, _ template: String) throws {
    let connection = try Connection(configuration, deadline: ContinuousClock().now + .seconds(30))
    defer { connection.close() }
    let sql = "create database \(Connection.quoted(identifier: name)) template \(Connection.quoted(identifier: template))"
    for _ in 1...200 {
      do throws(PostgresError) {
        try connection.script(sql)
        return
      } catch {
        // The last session of the template may still be on its way out.
        guard error.state == .objectInUse else { throw error }
        usleep(10_000)
      }
    }
    throw StartFailure(description: "\(template) stays in use")
  }
}

/// Where PostgreSQL's programs are.
package enum PostgreSQLPrograms {
  /// `SHELFLIFE_PG_BIN`, else the newest under `/usr/lib/postgresql`.
  package static func directory() throws -> String {
    let chosen = getenv("SHELFLIFE_PG_BIN").map { [String(cString: $0)] } ?? []
    let candidates = chosen + (13...30).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
    guard let found = candidates.first(where: { access("\($0)/initdb", X_OK) == 0 }) else {
      throw TestCluster.StartFailure(description: "PostgreSQL's programs are not installed")
    }
    return found
  }
}
