// Who calls, when and under which key: what the door hands to every service.

/// The signed-in user of a call, as the session remembers them. The database is asked again in the call's own transaction.
package struct Caller: Sendable, Equatable {
  package let userID: Identifier
  package let sessionID: Identifier
  package let role: Role
  /// The user's credential version at login: a password change raises it and so ends the session.
  package let credentialVersion: Int
  /// The shop's incarnation at login: a restore makes a new one and so ends the session. Nil is never compared.
  package let incarnation: Identifier?

  package init(userID: Identifier, sessionID: Identifier, role: Role, credentialVersion: Int, incarnation: Identifier? = nil) {
    self.userID = userID
    self.sessionID = sessionID
    self.role = role
    self.credentialVersion = credentialVersion
    self.incarnation = incarnation
  }
}

/// The key under which a write's outcome is stored in the write's own transaction.
package struct WriteKey: Sendable, Equatable {
  /// `c:` and the client's key, or `a:` and one made by the process: the two spaces never meet.
  package let text: String
  package let digest: [UInt8]
  /// False on the first try under a key made by the process: nobody else can have stored it, so it need not be looked up.
  package var mayBeKnown: Bool
  /// True on every further try.
  private(set) var isRepeated = false

  package init(client key: String, digest: [UInt8]) {
    text = "c:" + key
    self.digest = digest
    mayBeKnown = true
  }

  package init(made id: Identifier, digest: [UInt8]) {
    text = "a:" + id.text
    self.digest = digest
    mayBeKnown = false
  }

  /// The same key for another try, when the database may know it already.
  package var lookedUp: WriteKey {
    var key = self
    key.mayBeKnown = true
    key.isRepeated = true
    return key
  }

  /// The advisory lock that serialises two calls under one key, in the server's 64-bit lock space.
  var lock: Int64 { Self.lock(of: text) }

  /// The lock of any text: keys begin with `c:` or `a:`, receipts with `receipt:`.
  static func lock(of text: String) -> Int64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return Int64(bitPattern: hash)
  }
}

/// One call as a service sees it: its name, its single clock reading, its caller and, for a write, its key.
package struct CallInfo: Sendable {
  package let method: String
  package let now: Instant
  package let caller: Caller?
  package var key: WriteKey?
  /// The decimal places with which the call's amounts were read.
  package let moneyScale: Int
  /// True while the call may still be given up; false once its write is on its way.
  package let mayCommit: @Sendable () -> Bool

  package init(
    method: String, now: Instant, caller: Caller?, key: WriteKey?, moneyScale: Int, mayCommit: @escaping @Sendable () -> Bool
  ) {
    self.method = method
    self.now = now
    self.caller = caller
    self.key = key
    self.moneyScale = moneyScale
    self.mayCommit = mayCommit
  }
}
