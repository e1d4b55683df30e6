// Passwords, tokens, recovery codes and digests, with the real libcrypt and libcrypto.
import Glibc
import Testing

@testable import Shelflife

@Suite struct AuthTests {
  @Test func passwordRules() {
    for good in ["kingfisher!", "  spaces  ", "pässwörter", String(repeating: "b", count: 71) + "!", "日本語日本語日本"] {
      #expect(fault { () throws(ValueFault) in try Password(parsing: good) } == nil, "\(good)")
    }
    for (bad, expected) in [
      ("seven77", .tooShort(least: 8, .characters)), ("", .tooShort(least: 8, .characters)),
      (String(repeating: "b", count: 73), .tooLong(most: 72, .bytes)),
      (String(repeating: "é", count: 37), .tooLong(most: 72, .bytes)),
      (String(repeating: "b", count: 8_000_000), .tooLong(most: 72, .bytes)),
      ("password", .tooCommon), ("PassWord", .tooCommon), ("Password123", .tooCommon), ("QWERTYUIOP", .tooCommon),
      ("CONTRASEN\u{303}A", .tooCommon), ("with\u{0}null", .controlCharacter), ("with\ttabs", .controlCharacter),
      ("e\u{301}e\u{301}e\u{301}e\u{301}", .tooShort(least: 8, .characters)),
    ] as [(String, ValueFault)] {
      #expect(fault { () throws(ValueFault) in try Password(parsing: bad) } == expected)
    }
  }

  @Test func spacesAroundAPasswordCount() throws {
    #expect(try Password(parsing: " password ").text == " password ")
    #expect(try Password(parsing: "e\u{301}vasively").text.unicodeScalars.first == "\u{e9}")
  }

  @Test func commonPasswordsAreFoldedAndBounded() {
    #expect(CommonPasswords.folded.count <= 10_000)
    #expect(CommonPasswords.folded.count > 1000)
    #expect(CommonPasswords.folded.allSatisfy { Text.foldedKey($0) == $0 && $0.unicodeScalars.count >= Password.leastCharacters })
  }

  @Test func secretsShowNothing() throws {
    let password = try Password(parsing: "kingfisher!")
    let code = RecoveryCode()
    let key = TokenKey()
    let hash = try #require(PasswordHash(stored: "$2b$10$" + String(repeating: "a", count: 53)))
    var dumped = ""
    dump([password], to: &dumped)
    dump([code], to: &dumped)
    dump([key], to: &dumped)
    dump([hash], to: &dumped)
    let shown = "\(password) \(code) \(key) \(hash) \(String(reflecting: password)) \(String(reflecting: key)) \(dumped)"
    #expect(!shown.contains("kingfisher") && !shown.contains(code.text) && !shown.contains("aaaa") && !shown.contains("elements"))
  }

  @Test func bcryptHashesAndVerifies() throws {
    let bcrypt = try Bcrypt(cost: 10)
    let hash = try bcrypt.hash(Password(parsing: "e\u{301}vasively"))
    #expect(hash.cost == 10)
    #expect(PasswordHash(stored: hash.text) == hash)
    #expect(bcrypt.verify("\u{e9}vasively", against: hash))
    #expect(!bcrypt.verify("evasively", against: hash))
    #expect(!bcrypt.verify(" \u{e9}vasively", against: hash))
    #expect(try bcrypt.hash(Password(parsing: "evasively")) != bcrypt.hash(Password(parsing: "evasively")))
  }

  @Test func bcryptKnowsAPublishedHash() throws {
    let stored = try #require(PasswordHash(stored: "$2b$10$fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7dq"))
    let bcrypt = try Bcrypt(cost: 10)
    #expect(bcrypt.verify("abcdefghijklmnopqrstuvwxyz", against: stored) == true)
    #expect(bcrypt.verify("abcdefghijklmnopqrstuvwxyZ", against: stored) == false)
  }

  @Test func nothingIsCutAtSeventyTwoBytesOrAtNul() throws {
    let bcrypt = try Bcrypt(cost: 10)
    let longest = String(repeating: "b", count: 71) + "!"
    let hash = try bcrypt.hash(Password(parsing: longest))
    #expect(bcrypt.verify(longest, against: hash))
    #expect(!bcrypt.verify(longest + "x", against: hash))
    #expect(!bcrypt.verify(longest + "\u{0}", against: hash))
    #expect(!bcrypt.verify(String(longest.dropLast()), against: hash))
  }

  @Test func whatCanBeNoPasswordNeverMatchesAPlantedHash() throws {
    let ofNothing = try #require(PasswordHash(stored: "$2b$10$k1wbIrmNyFAPwPVPSVa/zecw2BCEnBwVS2GbrmgzxFUOqW9dk4TCW"))
    let bcrypt = try Bcrypt(cost: 10)
    #expect(bcrypt.verify("", against: ofNothing))
    #expect(!bcrypt.verify("\u{0}kingfisher!", against: ofNothing))
    #expect(!bcrypt.verify(String(repeating: "x", count: 100), against: ofNothing))
  }

  @Test func anUnknownUserCostsTheSameAndIsNeverRight() throws {
    let bcrypt = try Bcrypt(cost: 10)
    let hash = try bcrypt.hash(Password(parsing: "kingfisher!"))
    // The thread's own time, so that a busy machine changes nothing.
    func cost(_ typed: String, _ stored: PasswordHash?) -> Int {
      var (before, after) = (timespec(), timespec())
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before)
      #expect(!bcrypt.verify(typed, against: stored))
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after)
      return (after.tv_sec - before.tv_sec) * 1_000_000_000 + after.tv_nsec - before.tv_nsec
    }
    let known = cost("wrong-password", hash)
    let unknown = cost("wrong-password", nil)
    let impossible = cost(String(repeating: "x", count: 100), hash)
    #expect(unknown > known / 2 && unknown < known * 2)
    #expect(impossible > known / 2)
  }

  @Test(arguments: [
    "", "*0", "*1", "$2b$09$", "abJnggxhB/yWI", "$1$salt$hash",
    "$2b$31$fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7dq",
    "$2b$15$fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7dq",
    "$2b$09$fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7dq",
    "$2a$10$fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7dq",
    "$2b$10$fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7d",
    "$2b$10$fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7dqq",
    "$2b$10$fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7d\n",
    "$2b$1/$fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7dq",
  ])
  func aStoredHashOfAnotherShapeIsNone(text: String) {
    #expect(PasswordHash(stored: text) == nil)
  }

  @Test func costsOutsideOfTheRangeAreRefused() {
    for cost in [Int.min, 9, 15, 31, .max] { #expect(throws: BcryptFault.costOutOfRange) { try Bcrypt(cost: cost) } }
  }

  @Test func tokensComeBackAndNothingElseDoes() throws {
    var random = Seeded()
    let key = TokenKey()
    let claims = TokenClaims(
      session: random.identifier(), user: random.identifier(), issuedAt: try Instant(parsing: "2026-03-01T09:30:00.999Z"),
      expiresAt: try Instant(parsing: "2026-03-01T21:30:00Z"))
    let token = key.sign(claims)
    #expect(key.verify(token) == claims)
    #expect(TokenKey().verify(token) == nil)
    #expect(token.hasPrefix("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."))
    #expect(claims.issuedAt.text == "2026-03-01T09:30:00.000Z")
    #expect(!claims.isExpired(at: claims.expiresAt.adding(milliseconds: -1)) && claims.isExpired(at: claims.expiresAt))

    let bytes = Array(token.utf8)
    for place in bytes.indices {
      var changed = bytes
      changed[place] ^= 1 << UInt8(random.int(0...6))
      #expect(key.verify(String(decoding: changed, as: UTF8.self)) == nil)
    }
    for length in 0..<bytes.count { #expect(key.verify(String(decoding: bytes[..<length], as: UTF8.self)) == nil) }
    let parts = token.split(separator: ".").map(String.init)
    for bad in [
      token + "A", token + ".", token + "=", " " + token, "." + token, parts[0] + "." + parts[1] + ".", "..", "",
      "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + parts[1] + ".", String(repeating: "a", count: 8_000_000),
      parts[1] + "." + parts[0] + "." + parts[2],
    ] {
      #expect(key.verify(bad) == nil)
    }
  }

  @Test func tokensBeforeTheEpochToo() throws {
    let key = TokenKey()
    let claims = TokenClaims(
      session: Identifier(high: 0, low: 1), user: Identifier(high: .max, low: .max), issuedAt: .earliest, expiresAt: .latest)
    #expect(key.verify(key.sign(claims)) == claims)
  }

  @Test func base64URL() throws {
    for (text, encoded) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE")] {
      #expect(Base64URL.encode(Array(text.utf8)) == Array(encoded.utf8))
    }
    #expect(Base64URL.encode([0xfb, 0xff]) == Array("-_8".utf8))
    for bad in ["Z", "Zh", "Zm9v=", "Zm+v", "Zm/v", "Zm 9", "Zm9", "ZmZmZ"] {
      #expect(Base64URL.decode(bad.utf8) == nil, "\(bad)")
    }
    var random = Seeded()
    for count in 0..<200 {
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
    }
  }

  @Test func recoveryCodesAreReadAsPeopleTypeThem() throws {
    let code = RecoveryCode()
    let text = code.text
    #expect(text.utf8.count == 29 && text.split(separator: "-").allSatisfy { $0.utf8.count == 5 })
    let digest = code.digest
    for typed in [
      text, text.lowercased(), text.replacing("-", with: ""), " \(text.replacing("-", with: " – ")) ",
      text.replacing("0", with: "o").replacing("1", with: "l"), text.replacing("0", with: "O").replacing("1", with: "I"),
    ] {
      #expect(try #require(RecoveryCode(typed: typed)).matches(digest))
    }
    for bad in [
      "", text + "0", String(text.dropLast()), text.dropLast() + "U", text.dropLast() + "é", String(repeating: "-", count: 9999),
    ] {
      #expect(RecoveryCode(typed: bad) == nil)
    }
    #expect(!RecoveryCode().matches(digest))
    #expect(Set((0..<500).map { _ in RecoveryCode().text }).count == 500)
  }

  @Test func digests() throws {
    #expect(Digest.sha256("abc").hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(Digest.sha256("").hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    var running = RunningDigest()
    running.update(Array("a".utf8))
    running.update([])
    running.update(Array("bc".utf8))
    let digest = running.finish()
    #expect(digest == Digest.sha256("abc"))
    #expect(Digest(bytes: digest.bytes) == digest)
    #expect(Digest(bytes: [1]) == nil)
    #expect(!constantTimeEqual([1, 2], [1, 3]) && !constantTimeEqual([1], [1, 2]) && constantTimeEqual([], []))
  }

  @Test func randomBytesDiffer() {
    #expect(Random.bytes(0).isEmpty)
    #expect(Set(Random.bytes(5_000)).count > 200, "all of a large buffer is filled")
    #expect(Random.bytes(32).count == 32 && Random.bytes(32) != Random.bytes(32))
  }
}
