// SQL of telling the servers of a database URL apart.
import Postgres

enum HostStatements {
  /// A setting of nobody's, by which a session shows that it has the settings it was begun with.
  static let canary = "shelflife.session"

  /// Answered by any server.
  static let nothing = "select"

  /// In the simple protocol, which nothing in between refuses.
  static let session = "select pg_backend_pid(), current_setting('\(canary)', true)"

  /// The timeline of a server that writes is that of its log, which a promotion changes at once and the control file only later.
  static let standing = Statement<Void, HostStanding>(
    "host_standing",
    #"""
    select pg_is_in_recovery(), s.system_identifier,
      case when pg_is_in_recovery() then greatest(c.timeline_id, r.min_recovery_end_timeline)
        else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end,
      (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint
    from pg_control_system() s, pg_control_checkpoint() c, pg_control_recovery() r
    """#
  ) { row in
    HostStanding(
      isStandby: try row.bool(), system: try row.int8(), timeline: Int(try row.int4()), startedAt: try row.int8())
  }
}
