// SQL of accounts.
import Postgres

enum UserStatements {
  private static let columns =
    "u.id, u.name, u.username, u.role, u.is_active, u.created_at, u.password_hash, u.credential_version"

  static let ownerExists = Statement<Void, Bool>(
    "owner_exists", "select exists (select from app_user where role = 'OWNER')"
  ) { row in
    try row.bool()
  }

  struct Written {
    let user: User
    let usernameKey: String
    let passwordHash: PasswordHash
    let recoveryDigest: [UInt8]?
  }

  static let insert = Statement<Written, Void>(
    "insert_user",
    #"""
    insert into app_user (id, name, username, username_key, role, is_active, password_hash, recovery_hash, created_at)
    values ($1::uuid, $2::text, $3::text, $4::text, $5::text, true, $6::text, $7::bytea, $8::timestamptz)
    """#
  ) { input, p in
    p.add(input.user.id)
    p.add(input.user.name)
    p.add(input.user.username)
    p.add(input.usernameKey)
    p.add(input.user.role.rawValue)
    p.add(input.passwordHash.text)
    p.add(input.recoveryDigest)
    p.add(input.user.createdAt)
  }

  static let byID = Statement<Identifier, Account>(
    "user_by_id", "select \(columns) from app_user u where u.id = $1::uuid"
  ) { id, p in
    p.add(id)
  } decode: { row in
    try Account(row: &row)
  }

  static let byIDs = Statement<[Identifier], User>(
    "users_by_id", "select \(columns) from app_user u where u.id = any($1::uuid[])"
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    try Account(row: &row).user
  }

  static let byUsername = Statement<String, Account>(
    "user_by_username", "select \(columns) from app_user u where u.username_key = $1::text"
  ) { key, p in
    p.add(key)
  } decode: { row in
    try Account(row: &row)
  }

  struct Listing {
    let limit: Int
    let after: NameKey?
  }

  static let list = Statement<Listing, User>(
    "list_users",
    #"""
    select \#(columns) from app_user u
    where $1::text is null or (u.name collate "und-x-icu", u.id) > ($1::text collate "und-x-icu", $2::uuid)
    order by u.name collate "und-x-icu", u.id limit $3::int + 1
    """#
  ) { input, p in
    p.add(input.after?.name)
    p.add(input.after?.id)
    p.add(int32: input.limit)
  } decode: { row in
    try Account(row: &row).user
  }

  static let lock = Statement<Identifier, Account>(
    "lock_user", "select \(columns) from app_user u where u.id = $1::uuid for no key update of u"
  ) { id, p in
    p.add(id)
  } decode: { row in
    try Account(row: &row)
  }

  struct Renamed {
    let id: Identifier
    let name: String
    let username: String
    let usernameKey: String
  }

  static let rename = Statement<Renamed, Void>(
    "rename_user", "update app_user set name = $2::text, username = $3::text, username_key = $4::text where id = $1::uuid"
  ) { input, p in
    p.add(input.id)
    p.add(input.name)
    p.add(input.username)
    p.add(input.usernameKey)
  }

  struct Activation {
    let id: Identifier
    let isActive: Bool
  }

  /// Raises the credential version too, so that a session from before a disabling does not live again after it.
  static let setActive = Statement<Activation, Void>(
    "set_user_active",
    "update app_user set is_active = $2::bool, credential_version = credential_version + 1 where id = $1::uuid"
  ) { input, p in
    p.add(input.id)
    p.add(input.isActive)
  }

  struct Recovery {
    let id: Identifier
    let digest: [UInt8]
  }

  static let recoveryDigest = Statement<Identifier, [UInt8]?>(
    "recovery_digest", "select u.recovery_hash from app_user u where u.id = $1::uuid for no key update of u"
  ) { id, p in
    p.add(id)
  } decode: { row in
    try row.optionalBytea()
  }

  static let setRecovery = Statement<Recovery, Void>(
    "set_recovery", "update app_user set recovery_hash = $2::bytea where id = $1::uuid"
  ) { input, p in
    p.add(input.id)
    p.add(input.digest)
  }

  struct NewPassword {
    let userID: Identifier
    let credentialVersion: Int
    let hash: PasswordHash
  }

  /// Raises the credential version, which ends the user's sessions in every process.
  static let setPassword = Statement<NewPassword, Int32>(
    "set_password",
    #"""
    update app_user set password_hash = $3::text, credential_version = credential_version + 1
    where id = $1::uuid and credential_version = $2::int returning credential_version
    """#
  ) { input, p in
    p.add(input.userID)
    p.add(int32: input.credentialVersion)
    p.add(input.hash.text)
  } decode: { row in
    try row.int4()
  }
}

extension Account {
  fileprivate init(row: inout RowReader) throws {
    user = User(
      id: try row.identifier(), name: try row.text(), username: try row.text(), role: try row.role(), isActive: try row.bool(),
      createdAt: try row.instant())
    passwordHash = PasswordHash(stored: try row.text())
    credentialVersion = try row.int()
  }
}
