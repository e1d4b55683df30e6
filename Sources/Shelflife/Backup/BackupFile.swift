// A backup is one file: a tar of `manifest.json` and the archive, every byte of it determined by those two and an instant.
import Glibc

/// Where the parts lie:
///
/// | bytes | what |
/// | --- | --- |
/// | 512 | header of `manifest.json` |
/// | 8 192 | the manifest, spaces, a newline |
/// | 512 | header of `shelflife.dump` |
/// | … | the archive, and zeros up to a multiple of 512 |
/// | 1 024 | zeros |
enum BackupLayout {
  static let manifestName = "manifest.json"
  static let archiveName = "shelflife.dump"
  static let manifestLength = 8_192
  static let headLength = 2 * TarHeader.length + manifestLength
  /// What is read or written at once.
  static let piece = 256 << 10

  /// Everything before the archive. The manifest must be shorter than its place and not end in a space.
  static func head(manifest: [UInt8], archiveBytes: Int64, archive: Digest, modified: Int64) -> [UInt8]? {
    guard let last = manifest.last, last != UInt8(ascii: " "), manifest.count < manifestLength else { return nil }
    let padded =
      manifest + [UInt8](repeating: UInt8(ascii: " "), count: manifestLength - 1 - manifest.count) + [UInt8(ascii: "\n")]
    let first = TarHeader(name: manifestName, size: Int64(manifestLength), modified: modified, contents: .sha256(padded))
    let second = TarHeader(name: archiveName, size: archiveBytes, modified: modified, contents: archive)
    return first.bytes + padded + second.bytes
  }

  /// The zeros after an archive of this size.
  static func tailLength(_ archiveBytes: Int64) -> Int { Int((512 - archiveBytes % 512) % 512) + 1_024 }
}

/// A backup's file, open for reading. Its outside was checked byte for byte; `readArchive` checks the archive. Any thread may use
/// it. The file should not be written meanwhile; if it is, that is found.
package final class BackupFile: Sendable {
  /// The manifest's JSON.
  package let manifest: [UInt8]
  package let archiveBytes: Int64
  package let fileBytes: Int64
  /// In whole seconds.
  package let createdAt: Instant

  private let descriptor: Int32
  private let head: [UInt8]
  private let seal: [UInt8]

  deinit { close(descriptor) }

  /// Opens a regular file, not through a symbolic link at the path's end.
  ///
  /// Throws `.notFound`, `.notPermitted`, `.invalid` or `.system`.
  package static func open(_ path: String) throws(BackupFileError) -> BackupFile {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw .notFound }
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      switch errno {
      case ENOENT, ENOTDIR, ENAMETOOLONG: throw .notFound
      case ELOOP: throw .invalid("it is a symbolic link")
      case ENXIO: throw .invalid("it is not a regular file")
      default: throw BackupFileError("open the backup")
      }
    }
    return try BackupFile(owning: descriptor)
  }

  /// Takes the descriptor over, also when it throws.
  init(owning descriptor: Int32) throws(BackupFileError) {
    self.descriptor = descriptor
    do throws(BackupFileError) {
      let size = try Self.size(descriptor)
      let head = try Self.read(descriptor, BackupLayout.headLength, at: 0)
      let manifest = head[TarHeader.length..<TarHeader.length + BackupLayout.manifestLength]
      guard let first = TarHeader(head[..<TarHeader.length], name: BackupLayout.manifestName),
        let second = TarHeader(head[(BackupLayout.headLength - TarHeader.length)...], name: BackupLayout.archiveName)
      else { throw .invalid("it is not a backup, or its headers were altered") }
      guard first.size == Int64(BackupLayout.manifestLength), first.modified == second.modified,
        manifest.last == UInt8(ascii: "\n"),
        let end = manifest.dropLast().lastIndex(where: { $0 != UInt8(ascii: " ") }),
        first.seal == TarHeader.seal(of: .sha256(manifest))
      else { throw .invalid("its manifest was altered") }
      let tail = BackupLayout.tailLength(second.size)
      let (start, overflow) = Int64(BackupLayout.headLength).addingReportingOverflow(second.size)
      guard !overflow, size >= start, size - start >= Int64(tail) else { throw .invalid("it is cut short") }
      guard size - start == Int64(tail) else { throw .invalid("something follows its end") }
      guard try Self.read(descriptor, tail, at: start).allSatisfy({ $0 == 0 }) else { throw .invalid("its end was altered") }
      self.manifest = Array(manifest[...end])
      self.head = head
      archiveBytes = second.size
      fileBytes = size
      createdAt = Instant(unixSeconds: first.modified)
      seal = second.seal
    } catch {
      close(descriptor)
      throw error
    }
  }

  private static func size(_ descriptor: Int32) throws(BackupFileError) -> Int64 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw BackupFileError("read the backup") }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .invalid("it is not a regular file") }
    guard status.st_size >= BackupLayout.headLength + BackupLayout.tailLength(0) else {
      throw .invalid("it is too short to be a backup")
    }
    return Int64(status.st_size)
  }

  private static func read(_ descriptor: Int32, _ count: Int, at offset: Int64) throws(BackupFileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      filled += try read(descriptor, &bytes, from: filled, at: offset + Int64(filled))
    }
    return bytes
  }

  /// Fills what it can of `bytes` from an index on, at least one byte.
  private static func read(
    _ descriptor: Int32, _ bytes: inout [UInt8], from index: Int, at offset: Int64
  ) throws(BackupFileError) -> Int {
    while true {
      let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress! + index, $0.count - index, off_t(offset)) }
      if count > 0 { return count }
      if count == 0 { throw .invalid("it is cut short") }
      if errno != EINTR { throw BackupFileError("read the backup") }
    }
  }

  /// Hands over the archive piece by piece and returns its SHA-256; throws `.invalid` at its end if it was altered. What was taken
  /// before that is not to be trusted. An error of `take` is thrown on.
  package func readArchive(_ take: (UnsafeRawBufferPointer) throws -> Void) throws -> Digest {
    var refusal: (any Error)?
    let digest = try pieces { piece in
      do { try take(piece) } catch { refusal = error }
      return refusal == nil
    }
    if let refusal { throw refusal }
    return digest
  }

  /// Ends early when `take` says no.
  private func pieces(_ take: (UnsafeRawBufferPointer) -> Bool) throws(BackupFileError) -> Digest {
    var running = RunningDigest()
    var buffer = [UInt8](repeating: 0, count: BackupLayout.piece)
    var offset: Int64 = 0
    while offset < archiveBytes {
      let wanted = Int(min(Int64(buffer.count), archiveBytes - offset))
      if wanted < buffer.count { buffer.removeSubrange(wanted...) }
      let count = try Self.read(descriptor, &buffer, from: 0, at: Int64(head.count) + offset)
      let goesOn = buffer.withUnsafeBytes { bytes in
        let piece = UnsafeRawBufferPointer(rebasing: bytes[..<count])
        running.update(piece)
        return take(piece)
      }
      if !goesOn { return running.finish() }
      offset += Int64(count)
    }
    let digest = running.finish()
    guard seal == TarHeader.seal(of: digest) else { throw .invalid("its archive was altered") }
    return digest
  }

  /// Reads all of the file, proves it whole and returns its own SHA-256. Throws `.cancelled` when asked to.
  package func fileDigest(isCancelled: () -> Bool = { false }) throws(BackupFileError) -> Digest {
    try whole(isCancelled) { _ throws(BackupFileError) in }
  }

  private func whole(
    _ isCancelled: () -> Bool, _ take: (UnsafeRawBufferPointer) throws(BackupFileError) -> Void
  ) throws(BackupFileError) -> Digest {
    var running: RunningDigest? = RunningDigest()
    var failure: BackupFileError?
    func pass(_ piece: UnsafeRawBufferPointer) -> Bool {
      running?.update(piece)
      do throws(BackupFileError) {
        if isCancelled() { throw .cancelled }
        try take(piece)
      } catch { failure = error }
      return failure == nil
    }
    if head.withUnsafeBytes({ pass($0) }) { _ = try pieces { pass($0) } }
    if failure == nil {
      _ = [UInt8](repeating: 0, count: BackupLayout.tailLength(archiveBytes)).withUnsafeBytes { pass($0) }
    }
    guard failure == nil, let digest = running.take()?.finish() else { throw failure ?? .cancelled }
    return digest
  }

  /// Copies the file into an existing folder, which must not be a symbolic link itself, under a name that nothing has there.
  /// The copy is private, on the disk and read back when this returns; else there is none.
  ///
  /// Throws `.notADirectory`, `.exists`, `.diskFull`, `.notPermitted`, `.invalid`, `.cancelled` or `.system`.
  /// - Returns: the SHA-256 of the whole file.
  @discardableResult
  package func copy(
    to directory: String, name: String, isCancelled: () -> Bool = { false }
  ) throws(BackupFileError) -> Digest {
    let folder = try BackupFolder(directory)
    let partial = try PartialFile(in: folder.descriptor)
    let written = try whole(isCancelled) { piece throws(BackupFileError) in try partial.write(piece) }
    try partial.sync()
    let copy = try BackupFile(sharing: partial)
    guard try copy.fileDigest(isCancelled: isCancelled) == written else {
      throw .system("read back what was written to the backup")
    }
    try partial.publish(as: name)
    return written
  }

  /// Reads what is still in the making.
  convenience init(sharing partial: PartialFile) throws(BackupFileError) {
    let descriptor = fcntl(partial.descriptor, F_DUPFD_CLOEXEC, 0)
    guard descriptor >= 0 else { throw BackupFileError("read the backup") }
    try self.init(owning: descriptor)
  }

  /// Removes what writers that died left in an open folder before `instant`, and nothing else; returns how many there were.
  @discardableResult
  package static func clearLeftovers(in folder: BackupFolder, olderThan instant: Instant) -> Int {
    PartialFile.clearLeftovers(in: folder.descriptor, olderThan: instant)
  }
}
