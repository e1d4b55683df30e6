// SQL of the tills that are connected.
import Postgres

enum TillStatements {
  /// The space of the advisory locks that tills hold, "till" in ASCII.
  private static let space = 1_953_066_092

  /// Numbers that somebody holds.
  private static let held = #"""
    select l.objid from pg_locks l
    where l.locktype = 'advisory' and l.classid = \#(space)::oid and l.objsubid = 2 and l.granted
      and l.database = (select d.oid from pg_database d where d.datname = current_database())
    """#

  /// Locks a number for as long as the session lasts.
  static let claim = Statement<Int32, Bool>("claim_till", "select pg_try_advisory_lock(\(space), $1::int)") { number, p in
    p.add(number)
  } decode: { row in
    try row.bool()
  }

  /// Whoever is gone leaves a row behind, perhaps under the number that this session has just locked. The commit need not wait for the disk.
  static let forgetOthers = Statement<Int32, Void>(
    "forget_tills",
    #"""
    with eased as materialized (select set_config('synchronous_commit', 'off', true))
    delete from till_presence p using eased where p.number = $1::int or p.number::oid not in (\#(held))
    """#
  ) { number, p in
    p.add(number)
  }

  struct Announced {
    let number: Int32
    let till: PresentTill
  }

  /// A row under a number that this session holds.
  static let insert = Statement<Announced, Void>(
    "announce_till",
    #"""
    insert into till_presence (number, session_id, till, program, address, since)
    values ($1::int, $2::uuid, $3::text, $4::text, host(inet_client_addr()), $5::timestamptz)
    """#
  ) { input, p in
    p.add(input.number)
    p.add(input.till.sessionID)
    p.add(input.till.name)
    p.add(input.till.program)
    p.add(input.till.since)
  }

  struct Wanted {
    let own: PresentTill
    let limit: Int
    let after: NameKey?
  }

  static let present = Statement<Wanted, PresentTill>(
    "present_tills",
    #"""
    with seen as materialized (
      select p.session_id, p.till, p.program, p.since, p.address from till_presence p where p.number::oid in (\#(held))),
    present as (
      select * from seen
      union all
      select $1::uuid, $2::text, $3::text, $4::timestamptz, null::text
      where not exists (select from seen where session_id = $1::uuid))
    select t.session_id, t.till, t.program, t.since, t.address from present t
    where $6::text is null or (t.till collate "und-x-icu", t.session_id) > ($6::text collate "und-x-icu", $7::uuid)
    order by t.till collate "und-x-icu", t.session_id limit $5::int + 1
    """#
  ) { wanted, p in
    p.add(wanted.own.sessionID)
    p.add(wanted.own.name)
    p.add(wanted.own.program)
    p.add(wanted.own.since)
    p.add(int32: wanted.limit)
    p.add(wanted.after?.name)
    p.add(wanted.after?.id)
  } decode: { row in
    PresentTill(
      sessionID: try row.identifier(), name: try row.text(), program: try row.text(), since: try row.instant(),
      address: try row.optionalText())
  }
}
