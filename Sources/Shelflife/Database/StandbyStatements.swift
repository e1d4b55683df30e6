// SQL of how far a standby has followed the shop.
import Postgres

enum StandbyStatements {
  /// How the shop stands on a server that is asked for a link of the audit.
  struct Sight {
    let isInRecovery: Bool
    let hasReached: Bool
    /// Whether the link is the shop's own; nil where it is not there.
    let isSame: Bool?
  }

  static let head = Statement<Void, AuditHead>("audit_end", "select seq, hash from audit_head") { row in
    AuditHead(seq: try row.int8(), hash: try row.bytea())
  }

  /// A shop without links has nothing but its beginning.
  static let sight = Statement<AuditHead, Sight>(
    "standby_sight",
    #"""
    select pg_is_in_recovery(), h.seq >= $1::bigint,
      coalesce((select l.hash = $2::bytea from audit_link l where l.seq = $1::bigint),
        case when h.seq = $1::bigint then h.hash = $2::bytea end)
    from audit_head h
    """#
  ) { head, p in
    p.int8(head.seq)
    p.bytea(head.hash)
  } decode: { row in
    Sight(isInRecovery: try row.bool(), hasReached: try row.bool(), isSame: try row.optionalBool())
  }
}
