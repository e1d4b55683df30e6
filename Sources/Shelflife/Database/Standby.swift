// A standby of the shop's server, which may answer long reads in its place once it has followed far enough.
import Postgres

/// The way to a server that repeats what the shop's own writes. Nothing is ever written there.
package struct Standby: Sendable {
  private let given: ConnectionConfiguration

  /// - Throws: `ProvisionFailure` for what is no database URL.
  package init(url: String) throws(ProvisionFailure) {
    do {
      given = try ConnectionConfiguration(url)
    } catch {
      throw ProvisionFailure(reason: "the URL of the standby is not valid", logText: error.logText, isTransient: false)
    }
  }

  /// A session there, with the role that serves the shop.
  ///
  /// - Throws: what connecting throws.
  package func open(
    for shop: PreparedDatabase, interrupt: SessionInterrupt, deadline: ContinuousClock.Instant
  ) throws -> ShopSession {
    let role = shop.servesAsOwner ? nil : Provision.servingRole
    let session = try ShopSession(
      serving: Provision.serving(role.map { given.with(setting: "role", $0) } ?? given), interrupt: interrupt, deadline: deadline)
    session.deadline = nil
    return session
  }
}

/// Whether a standby holds everything up to a link of the audit. Every write of the shop adds a link whose hash covers all
/// before it: a server that has the very link has every write up to it, and is of this shop and of this course of its history.
package enum StandbyStanding: Sendable {
  case holds
  case behind
  /// It takes writes of its own.
  case promoted
  /// It holds another shop, or another course of this one's history.
  case strange
}

extension ReadTransaction {
  /// The end of the audit, as this read sees it.
  package func auditHead() throws -> AuditHead {
    guard let head = try connection.first(StandbyStatements.head) else {
      throw Fault.databaseUnavailable(reason: "the audit has no head")
    }
    return head
  }
}

extension ShopSession {
  /// How the server behind this session stands to the shop whose audit ended so.
  package func standing(to head: AuditHead) throws -> StandbyStanding {
    guard let sight = try connection.first(StandbyStatements.sight, head) else { return .strange }
    guard sight.isInRecovery else { return .promoted }
    guard sight.hasReached else { return .behind }
    return sight.isSame == true ? .holds : .strange
  }
}
