// Where passwords become hashes: bcrypt through libcrypt. Every call burns CPU for a while, so it belongs on the password worker.
import CCrypt
import COpenSSL

/// A stored bcrypt hash of a shape that may be given to libcrypt.
package struct PasswordHash: Hashable, Sendable {
  package let text: String

  /// nil unless it reads `^\$2b\$1[0-4]\$[./A-Za-z0-9]{53}$`: libcrypt would hash anything else by another method, or for a day.
  package init?(stored text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 60, text.hasPrefix("$2b$1"), Bcrypt.costs.contains(10 + Int(bytes[5]) - Int(UInt8(ascii: "0"))),
      bytes[6] == UInt8(ascii: "$"), bytes[7...].allSatisfy(Self.isDigit)
    else { return nil }
    self.text = text
  }

  /// Lower than the configured one once the owner has raised it.
  package var cost: Int { 10 + Int(Array(text.utf8)[5]) - Int(UInt8(ascii: "0")) }

  private static func isDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }
}

extension PasswordHash: CustomStringConvertible, CustomReflectable {
  package var description: String { "PasswordHash(hidden)" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

package enum BcryptFault: Error, Equatable, Sendable {
  case costOutOfRange
  /// libcrypt knows no bcrypt, or has no memory left.
  case unavailable
}

/// Hashes and verifies at one configured cost. Any thread may use it.
package struct Bcrypt: Sendable {
  package static let costs = 10...14

  package let cost: Int
  /// Stands for the hash of a user who does not exist. Its salt is real, so it takes as long as a real one; its digest is random,
  /// so that making it costs nothing.
  private let dummy: PasswordHash

  package init(cost: Int) throws(BcryptFault) {
    guard Self.costs.contains(cost) else { throw .costOutOfRange }
    let alphabet = Array("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    let digest = String(decoding: Random.bytes(31).map { alphabet[Int($0 & 63)] }, as: UTF8.self)
    guard let dummy = PasswordHash(stored: try Self.salt(cost: cost) + digest) else { throw .unavailable }
    self.cost = cost
    self.dummy = dummy
  }

  /// A new hash under a new salt.
  package func hash(_ password: Password) throws(BcryptFault) -> PasswordHash {
    guard let hash = Self.crypt(password.text, setting: try Self.salt(cost: cost)) else { throw .unavailable }
    return hash
  }

  /// Whether what was typed is the password. nil, for a user who does not exist, takes the same time and is never right; so does
  /// something typed that could never be a password.
  package func verify(_ typed: String, against stored: PasswordHash?) -> Bool {
    let phrase: String?
    do { phrase = try Password.hashable(typed) } catch { phrase = nil }
    let hash = stored ?? dummy
    guard let computed = Self.crypt(phrase ?? "", setting: hash.text) else { return false }
    let isEqual = constantTimeEqual(Array(computed.text.utf8), Array(hash.text.utf8))
    return isEqual && stored != nil && phrase != nil
  }

  private static func salt(cost: Int) throws(BcryptFault) -> String {
    let size = Int(shelflife_crypt_salt_size())
    let salt = withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer -> String? in
      guard crypt_gensalt_rn("$2b$", UInt(cost), nil, 0, buffer.baseAddress, Int32(size)) != nil,
        let start = buffer.baseAddress
      else { return nil }
      return String(cString: start)
    }
    guard let salt else { throw .unavailable }
    return salt
  }

  /// nil also for libcrypt's failure tokens `*0` and `*1`, which have no hash's shape.
  private static func crypt(_ phrase: String, setting: String) -> PasswordHash? {
    let size = shelflife_crypt_data_size()
    let work = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    work.initializeMemory(as: UInt8.self, repeating: 0)
    defer {
      OPENSSL_cleanse(work.baseAddress, size)
      work.deallocate()
    }
    guard let text = crypt_rn(phrase, setting, work.baseAddress, Int32(size)) else { return nil }
    return PasswordHash(stored: String(cString: text))
  }
}
