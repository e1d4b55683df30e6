// SQL of what every transaction reads first.
import Postgres

enum ContextStatements {
  struct Input {
    let now: Instant
    let userID: Identifier?
  }

  static let read = Statement<[Input], CallContext>(
    "call_context",
    #"""
    select (c.now at time zone s.time_zone)::date, m.day, u.is_active, u.credential_version, u.name, s.incarnation,
      \#(StoreStatements.columns)
    from unnest($1::timestamptz[], $2::uuid[]) with ordinality c (now, user_id, ord)
    cross join store s cross join clock_mark m left join app_user u on u.id = c.user_id
    order by c.ord
    """#
  ) { calls, p in
    p.add(calls.map(\.now))
    p.add(calls.map(\.userID))
  } decode: { row in
    let today = try row.day()
    let mark = try row.optionalDay()
    let isActive = try row.optionalBool()
    let version = try row.optionalInt4()
    let userName = try row.optionalText()
    let incarnation = try row.identifier()
    return CallContext(
      store: try StoreSettings(row: &row),
      today: today, clockMark: mark, userIsActive: isActive, credentialVersion: version.map(Int.init), userName: userName,
      incarnation: incarnation)
  }
}
