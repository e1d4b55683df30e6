// Why no session could be had, in words for whoever can do something about it.
import Postgres

enum ConnectionTrouble {
  /// Something that shares the server's sessions among its clients.
  static let pooler = ProvisionFailure(
    reason: "a connection pooler, such as PgBouncer, stands before the server and does not keep a session's settings, locks and "
      + "notifications; connect to the server itself",
    logText: "the session is not one of the server's own: a connection pooler", isTransient: false)

  /// Nil where there is nothing better to say than that there is no connection.
  static func failure(_ error: PostgresError) -> ProvisionFailure? {
    guard let reason = words(error) else { return nil }
    return ProvisionFailure(reason: reason, logText: error.logText, isTransient: error.isConnectionFault)
  }

  private static func words(_ error: PostgresError) -> String? {
    switch error.state {
    case .notInPrerequisite:
      return "a restore is in progress, or was interrupted; the next start of shelflife opens the database again"
    case .invalidCatalogName: return "the server has no database of that name; make it first (createdb)"
    case .invalidPassword, .invalidAuthorization:
      return "the server refuses this user or password; look at the URL and at the server's pg_hba.conf"
    case .insufficientPrivilege:
      if case .unavailable = error { return "the login may not connect to this database; grant it connect" }
      return "the database role may not look into the shop's tables"
    case .tooManyConnections: return "the server has no connection left; close other programs or raise max_connections"
    default: break
    }
    guard case .unavailable(let reason) = error else { return nil }
    return texts.first { reason.logText.contains($0.part) }?.words
  }

  /// libpq speaks English as long as nobody sets the process's locale, and has no codes for what it finds by itself.
  private static let texts: [(part: String, words: String)] = [
    ("unsupported startup parameter", pooler.reason),
    ("no password supplied", "the server wants a password; give it in DATABASE_URL, PGPASSWORD, PGPASSFILE or ~/.pgpass"),
    ("certificate verify failed", "the server's certificate is not signed by the root that is trusted; look at sslrootcert"),
    (
      "does not match host name",
      "the server's certificate is made out for another host than the URL's; look at the host in the URL"
    ),
    ("root certificate file", "the root certificate that is to be trusted cannot be read; look at sslrootcert"),
    ("certificate file", "the client's certificate cannot be read; look at sslcert"),
    ("private key file", "the client's private key cannot be used; look at sslkey and who may read it"),
    (
      "server does not support SSL",
      "the server offers no TLS, which the URL asks for; look at sslmode and at the server's ssl setting"
    ),
  ]
}
