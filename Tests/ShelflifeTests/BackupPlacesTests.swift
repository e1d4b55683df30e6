// Where backups are put: never over what is there, never through a link, and nothing half made stays.
import Glibc
import Testing

@testable import Shelflife

@Suite struct BackupPlacesTests {
  private static let isRoot = geteuid() == 0

  @Test func aWriterThatIsDroppedLeavesNothing() throws {
    let place = try TemporaryFolder()
    var writer: BackupFile.Writer? = try BackupFile.Writer(in: place.folder(), createdAt: moment)
    try [UInt8](repeating: 1, count: 10_000).withUnsafeBytes { try writer?.append($0) }
    #expect(place.names.count == 1 && place.names.allSatisfy { $0.hasPrefix(".shelflife-") && $0.hasSuffix(".partial") })
    writer = nil
    #expect(place.names.isEmpty)
    let cancelled = try BackupFile.Writer(in: place.folder(), createdAt: moment)
    #expect(backupError { _ = try cancelled.finish(as: "a", isCancelled: { true }) { _, _ in [48] } } == .cancelled)
    guard case .system = backupError({ _ = try cancelled.finish(as: "a") { _, _ in [48] } }) else {
      return #expect(Bool(false), "finished twice")
    }
  }

  @Test func nothingIsWrittenOverAnything() throws {
    let place = try TemporaryFolder()
    try place.backup([1], as: "real")
    let before = try place.read("real")
    try shell("cd '\(place.path)' && ln -s nowhere dangling && mkdir folder && mkdir target && echo hello > file")
    let names = place.names
    let file = try BackupFile.open(place("real"))
    for name in ["real", "dangling", "folder", "file"] {
      #expect(backupError { try place.backup([2], as: name) } == .exists)
      #expect(backupError { try file.copy(to: place.path, name: name) } == .exists)
    }
    for name in ["", ".", "..", "a/b", "/tmp/x", "a\0b", String(repeating: "x", count: 256)] {
      guard case .system = backupError({ try place.backup([2], as: name) }) else { return #expect(Bool(false), "\(name)") }
      guard case .system = backupError({ try file.copy(to: place.path, name: name) }) else {
        return #expect(Bool(false), "\(name)")
      }
    }
    #expect(place.names == names)
    #expect(try place.read("real") == before && place.read("file") == Array("hello\n".utf8))
  }

  @Test func foldersAreFoldersAndNoLinks() throws {
    let place = try TemporaryFolder()
    try place.backup([1], as: "real")
    try shell("cd '\(place.path)' && mkdir target && ln -s target link")
    let file = try BackupFile.open(place("real"))
    for path in ["link", "link/", "link//", "link/.", "real", "nothing", "target/nothing"].map({ place($0) }) + ["", "/tmp\0/x"] {
      #expect(backupError { try file.copy(to: path, name: "copy") } == .notADirectory, "\(path)")
      #expect(backupError { _ = try BackupFolder(path) } == .notADirectory)
    }
    #expect(try output("ls -A '\(place("target"))'") == "")
    for (index, path) in ["target", "target/", "target/.", "link/../target"].enumerated() {
      try file.copy(to: place(path), name: "copy\(index)")
    }
    #expect(try output("ls -A '\(place("target"))'") == "copy0\ncopy1\ncopy2\ncopy3\n")
  }

  @Test func aCopyIsTheSameAndPrivate() throws {
    let (place, other) = (try TemporaryFolder(), try TemporaryFolder())
    let told = try place.backup([UInt8](repeating: 9, count: 1_500_000), as: "real")
    let file = try BackupFile.open(place("real"))
    try file.copy(to: other.path, name: "copy")
    #expect(try Digest.sha256(other.read("copy")) == told.sha256)
    #expect(other.names == ["copy"])
    var status = stat()
    #expect(stat(other("copy"), &status) == 0 && status.st_mode == S_IFREG | 0o600)
    var asked = 0
    let stopped = backupError {
      try file.copy(to: other.path, name: "stopped") {
        asked += 1
        return asked > 3
      }
    }
    #expect(stopped == .cancelled && other.names == ["copy"])
  }

  @Test func anAlteredFileIsNotCopied() throws {
    let (place, other) = (try TemporaryFolder(), try TemporaryFolder())
    try place.backup([UInt8](repeating: 9, count: 1_000), as: "real")
    let file = try BackupFile.open(place("real"))
    var bytes = try place.read("real")
    bytes[10_000] = 8
    try place.write(bytes, as: "real")
    guard case .invalid = backupError({ try file.copy(to: other.path, name: "copy") }) else {
      return #expect(Bool(false), "it was copied")
    }
    #expect(other.names.isEmpty)
  }

  @Test(.enabled(if: isRoot)) func rootGivesFilesToTheFoldersOwner() throws {
    let place = try TemporaryFolder()
    #expect(chown(place.path, 12_345, 12_346) == 0)
    try place.backup([1], as: "real")
    var status = stat()
    #expect(stat(place("real"), &status) == 0 && status.st_uid == 12_345 && status.st_gid == 12_346)
  }

  @Test func whatCannotRenameExclusivelyLinks() throws {
    let place = try TemporaryFolder()
    let folder = try place.folder()
    try place.write([1], as: "a")
    try place.write([2], as: "b")
    #expect(!PartialFile.rename(in: folder.descriptor, "a", to: "b", byLink: true) && errno == EEXIST)
    #expect(PartialFile.rename(in: folder.descriptor, "a", to: "c", byLink: true))
    #expect(place.names == ["b", "c"])
    #expect(try place.read("b") == [2] && place.read("c") == [1])
  }

  @Test func onlyDeadLeftoversAreCleared() throws {
    let place = try TemporaryFolder()
    let folder = try place.folder()
    let live = try BackupFile.Writer(in: folder, createdAt: moment)
    let living = place.names
    let untouched = [
      ".shelflife-0123456789abcde.partial", ".shelflife-.partial", ".shelflife-0123456789abcdef.partial2",
      "0123456789abcdef.partial",
      ".shelflife-0123456789abcdef", "real.backup",
    ]
    for name in untouched { try place.write([1], as: name) }
    let dead = ".shelflife-00000000deadbeef.partial"
    try place.write([1], as: dead)
    try shell(
      "cd '\(place.path)' && mkdir .shelflife-000000000000000d.partial && ln -s real.backup .shelflife-000000000000000e.partial")
    try shell("cd '\(place.path)' && mkfifo .shelflife-000000000000000f.partial && touch -d '1 hour ago' .shelflife-*")
    let all = place.names
    let now = Clock.system.now()
    #expect(BackupFile.clearLeftovers(in: folder, olderThan: now.adding(seconds: -7_200)) == 0)
    #expect(place.names == all)
    #expect(BackupFile.clearLeftovers(in: folder, olderThan: now.adding(seconds: -60)) == 1)
    #expect(place.names == all.filter { $0 != dead })
    #expect(BackupFile.clearLeftovers(in: folder, olderThan: now.adding(seconds: 60)) == 0)
    #expect(living.allSatisfy { place.names.contains($0) })
    _ = try live.finish(as: "late.backup") { _, _ in Array("{}".utf8) }
    #expect(try BackupFile.open(place("late.backup")).archiveBytes == 0)
  }

  @Test func clearingNeverTakesAFileFromItsWriter() throws {
    let place = try TemporaryFolder()
    let path = place.path
    let far = Clock.system.now().adding(seconds: 3_600)
    onThreads(3) {
      do {
        for index in 0..<100 {
          let folder = try BackupFolder(path)
          let writer = try BackupFile.Writer(in: folder, createdAt: moment)
          BackupFile.clearLeftovers(in: folder, olderThan: far)
          _ = try writer.finish(as: "\(pthread_self())-\(index)") { _, _ in Array("{}".utf8) }
        }
      } catch { Issue.record(error) }
    }
    #expect(place.names.count == 300 && place.names.allSatisfy { !$0.hasPrefix(".") })
  }

  @Test(.enabled(if: isRoot)) func aFullDiskIsTold() throws {
    let (place, source) = (try TemporaryFolder(), try TemporaryFolder())
    // A container may not let even root mount anything.
    guard (try? output("mount -t tmpfs -o size=1m tmpfs '\(place.path)'")) != nil else { return }
    defer { try? shell("umount -l '\(place.path)'") }
    #expect(backupError { try place.backup([UInt8](repeating: 1, count: 2_000_000), as: "a") } == .diskFull)
    #expect(place.names.isEmpty)
    try source.backup([UInt8](repeating: 1, count: 2_000_000), as: "a")
    #expect(backupError { try BackupFile.open(source("a")).copy(to: place.path, name: "a") } == .diskFull)
    #expect(place.names.isEmpty)
    try place.backup([UInt8](repeating: 1, count: 500_000), as: "fits")
    #expect(place.names == ["fits"])
  }

  @Test(.enabled(if: isRoot)) func aReadOnlyDiskIsTold() throws {
    let place = try TemporaryFolder()
    guard (try? output("mount -t tmpfs -o ro tmpfs '\(place.path)'")) != nil else { return }
    defer { try? shell("umount -l '\(place.path)'") }
    guard case .notPermitted(let words) = backupError({ try place.backup([1], as: "a") }) else {
      return #expect(Bool(false), "it was written")
    }
    #expect(words.contains("Read-only"))
  }
}
