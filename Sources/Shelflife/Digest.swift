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
    let message = ContiguousArray(bytes)
    let digest = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      message.withUnsafeBufferPointer { _ = SHA256($0.baseAddress, $0.count, buffer.baseAddress) }
      count = length
    }
    return Digest(verified: digest)
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
  private let context: OpaquePointer

  package init() {
    // Allowed: libcrypto refuses these calls only when memory is gone.
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      fatalError("libcrypto has no SHA-256")
    }
    self.context = context
  }

  deinit {
    EVP_MD_CTX_free(context)
  }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  package mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  package consuming func finish() -> Digest {
    let digest = [UInt8](unsafeUninitializedCapacity: Digest.length) { buffer, count in
      EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
      count = Digest.length
    }
    return Digest(verified: digest)
  }
}

/// Whether two byte strings are equal, in a time that tells nothing but their lengths.
package func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
}
