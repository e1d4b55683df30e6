// What a signed-in client carries: an HS256 JWT, signed with a key that lives as long as the process.
import COpenSSL

/// What a token says. Whether the session still lives is for the sessions to say.
package struct TokenClaims: Equatable, Sendable {
  package let session: Identifier
  package let user: Identifier
  /// Whole seconds, as JWT counts.
  package let issuedAt: Instant
  /// Whole seconds.
  package let expiresAt: Instant

  /// Both instants are cut down to the second.
  package init(session: Identifier, user: Identifier, issuedAt: Instant, expiresAt: Instant) {
    self.session = session
    self.user = user
    self.issuedAt = Instant(unixSeconds: issuedAt.unixSeconds)
    self.expiresAt = Instant(unixSeconds: expiresAt.unixSeconds)
  }

  package func isExpired(at now: Instant) -> Bool { now >= expiresAt }
}

/// Signs tokens and knows its own again. There is one header, so no algorithm is ever negotiated. Any thread may use it.
package struct TokenKey: Sendable {
  private static let header = Base64URL.encode(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8))
  /// A token of ours is about 250 bytes long.
  private static let longest = 512

  private let key: [UInt8]

  /// A key of 32 random bytes.
  package init() {
    key = Random.bytes(32)
  }

  package func sign(_ claims: TokenClaims) -> String {
    let payload =
      #"{"sid":"\#(claims.session.text)","sub":"\#(claims.user.text)","#
      + #""iat":\#(claims.issuedAt.unixSeconds),"exp":\#(claims.expiresAt.unixSeconds)}"#
    var token = Self.header + [UInt8(ascii: ".")] + Base64URL.encode(Array(payload.utf8))
    let signature = signature(of: token)
    token.append(UInt8(ascii: "."))
    token.append(contentsOf: signature)
    return String(decoding: token, as: UTF8.self)
  }

  /// nil unless this very key has signed this very text. Says nothing of expiry.
  package func verify(_ token: String) -> TokenClaims? {
    guard token.utf8.count <= Self.longest else { return nil }
    let parts = Array(token.utf8).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].elementsEqual(Self.header) else { return nil }
    let signed = Array(parts[0]) + [UInt8(ascii: ".")] + Array(parts[1])
    guard constantTimeEqual(signature(of: signed), Array(parts[2])), let payload = Base64URL.decode(parts[1]) else {
      return nil
    }
    return Self.claims(String(decoding: payload, as: UTF8.self))
  }

  /// In the alphabet of the token, so that two spellings of one signature are not both good.
  private func signature(of bytes: [UInt8]) -> [UInt8] {
    let code = [UInt8](unsafeUninitializedCapacity: Digest.length) { buffer, count in
      var length: UInt32 = 0
      HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, buffer.baseAddress, &length)
      count = Int(length)
    }
    return Base64URL.encode(code)
  }

  /// Reads what `sign` wrote and nothing else.
  private static func claims(_ payload: String) -> TokenClaims? {
    let pieces = payload.split(separator: "\"", omittingEmptySubsequences: false)
    guard pieces.count == 13, pieces[1] == "sid", pieces[5] == "sub", pieces[9] == "iat", pieces[11] == "exp",
      let issued = Int64(pieces[10].dropFirst().dropLast()), let expires = Int64(pieces[12].dropFirst().dropLast())
    else { return nil }
    do {
      return TokenClaims(
        session: try Identifier(parsing: String(pieces[3])), user: try Identifier(parsing: String(pieces[7])),
        issuedAt: Instant(unixSeconds: issued), expiresAt: Instant(unixSeconds: expires))
    } catch {
      return nil
    }
  }
}

extension TokenKey: CustomStringConvertible, CustomReflectable {
  package var description: String { "TokenKey(hidden)" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
