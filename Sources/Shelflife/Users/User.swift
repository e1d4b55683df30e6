// People who sign in: the owner and the staff.
import Postgres

package struct User: Sendable, Equatable {
  package let id: Identifier
  package let name: String
  package let username: String
  package let role: Role
  package let isActive: Bool
  package let createdAt: Instant
}

/// What `users.create` and `setup.createOwner` are given, the password already hashed.
package struct NewUser: Sendable {
  package let id: Identifier?
  package let name: Name
  package let username: Username
  package let passwordHash: PasswordHash

  package init(id: Identifier?, name: Name, username: Username, passwordHash: PasswordHash) {
    self.id = id
    self.name = name
    self.username = username
    self.passwordHash = passwordHash
  }
}

/// A user with what sign-in needs to know.
struct Account: Sendable {
  let user: User
  let passwordHash: PasswordHash?
  let credentialVersion: Int
}

package enum Users {
  /// Makes the one owner of a new shop and the code that resets the owner's password. Anybody may call it, once.
  ///
  /// - Throws: `ownerAlreadyExists`, also for the loser of a race: the database holds one owner only.
  package static func createOwner(_ new: NewUser, recoveryCode: RecoveryCode, in transaction: WriteTransaction) throws -> User {
    guard try transaction.run(UserStatements.ownerExists, ()).first != true else { throw Fault.ownerAlreadyExists }
    return try insert(new, role: .owner, recoveryDigest: recoveryCode.digest.bytes, in: transaction)
  }

  /// Makes a member of staff. Owner only.
  ///
  /// - Throws: `usernameTaken`, `idTaken`.
  package static func create(_ new: NewUser, in transaction: WriteTransaction) throws -> User {
    try insert(new, role: .staff, recoveryDigest: nil, in: transaction)
  }

  /// Everybody, by name. Owner only.
  package static func list(limit: Int, after: NameKey?, in read: ReadTransaction) throws -> KeyedPage<User, NameKey> {
    KeyedPage(try read.run(UserStatements.list, .init(limit: limit, after: after)), limit: limit) {
      NameKey(name: $0.name, id: $0.id)
    }
  }

  /// The caller.
  package static func me(in read: ReadTransaction) throws -> User {
    guard let id = read.info.caller?.userID, let account = try read.run(UserStatements.byID, id).first else {
      throw Fault.invalidToken
    }
    return account.user
  }

  /// Changes a name or username that was typed wrong; past receipts keep the old name. Owner only.
  ///
  /// - Throws: `userNotFound`, `usernameTaken`.
  package static func update(
    _ id: Identifier, name: Name?, username: Username?, in transaction: WriteTransaction
  ) throws -> User {
    guard let old = try transaction.run(UserStatements.lock, id).first?.user else { throw Fault.userNotFound }
    let newUsername = try username ?? Username(parsing: old.username)
    let user = User(
      id: id, name: name?.text ?? old.name, username: newUsername.text, role: old.role, isActive: old.isActive,
      createdAt: old.createdAt)
    do {
      _ = try transaction.run(
        UserStatements.rename, .init(id: id, name: user.name, username: user.username, usernameKey: newUsername.key))
    } catch let error as PostgresError where error.violates("app_user_username_key_key") {
      throw Fault.usernameTaken
    }
    transaction.audit(.user, id)
    transaction.changes = [
      .changed("name", old.name, user.name), .changed("username", old.username, user.username),
    ].compactMap(\.self)
    return user
  }

  /// Disables a member of staff, whose sessions end at once in every process, or lets them in again. Owner only.
  ///
  /// - Throws: `userNotFound`, `cannotDisableOwner`.
  package static func setActive(_ id: Identifier, _ isActive: Bool, in transaction: WriteTransaction) throws -> User {
    guard let old = try transaction.run(UserStatements.lock, id).first?.user else { throw Fault.userNotFound }
    if old.role == .owner {
      if !isActive { throw Fault.cannotDisableOwner }
      transaction.audit(.user, id)
      return old
    }
    if old.isActive != isActive {
      _ = try transaction.run(UserStatements.setActive, .init(id: id, isActive: isActive))
      transaction.changes = [AuditChange(member: "isActive", before: String(old.isActive), after: String(isActive))]
    }
    transaction.audit(.user, id)
    return User(
      id: id, name: old.name, username: old.username, role: old.role, isActive: isActive, createdAt: old.createdAt)
  }

  /// Gives a member of staff a new password; their sessions end. Owner only.
  ///
  /// - Throws: `userNotFound`, `forbidden` for the owner's own, who changes it by knowing it.
  package static func resetPassword(_ id: Identifier, to hash: PasswordHash, in transaction: WriteTransaction) throws -> User {
    guard let account = try transaction.run(UserStatements.lock, id).first else { throw Fault.userNotFound }
    guard account.user.role == .staff else { throw Fault.forbidden }
    _ = try transaction.run(
      UserStatements.setPassword, .init(userID: id, credentialVersion: account.credentialVersion, hash: hash))
    _ = try transaction.run(AuthStatements.forgetFailuresOf, id)
    transaction.audit(.user, id)
    transaction.changes = [.secret("password")]
    return account.user
  }

  private static func insert(
    _ new: NewUser, role: Role, recoveryDigest: [UInt8]?, in transaction: WriteTransaction
  ) throws -> User {
    let now = transaction.info.now
    let user = User(
      id: new.id ?? IdentifierMaker.shared.make(at: now), name: new.name.text, username: new.username.text, role: role,
      isActive: true, createdAt: now)
    do {
      _ = try transaction.run(
        UserStatements.insert,
        .init(user: user, usernameKey: new.username.key, passwordHash: new.passwordHash, recoveryDigest: recoveryDigest))
    } catch let error as PostgresError where error.violates("app_user_single_owner") {
      throw Fault.ownerAlreadyExists
    } catch let error as PostgresError where error.violates("app_user_username_key_key") {
      throw Fault.usernameTaken
    } catch let error as PostgresError where error.violates("app_user_pkey") {
      throw Fault.idTaken(user.id)
    }
    transaction.audit(.user, user.id, by: transaction.info.caller?.userID ?? user.id)
    transaction.changes = [
      AuditChange(member: "name", before: nil, after: user.name),
      AuditChange(member: "username", before: nil, after: user.username),
      AuditChange(member: "role", before: nil, after: role.rawValue),
    ]
    return user
  }
}
