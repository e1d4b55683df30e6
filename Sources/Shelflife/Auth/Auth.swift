// Signing in and changing passwords: bcrypt beside the lanes, failures counted by username, known or not.
import Postgres

/// A person who has signed in, before the door makes a session of it.
package struct SignedIn: Sendable {
  package let user: User
  package let credentialVersion: Int
  package let store: StoreSettings
  package let incarnation: Identifier

  package init(user: User, credentialVersion: Int, store: StoreSettings, incarnation: Identifier) {
    self.user = user
    self.credentialVersion = credentialVersion
    self.store = store
    self.incarnation = incarnation
  }
}

/// Signing in. Used on the password worker's thread, with a connection of its own.
package struct Auth: Sendable {
  package let bcrypt: Bcrypt

  package init(bcrypt: Bcrypt) {
    self.bcrypt = bcrypt
  }

  /// Checks a username and password. An unknown name costs the same time as a wrong password and gets the same answer.
  ///
  /// The failure or success is counted and audited in a short transaction of its own.
  /// - Throws: `tooManyAttempts`, `invalidCredentials`.
  func login(usernameKey key: String, password: String, info: CallInfo, on connection: Connection) throws -> SignedIn {
    let (state, _) = try Reads.run(on: connection, info) { read in
      (
        throttle: try read.run(AuthStatements.throttle, key).first, account: try read.run(UserStatements.byUsername, key).first,
        context: read.context
      )
    }
    if let wait = state.throttle?.wait(at: info.now) { throw Fault.tooManyAttempts(retryAfterSeconds: wait) }
    let isRight = bcrypt.verify(password, against: state.account?.passwordHash)
    guard isRight, let account = state.account, account.user.isActive else {
      try record(failureOf: key, known: state.account?.user.id, info: info, on: connection)
      throw Fault.invalidCredentials
    }
    try record(successOf: key, account: account, info: info, on: connection)
    return SignedIn(
      user: account.user, credentialVersion: account.credentialVersion, store: state.context.store,
      incarnation: state.context.incarnation)
  }

  /// Checks the caller's current password and hashes the new one: the part of a password change that waits for no lane.
  ///
  /// - Throws: `invalidCredentials`, `invalidToken`.
  func prepareChange(
    current: String, new: Password, info: CallInfo, on connection: Connection
  ) throws -> PasswordHash {
    let (account, _) = try Reads.run(on: connection, info) { read -> Account? in
      guard let id = info.caller?.userID else { return nil }
      return try read.run(UserStatements.byID, id).first
    }
    guard let account else { throw Fault.invalidToken }
    guard bcrypt.verify(current, against: account.passwordHash) else { throw Fault.invalidCredentials }
    return try hash(new)
  }

  /// Hashes a password that passed its rules.
  package func hash(_ password: Password) throws -> PasswordHash { try bcrypt.hash(password) }

  /// Sets the caller's password; every session of the caller ends. Any signed-in user.
  ///
  /// - Throws: `invalidToken`, if another change came first.
  package static func changePassword(to hash: PasswordHash, in transaction: WriteTransaction) throws {
    guard let caller = transaction.info.caller else { throw Fault.authorizationRequired }
    let changed = try transaction.run(
      UserStatements.setPassword, .init(userID: caller.userID, credentialVersion: caller.credentialVersion, hash: hash))
    guard !changed.isEmpty else { throw Fault.invalidToken }
    transaction.audit(.user, caller.userID)
    transaction.changes = [.secret("password")]
  }

  /// Sets a forgotten owner's password against the recovery code, which is spent: a new one takes its place. Anybody may call it.
  ///
  /// - Throws: `invalidRecoveryCode`, the same for an unknown name.
  package static func resetOwnerPassword(
    _ username: String, code: RecoveryCode?, to hash: PasswordHash, new: RecoveryCode, in transaction: WriteTransaction
  ) throws -> Identifier {
    guard let code, let named = try transaction.run(UserStatements.byUsername, Self.key(username)).first,
      named.user.role == .owner, let account = try transaction.run(UserStatements.lock, named.user.id).first,
      let stored = try transaction.run(UserStatements.recoveryDigest, account.user.id).first,
      let stored, let digest = Digest(bytes: stored), code.matches(digest)
    else { throw Fault.invalidRecoveryCode }
    _ = try transaction.run(
      UserStatements.setPassword, .init(userID: account.user.id, credentialVersion: account.credentialVersion, hash: hash))
    _ = try transaction.run(UserStatements.setRecovery, .init(id: account.user.id, digest: new.digest.bytes))
    _ = try transaction.run(AuthStatements.forgetFailuresOf, account.user.id)
    transaction.audit(.user, account.user.id, by: account.user.id)
    transaction.changes = [.secret("password"), .secret("recoveryCode")]
    return account.user.id
  }

  /// The folded username; that of nobody, for a text that cannot be one.
  static func key(_ username: String) -> String {
    do { return try Username(parsing: username).key } catch { return "" }
  }

  /// Sets down that the caller's session ended. The door ends it.
  package static func logout(in transaction: WriteTransaction) throws {
    guard let caller = transaction.info.caller else { throw Fault.authorizationRequired }
    transaction.audit(.user, caller.userID)
  }

  /// A login has no key, so there is nothing to store under it.
  private static func nothing(_ value: Void, _ context: CallContext) -> [UInt8] { [] }

  private func record(failureOf key: String, known userID: Identifier?, info: CallInfo, on connection: Connection) throws {
    _ = try Writes.run(on: connection, info.named("auth.login-failed"), encode: Self.nothing) { transaction in
      _ = try transaction.run(AuthStatements.countFailure, .init(usernameKey: key, now: info.now))
      if let userID { transaction.audit(.login, .none, by: userID) } else { transaction.audit(.login, .none) }
    }
  }

  private func record(successOf key: String, account: Account, info: CallInfo, on connection: Connection) throws {
    _ = try Writes.run(on: connection, info, encode: Self.nothing) { transaction in
      _ = try transaction.run(AuthStatements.forgetFailures, key)
      transaction.audit(.user, account.user.id, by: account.user.id)
    }
  }
}

extension CallInfo {
  fileprivate func named(_ method: String) -> CallInfo {
    CallInfo(method: method, now: now, caller: caller, key: key, moneyScale: moneyScale, mayCommit: mayCommit)
  }
}
