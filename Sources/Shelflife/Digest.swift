// SHA-256 for the shop: recovery codes, idempotency digests, backups, the audit chain.
import COpenSSL

/// A SHA-256 digest. Equality takes the same time wherever two digests differ.
package struct Digest: Hashable, Sendable {
  package static let length = 32

  /// Exactly 32.
  package let bytes: [UInt8]

  /// nil unless there are 32.
  package init?(bytes: [UInt8]) {
    guard bytes.count == Self.length else { return nil }
    self.bytes = bytes
  }

  fileprivate init(verified bytes: [UInt8]) {
    self.bytes = bytes
  }

  package static func sha256(_ bytes: some Sequence<UInt8>) -> Digest {
    bytes.withContiguousStorageIfAvailable { of($0) } ?? ContiguousArray(bytes).withUnsafeBufferPointer { of($0) }
  }

  private static func of(_ message: UnsafeBufferPointer<UInt8>) -> Digest {
    var running = RunningDigest()
    running.update(UnsafeRawBufferPointer(message))
    return running.finish()
  }

  package static func sha256(_ text: String) -> Digest { sha256(text.utf8) }

  /// A number in the server's 64-bit space of advisory locks that stands for a text.
  static func lockNumber(_ text: String) -> Int64 {
    sha256(text).bytes.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
  }

  /// 64 lower-case hexadecimal digits.
  package var hex: String {
    String(unsafeUninitializedCapacity: Self.length * 2) { buffer in
      for (place, byte) in bytes.enumerated() {
        buffer[2 * place] = Self.digit(byte >> 4)
        buffer[2 * place + 1] = Self.digit(byte & 0xf)
      }
      return Self.length * 2
    }
  }

  package static func == (a: Digest, b: Digest) -> Bool { constantTimeEqual(a.bytes, b.bytes) }

  private static func digit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble
  }
}

/// SHA-256 of what arrives piece by piece, such as a backup while it is written. For one thread.
package struct RunningDigest: ~Copyable {
  private var context = SHA256_CTX()

  package init() { SHA256_Init(&context) }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    SHA256_Update(&context, bytes.baseAddress, bytes.count)
  }

  package mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  package mutating func update(_ text: String) {
    var text = text
    text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
  }

  package consuming func finish() -> Digest {
    var context = context
    let digest = [UInt8](unsafeUninitializedCapacity: Digest.length) { buffer, count in
      SHA256_Final(buffer.baseAddress, &context)
      count = Digest.length
    }
    return Digest(verified: digest)
  }
}

/// Whether two byte strings are equal, in a time that tells nothing but their lengths.
package func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
}
