// setup.*, auth.* and users.*: the owner, the staff, and signing in.
import JSONRPC
import Shelflife

struct NewAccount: Sendable {
  let id: Identifier?
  let name: Name
  let username: Username
  let password: Password

  static let name = Member<NewAccount, Name>.required("name", .name, "The person's name.", \.name)
  static let username = Member<NewAccount, Username>.required(
    "username", .username, "What the person signs in with: letters, digits and . _ - @ +; upper and lower case are the same.",
    \.username)
  static let password = Member<NewAccount, Password>.secret(
    "password", .password, "At least 8 characters and at most 72 bytes; the commonest passwords are refused.", \.password)
}

/// The new owner, and the code that is shown once.
struct OwnerCreated: Sendable {
  let user: User
  let recoveryCode: String?
}

struct Login: Sendable {
  let username: String
  let password: String
  let bind: Bool
}

struct LoggedIn: Sendable {
  let token: String
  let expiresAt: Instant
  let user: User
}

struct OwnerReset: Sendable {
  let username: String
  let recoveryCode: String
  let password: Password
}

struct NewCode: Sendable {
  let userID: Identifier
  let recoveryCode: String?
}

struct UserChange: Sendable {
  let id: Identifier
  let name: Name?
  let username: Username?
}

struct Activation: Sendable {
  let id: Identifier
  let isActive: Bool
}

struct PasswordReset: Sendable {
  let id: Identifier
  let password: Password
}

struct PasswordChange: Sendable {
  let current: String
  let new: Password
}

enum SetupMethods {
  private static let ownerCreated: Shape<OwnerCreated> = .result(
    .members(of: .user, \.user),
    .shownOnce("recoveryCode", .text, "Resets the owner's password, once; shown here only.", \.recoveryCode))

  static let all: [ServedMethod] = [
    ServedMethod(
      "setup.createOwner", "Makes the one owner of a new shop.", access: .everyone,
      params: .record(
        NewAccount.name, NewAccount.username, NewAccount.password,
        make: { NewAccount(id: nil, name: $0, username: $1, password: $2) }),
      result: ownerCreated,
      faults: [.ownerAlreadyExists],
      .hashing(
        { account, _, _, service in
          let new = NewUser(
            id: nil, name: account.name, username: account.username, passwordHash: try service.auth.hash(account.password))
          let code = RecoveryCode()
          return { transaction in
            OwnerCreated(user: try Users.createOwner(new, recoveryCode: code, in: transaction), recoveryCode: code.text)
          }
        }, after: { made, _, service in service.keeper.note(ownerExists: true, ownerSince: made.user.createdAt) }))
  ]
}

enum AuthMethods {
  private static let loggedIn: Shape<LoggedIn> = .result(
    .required("token", .text, "Goes into the token member of later calls; good in this process only.", \.token),
    .required("expiresAt", .instant, "When the session ends at the latest.", \.expiresAt),
    .required("user", .user, "Who signed in.", \.user))

  private static let newCode: Shape<NewCode> = .result(
    .shownOnce("recoveryCode", .text, "The code for the next time; shown here only.", \.recoveryCode))

  static let all: [ServedMethod] = [
    ServedMethod(
      "auth.login", "Starts a session and answers its token.", access: .everyone,
      params: .record(
        .required("username", .string(1...256), "The username.", \.username),
        .secret("password", .string(1...1_024), "The password.", \.password),
        .defaulted("bind", .bool, "Makes the session the default of later calls on this pipe.", default: false, \.bind),
        make: { Login(username: $0, password: $1, bind: $2) }),
      result: loggedIn,
      faults: [.tooManyAttempts(retryAfterSeconds: 0), .invalidCredentials],
      .login(
        { login, info, session, service in
          let signedIn = try session.login(service.auth, username: login.username, password: login.password, info: info)
          service.keeper.note(ownerExists: true)
          let started = service.sessions.start(signedIn, at: info.now, bind: login.bind)
          return LoggedIn(token: started.token, expiresAt: started.expiresAt, user: signedIn.user)
        }, isBinding: { $0["bind"] == .bool(true) })),
    ServedMethod(
      "auth.me", "The signed-in user.", access: .signedIn, params: .nothing, result: .user,
      .quickRead { _, read in try Users.me(in: read) }),
    ServedMethod(
      "auth.logout", "Ends the session.", access: .signedIn, params: .nothing, result: .nothing,
      .parting(
        { _, transaction in
          try Auth.logout(in: transaction)
          return Nothing()
        },
        after: { _, info, service in
          if let caller = info.caller { service.sessions.end(caller.sessionID) }
        })),
    ServedMethod(
      "auth.changePassword", "Changes the caller's password and ends all of the caller's sessions.", access: .signedIn,
      params: .record(
        .secret("currentPassword", .string(1...1_024), "The password until now.", \.current),
        .secret("newPassword", .password, "The new one.", \.new),
        make: { PasswordChange(current: $0, new: $1) }),
      result: .nothing, faults: [.invalidCredentials],
      .hashing(
        { change, info, session, service in
          let hash = try session.prepareChange(service.auth, current: change.current, new: change.new, info: info)
          return { transaction in
            try Auth.changePassword(to: hash, in: transaction)
            return Nothing()
          }
        },
        after: { _, info, service in
          if let caller = info.caller { service.sessions.endAll(of: caller.userID) }
        })),
    ServedMethod(
      "auth.resetOwnerPassword", "Sets a forgotten owner's password against the recovery code, which is spent.",
      access: .everyone,
      params: .record(
        .required("username", .string(1...256), "The owner's username.", \.username),
        .secret("recoveryCode", .string(1...64), "As setup.createOwner showed it.", \.recoveryCode),
        .secret("newPassword", .password, "The new password.", \.password),
        make: { OwnerReset(username: $0, recoveryCode: $1, password: $2) }),
      result: newCode, faults: [.invalidRecoveryCode],
      .hashing(
        { reset, _, _, service in
          let hash = try service.auth.hash(reset.password)
          let new = RecoveryCode()
          return { transaction in
            let owner = try Auth.resetOwnerPassword(
              reset.username, code: RecoveryCode(typed: reset.recoveryCode), to: hash, new: new, in: transaction)
            return NewCode(userID: owner, recoveryCode: new.text)
          }
        }, after: { code, _, service in service.sessions.endAll(of: code.userID) })),
  ]
}

enum UserMethods {
  static let all: [ServedMethod] = [
    ServedMethod(
      "users.create", "Makes a member of staff.", access: .owner,
      params: .record(
        .optional("id", .identifier, "An id made by the client; else one is made.", \.id), NewAccount.name, NewAccount.username,
        NewAccount.password,
        make: { NewAccount(id: $0, name: $1, username: $2, password: $3) }),
      result: .user, faults: [.usernameTaken, .idTaken(.none)],
      .hashing({ account, _, _, service in
        let new = NewUser(
          id: account.id, name: account.name, username: account.username, passwordHash: try service.auth.hash(account.password))
        return { try Users.create(new, in: $0) }
      })),
    ServedMethod(
      "users.list", "Everybody, by name.", access: .owner, params: ListParams.shape, result: .page(of: .user),
      .read { list, read, _ in
        let filter = Shape<ListParams>.filterDigest("users.list")
        let page = try Users.list(limit: list.limit, after: try Cursor.nameKey(list.cursor, filter: filter), in: read)
        return Page(items: page.items, nextCursor: page.next.map { Cursor.text($0, filter: filter) })
      }),
    ServedMethod(
      "users.update", "Corrects a name or a username; past receipts keep the old name.", access: .owner,
      params: .record(
        .required("id", .identifier, "The user.", \.id), .optional("name", .name, "The person's name.", \.name),
        .optional("username", .username, "The new username.", \.username),
        make: { UserChange(id: $0, name: $1, username: $2) }),
      result: .user, faults: [.userNotFound, .usernameTaken],
      .write({ try Users.update($0.id, name: $0.name, username: $0.username, in: $1) })),
    ServedMethod(
      "users.setActive", "Disables a member of staff, whose sessions end at once, or lets them in again.", access: .owner,
      params: .record(
        .required("id", .identifier, "The user.", \.id), .required("isActive", .bool, "Whether they may sign in.", \.isActive),
        make: { Activation(id: $0, isActive: $1) }),
      result: .user, faults: [.userNotFound, .cannotDisableOwner],
      .write(
        { try Users.setActive($0.id, $0.isActive, in: $1) },
        after: { user, _, service in
          if !user.isActive { service.sessions.endAll(of: user.id) }
        })),
    ServedMethod(
      "users.resetPassword", "Gives a member of staff a new password; their sessions end.", access: .owner,
      params: .record(
        .required("id", .identifier, "The user; staff only.", \.id),
        .secret("password", .password, "The new password.", \.password),
        make: { PasswordReset(id: $0, password: $1) }),
      result: .user, faults: [.userNotFound],
      .hashing(
        { reset, _, _, service in
          let hash = try service.auth.hash(reset.password)
          return { try Users.resetPassword(reset.id, to: hash, in: $0) }
        }, after: { user, _, service in service.sessions.endAll(of: user.id) })),
  ]
}
