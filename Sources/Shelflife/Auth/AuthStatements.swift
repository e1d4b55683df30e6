// SQL of the login throttle: failures by folded username, whether such a user exists or not.
import Postgres

/// How often a username failed lately, and until when it is closed.
struct LoginThrottle: Sendable {
  let failures: Int
  let blockedUntil: Instant?

  /// Seconds to wait at `now`; nil when a login may be tried. A clock set back never closes a name for longer than the longest wait.
  func wait(at now: Instant) -> Int? {
    guard let blockedUntil, now < blockedUntil else { return nil }
    let seconds = (now.milliseconds(until: blockedUntil) + 999) / 1000
    return seconds <= ShopLimits.loginLongestWaitSeconds ? Int(seconds) : nil
  }
}

enum AuthStatements {
  static let throttle = Statement<String, LoginThrottle>(
    "login_throttle", "select failures, blocked_until from login_throttle where username_key = $1::text"
  ) { key, p in
    p.add(key)
  } decode: { row in
    LoginThrottle(failures: try row.int(), blockedUntil: try row.optionalInstant())
  }

  struct Failure {
    let usernameKey: String
    let now: Instant
  }

  /// Counts a failure; from the fifth within the window on the name is closed, each time twice as long.
  static let countFailure = Statement<Failure, Void>(
    "count_login_failure",
    #"""
    insert into login_throttle as t (username_key, failures, first_failed_at, last_failed_at)
    values ($1::text, 1, $2::timestamptz, $2::timestamptz)
    on conflict (username_key) do update set
      failures = case when \#(isLate) then 1 else t.failures + 1 end,
      first_failed_at = case when \#(isLate) then $2::timestamptz else t.first_failed_at end,
      last_failed_at = $2::timestamptz,
      blocked_until = case when not \#(isLate) and t.failures + 1 >= \#(ShopLimits.loginFailures) then $2::timestamptz
        + make_interval(secs => least(\#(ShopLimits.loginLongestWaitSeconds),
            \#(ShopLimits.loginFirstWaitSeconds) * 2 ^ least(t.failures + 1 - \#(ShopLimits.loginFailures), 20))) end
    """#
  ) { input, p in
    p.add(input.usernameKey)
    p.add(input.now)
  }

  /// A name whose first failure, or whose end of being closed, lies a whole window back starts anew.
  private static let isLate =
    "(coalesce(t.blocked_until, t.first_failed_at) + make_interval(secs => \(ShopLimits.loginWindowSeconds)) < $2::timestamptz)"

  static let forgetFailures = Statement<String, Void>(
    "forget_login_failures", "delete from login_throttle where username_key = $1::text"
  ) { key, p in
    p.add(key)
  }

  static let forgetFailuresOf = Statement<Identifier, Void>(
    "forget_login_failures_of",
    "delete from login_throttle t using app_user u where u.id = $1::uuid and t.username_key = u.username_key"
  ) { id, p in
    p.add(id)
  }
}
