// A temporary folder for the tests of backups, and short ways to write and read in it.
import Glibc
import Testing

@testable import Shelflife

/// Removed with all it holds when it goes.
final class TemporaryFolder {
  let path: String

  struct Trouble: Error { let text: String }

  init() throws {
    var template = "/tmp/shelflife-backups-XXXXXX".utf8CString
    guard template.withUnsafeMutableBufferPointer({ mkdtemp($0.baseAddress!) }) != nil else { throw Trouble(text: "mkdtemp") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? shell("rm -rf '\(path)'") }

  func callAsFunction(_ name: String) -> String { path + "/" + name }

  func folder() throws -> BackupFolder { try BackupFolder(path) }

  var names: [String] { (try? output("ls -A '\(path)'").split(separator: "\n").map(String.init)) ?? ["?"] }

  /// A backup of this archive, written in pieces.
  @discardableResult
  func backup(
    _ archive: [UInt8], as name: String, manifest: String = #"{"shop":"Ægir"}"#, at instant: Instant = moment
  ) throws -> (bytes: Int64, sha256: Digest) {
    let writer = try BackupFile.Writer(in: folder(), createdAt: instant)
    for start in stride(from: 0, to: archive.count, by: 100_000) {
      try archive[start..<min(start + 100_000, archive.count)].withUnsafeBytes { try writer.append($0) }
    }
    return try writer.finish(as: name) { bytes, digest in
      #expect(bytes == archive.count && digest == .sha256(archive))
      return Array(manifest.utf8)
    }
  }

  func read(_ name: String) throws -> [UInt8] { try bytes(of: self(name)) }

  func write(_ bytes: [UInt8], as name: String) throws {
    let descriptor = open(self(name), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    defer { close(descriptor) }
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
      guard count > 0 else { throw Trouble(text: "write \(name)") }
      done += count
    }
  }
}

let moment = Instant(unixSeconds: 1_780_000_000)

func bytes(of path: String) throws -> [UInt8] {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else { throw TemporaryFolder.Trouble(text: "open \(path)") }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(descriptor, &chunk, chunk.count)
    if count <= 0 { return bytes }
    bytes += chunk[..<count]
  }
}

/// What a shell command prints; throws when it fails.
@discardableResult
func output(_ command: String) throws -> String {
  let folder = "/tmp/shelflife-output-\(getpid())-\(Random.bytes(6).map(String.init).joined())"
  defer { unlink(folder) }
  try shell("{ \(command)\n} >\(folder) 2>&1")
  return String(decoding: try bytes(of: folder), as: UTF8.self)
}

func shell(_ command: String) throws {
  let status = system(command)
  guard status == 0 else { throw TemporaryFolder.Trouble(text: "\(command): \(status)") }
}

/// The archive as it is read back.
func archive(_ file: BackupFile) throws -> [UInt8] {
  var bytes: [UInt8] = []
  let digest = try file.readArchive { bytes += $0 }
  #expect(digest == .sha256(bytes))
  return bytes
}

/// The error that `body` throws, nil if it throws none.
func backupError(_ body: () throws -> Void) -> BackupFileError? {
  do {
    try body()
    return nil
  } catch let error as BackupFileError {
    return error
  } catch {
    Issue.record(error)
    return nil
  }
}
