/// The cluster's settings: how it keeps what it promises, and who may connect.
import Glibc

/// Three files in the cluster are ours and written anew whenever they differ: `postgresql.conf`, `pg_hba.conf` and
/// `pg_ident.conf`.
struct ClusterSettings {
  static let superuser = "postgres"
  private static let map = "shelflife"

  let major: Int
  let user: ServerUser
  /// The database roles that the server's user and root may take, besides the superuser.
  let roles: [String]

  func write(to cluster: String) throws(ServerFault) {
    try ServerFault.translating { () throws(SystemError) in
      try FileSystem.replace(cluster + "/postgresql.conf", with: Array(configuration.utf8))
      try FileSystem.replace(cluster + "/pg_hba.conf", with: Array(access.utf8))
      try FileSystem.replace(cluster + "/pg_ident.conf", with: Array(identities.utf8))
    }
  }

  /// What must hold even if a settings file were edited by hand.
  func commandLine(cluster: String, runtime: RuntimeDirectory) -> [String] {
    var arguments = ["-D", cluster]
    for setting in [
      "listen_addresses=", "unix_socket_directories=\(runtime.path)", "unix_socket_permissions=0700",
      "port=\(RuntimeDirectory.port)", "fsync=on", "full_page_writes=on", "synchronous_commit=on",
    ] {
      arguments += ["-c", setting]
    }
    return arguments
  }

  var configuration: String {
    """
    # Written by Shelflife at every start of the server; changes made here are lost.

    # Reachable by a private socket only. The socket's folder is named on the command line.
    listen_addresses = ''
    unix_socket_permissions = 0700
    max_connections = 100

    # An acknowledged sale survives a crash.
    fsync = on
    full_page_writes = on
    synchronous_commit = on
    recovery_init_sync_method = syncfs

    # Nobody replicates from a till: less to write, and bulk loads into new tables skip the log.
    wal_level = minimal
    max_wal_senders = 0
    max_replication_slots = 0
    max_logical_replication_workers = 0
    max_wal_size = 512MB
    min_wal_size = 64MB
    checkpoint_timeout = 15min

    shared_buffers = 64MB
    huge_pages = off
    work_mem = 8MB
    maintenance_work_mem = 64MB
    max_worker_processes = 4
    max_parallel_workers_per_gather = 0
    jit = off
    # Almost everything is cached, and tills have no spinning disks.
    random_page_cost = 1.1

    # A query whose client is gone ends.
    client_connection_check_interval = 2s

    timezone = 'UTC'
    log_timezone = 'UTC'
    datestyle = 'iso, ymd'
    default_text_search_config = 'pg_catalog.simple'

    # To standard error, which the supervisor points at a bounded file. Errors of statements are not logged, nor is
    # any statement or value: the log holds the server's own life only.
    logging_collector = off
    log_destination = 'stderr'
    log_line_prefix = '%m [%p] '
    log_min_messages = log
    log_min_error_statement = panic
    log_error_verbosity = terse
    log_statement = none
    log_min_duration_statement = -1
    log_parameter_max_length = 0
    log_parameter_max_length_on_error = 0
    log_checkpoints = off
    log_autovacuum_min_duration = -1
    log_connections = off
    log_disconnections = off

    """
  }

  var access: String {
    """
    # Written by Shelflife: nobody connects but by the private socket, and only as the map in pg_ident.conf allows.
    local all all peer map=\(Self.map)

    """
  }

  var identities: String {
    var lines = "# Written by Shelflife: the server's own user and root may take any role of the shop.\n"
    for name in [user.name, "root"] {
      // Before version 16 no word stands for every role.
      let allowed = major >= 16 ? ["all"] : ([Self.superuser] + roles).map(Self.quoted)
      for role in allowed { lines += "\(Self.map) \(Self.quoted(name)) \(role)\n" }
    }
    return lines
  }

  /// A name in double quotes, as PostgreSQL's files, patterns and statements take it literally.
  static func quoted(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
