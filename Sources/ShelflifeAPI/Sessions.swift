// Who is signed in on this process: sessions live in memory and end with it.
import Shelflife
import Synchronization

/// The live sessions of this process, and the one bound to its pipe. Safe from any thread.
final class Sessions: Sendable {
  /// What a call is judged by: the session's user, and whether the session was named or bound.
  struct Session: Sendable {
    let caller: Caller
    let startedAt: Instant
    var lastUsedAt: Instant
    let maxAgeHours: Int
    let idleMinutes: Int

    func isExpired(at now: Instant) -> Bool {
      startedAt.milliseconds(until: now) > Int64(maxAgeHours) * 3_600_000
        || lastUsedAt.milliseconds(until: now) > Int64(idleMinutes) * 60_000
    }
  }

  private struct State {
    var live: [Identifier: Session] = [:]
    var bound: Identifier?
    /// Ended by age or idle time, for the right word to a client that comes back.
    var expired: Set<Identifier> = []
  }

  private let key = TokenKey()
  private let state = Mutex(State())

  /// Starts a session for somebody who has signed in.
  func start(_ signedIn: SignedIn, at now: Instant, bind: Bool) -> (token: String, expiresAt: Instant) {
    let store = signedIn.store
    let id = IdentifierMaker.shared.make(at: now)
    let expiresAt = now.adding(seconds: Int64(store.sessionMaxAgeHours) * 3600)
    let session = Session(
      caller: Caller(
        userID: signedIn.user.id, sessionID: id, role: signedIn.user.role, credentialVersion: signedIn.credentialVersion,
        incarnation: signedIn.incarnation),
      startedAt: now, lastUsedAt: now, maxAgeHours: store.sessionMaxAgeHours, idleMinutes: store.sessionIdleMinutes)
    state.withLock { state in
      for (old, forgotten) in state.live where forgotten.isExpired(at: now) {
        state.live[old] = nil
        state.expired.insert(old)
      }
      state.live[id] = session
      if bind { state.bound = id }
    }
    let claims = TokenClaims(session: id, user: signedIn.user.id, issuedAt: now, expiresAt: expiresAt)
    return (key.sign(claims), claims.expiresAt)
  }

  /// The caller behind a token, or the bound one, judged at the moment the call runs.
  ///
  /// - Throws: `authorizationRequired`, `invalidToken`, `tokenExpired`.
  func caller(token: String?, at now: Instant) throws(Fault) -> Caller {
    guard let token else {
      guard let bound = state.withLock({ $0.bound }) else { throw .authorizationRequired }
      return try use(bound, at: now)
    }
    guard let claims = key.verify(token) else { throw .invalidToken }
    return try use(claims.session, at: now)
  }

  private func use(_ id: Identifier, at now: Instant) throws(Fault) -> Caller {
    try state.withLock { state throws(Fault) in
      guard var session = state.live[id] else { throw state.expired.contains(id) ? .tokenExpired : .invalidToken }
      if session.isExpired(at: now) {
        state.live[id] = nil
        state.expired.insert(id)
        throw .tokenExpired
      }
      session.lastUsedAt = max(session.lastUsedAt, now)
      state.live[id] = session
      return session.caller
    }
  }

  /// Whether a session is still good; asking does not count as using it.
  ///
  /// - Throws: `invalidToken`, `tokenExpired`.
  func check(_ id: Identifier, at now: Instant) throws(Fault) {
    try state.withLock { state throws(Fault) in
      guard let session = state.live[id] else { throw state.expired.contains(id) ? .tokenExpired : .invalidToken }
      if session.isExpired(at: now) { throw .tokenExpired }
    }
  }

  /// Ends one session; a bound one is unbound.
  func end(_ id: Identifier) {
    state.withLock { state in
      state.live[id] = nil
      if state.bound == id { state.bound = nil }
    }
  }

  /// Ends every session of a user on this process. One that is bound stays so, and is told apart from none by its refusal.
  func endAll(of userID: Identifier) {
    state.withLock { state in
      for (id, session) in state.live where session.caller.userID == userID {
        state.live[id] = nil
      }
    }
  }

  /// Ends every session on this process: the shop they belong to was replaced.
  func endAll() {
    state.withLock { $0.live = [:] }
  }
}
