// How a backup's file is written: into a hidden file, which is proved by the reader before it gets its name.
import Glibc

/// An open folder for backups.
package final class BackupFolder: Sendable {
  package let descriptor: Int32

  deinit { close(descriptor) }

  /// Throws `.notADirectory` unless it exists and is a folder, not a symbolic link to one; `.notPermitted` or `.system`.
  package init(_ path: String) throws(BackupFileError) {
    // A slash at the end would follow a link.
    var path = path
    while path.utf8.count > 1 && (path.hasSuffix("/") || path.hasSuffix("/.")) { path.removeLast() }
    guard !path.isEmpty, !path.utf8.contains(0) else { throw .notADirectory }
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else {
      switch errno {
      case ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG: throw .notADirectory
      default: throw BackupFileError("open the folder")
      }
    }
  }
}

extension BackupFile {
  /// A backup in the making, for one thread. Dropped before it is finished, it leaves nothing behind.
  package final class Writer {
    private let partial: PartialFile
    private let modified: Int64
    private var running: RunningDigest? = RunningDigest()
    package private(set) var archiveBytes: Int64 = 0

    /// Throws `.notPermitted`, `.diskFull` or `.system`.
    package init(in folder: BackupFolder, createdAt: Instant) throws(BackupFileError) {
      partial = try PartialFile(in: folder.descriptor)
      modified = createdAt.unixSeconds
      try partial.write([UInt8](repeating: 0, count: BackupLayout.headLength))
    }

    /// Adds to the archive. Throws `.diskFull` or `.system`.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(BackupFileError) {
      running?.update(bytes)
      try partial.write(bytes)
      archiveBytes += Int64(bytes.count)
    }

    /// Completes the file, reads it back from the disk and gives it its name. To be called once, after the last `append`.
    ///
    /// - Parameters:
    ///   - name: the file's name in the folder.
    ///   - isCancelled: asked while the file is read back; once true `.cancelled` is thrown.
    ///   - manifest: makes the manifest's JSON from the archive's size and SHA-256; at most 8 191 bytes, not ending in a space.
    /// - Returns: the size and SHA-256 of the whole file.
    ///
    /// Throws `.exists`, `.diskFull`, `.cancelled` or `.system`; there is no backup then.
    package func finish(
      as name: String, isCancelled: () -> Bool = { false }, manifest: (_ archiveBytes: Int64, _ sha256: Digest) -> [UInt8]
    ) throws(BackupFileError) -> (bytes: Int64, sha256: Digest) {
      guard let digest = running.take()?.finish() else { throw .system("finish a backup twice") }
      let json = manifest(archiveBytes, digest)
      guard
        let head = BackupLayout.head(manifest: json, archiveBytes: archiveBytes, archive: digest, modified: modified)
      else { throw .system("write a manifest of \(json.count) bytes") }
      try partial.write([UInt8](repeating: 0, count: BackupLayout.tailLength(archiveBytes)))
      try partial.writeHead(head)
      try partial.sync()
      let file = try BackupFile(sharing: partial)
      let whole = try file.fileDigest(isCancelled: isCancelled)
      guard file.manifest == json, file.archiveBytes == archiveBytes else {
        throw .system("read back what was written to the backup")
      }
      try partial.publish(as: name)
      return (file.fileBytes, whole)
    }
  }
}
