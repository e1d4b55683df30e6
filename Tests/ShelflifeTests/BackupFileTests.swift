// A backup's file: what is written is read again, what was altered is found, and nothing else is ever touched.
import Glibc
import Testing

@testable import Shelflife

@Suite struct BackupFileTests {
  private func isInvalid(_ error: BackupFileError?) -> Bool {
    if case .invalid = error { true } else { false }
  }

  @Test(arguments: [0, 1, 511, 512, 513, 100_000, 3_000_000]) func whatIsWrittenIsReadAgain(_ size: Int) throws {
    let place = try TemporaryFolder()
    var dice = Seeded()
    let contents = (0..<size).map { _ in UInt8.random(in: 0...255, using: &dice) }
    let told = try place.backup(contents, as: "a.backup")
    #expect(place.names == ["a.backup"])
    let all = try place.read("a.backup")
    #expect(told.bytes == all.count && told.sha256 == .sha256(all))
    #expect(all.count % 512 == 0)
    let file = try BackupFile.open(place("a.backup"))
    #expect(file.manifest == Array(#"{"shop":"Ægir"}"#.utf8) && file.archiveBytes == size && file.fileBytes == all.count)
    #expect(file.createdAt == moment)
    #expect(try archive(file) == contents)
    #expect(try file.fileDigest() == told.sha256)
    var status = stat()
    #expect(stat(place("a.backup"), &status) == 0 && status.st_mode == S_IFREG | 0o600)
  }

  @Test func theSameContentsMakeTheSameFile() throws {
    let place = try TemporaryFolder()
    #expect(try place.backup([1, 2, 3], as: "a").sha256 == place.backup([1, 2, 3], as: "b").sha256)
    #expect(try place.backup([1, 2, 4], as: "c").sha256 != place.backup([1, 2, 3], as: "d").sha256)
  }

  @Test func tarListsAndExtractsIt() throws {
    let place = try TemporaryFolder()
    let contents = Array(repeating: UInt8(ascii: "x"), count: 1_000)
    try place.backup(contents, as: "a.backup", manifest: "{}")
    let list = try output("TZ=UTC tar --numeric-owner -tvf '\(place("a.backup"))'").split(separator: "\n").map(String.init)
    #expect(
      list == [
        "-rw------- 0/0            8192 2026-05-28 20:26 manifest.json",
        "-rw------- 0/0            1000 2026-05-28 20:26 shelflife.dump",
      ])
    try shell("cd '\(place.path)' && tar -xf a.backup")
    #expect(try place.read("shelflife.dump") == contents)
    #expect(try place.read("manifest.json") == Array("{}".utf8) + Array(repeating: 32, count: 8_189) + [10])
  }

  @Test func aFlippedBitInAnyByteIsFound() throws {
    let place = try TemporaryFolder()
    try place.backup((0..<700).map { UInt8($0 & 255) }, as: "whole")
    let whole = try place.read("whole")
    try place.write(whole, as: "flipped")
    let descriptor = open(place("flipped"), O_RDWR)
    defer { close(descriptor) }
    var dice = Seeded()
    for (index, byte) in whole.enumerated() {
      var changed = byte ^ 1 << UInt8(dice.int(0...7))
      #expect(pwrite(descriptor, &changed, 1, off_t(index)) == 1)
      let error = backupError { _ = try BackupFile.open(place("flipped")).readArchive { _ in } }
      #expect(isInvalid(error), "byte \(index)")
      var unchanged = byte
      #expect(pwrite(descriptor, &unchanged, 1, off_t(index)) == 1)
    }
    #expect(try archive(BackupFile.open(place("flipped"))).count == 700)
  }

  @Test func everyOtherLengthIsFound() throws {
    let place = try TemporaryFolder()
    try place.backup([7, 7, 7], as: "whole")
    let whole = try place.read("whole")
    try place.write(whole, as: "cut")
    for length in (0..<whole.count).reversed() {
      #expect(truncate(place("cut"), off_t(length)) == 0)
      #expect(isInvalid(backupError { _ = try BackupFile.open(place("cut")) }), "\(length)")
    }
    for more in [1, 512, 10_240] {
      try place.write(whole + [UInt8](repeating: 0, count: more), as: "long")
      #expect(isInvalid(backupError { _ = try BackupFile.open(place("long")) }), "\(more)")
    }
  }

  @Test func aWellMadeHeaderOfOtherContentsIsFound() throws {
    let place = try TemporaryFolder()
    let archive = Array("archive".utf8)
    func file(manifest: String = "{}", size: Int64 = 7, digest: Digest = .sha256("archive")) throws -> [UInt8] {
      let head = try #require(
        BackupLayout.head(manifest: Array(manifest.utf8), archiveBytes: size, archive: digest, modified: moment.unixSeconds))
      return head + archive + [UInt8](repeating: 0, count: BackupLayout.tailLength(7))
    }
    try place.write(file(), as: "good")
    #expect(try contents(place("good")) == archive)
    let huge: [Int64] = [6, 8, 520, .max, .max - 9_000, 1 << 33, -1]
    for (index, bad) in try (huge.map { try file(size: $0) } + [file(digest: .sha256("other"))]).enumerated() {
      try place.write(bad, as: "bad")
      #expect(isInvalid(backupError { _ = try contents(place("bad")) }), "\(index)")
    }
    var other = try file()
    other.replaceSubrange(
      8_704..<9_216, with: TarHeader(name: "../passwd", size: 7, modified: moment.unixSeconds, contents: .sha256("archive")).bytes
    )
    try place.write(other, as: "bad")
    #expect(isInvalid(backupError { _ = try contents(place("bad")) }))
  }

  private func contents(_ path: String) throws -> [UInt8] { try archive(BackupFile.open(path)) }

  @Test(arguments: [0, 1, 0o777_7777_7777, 0o1_0000_0000_0000, 1 << 40, .max, -1, .min] as [Int64])
  func headersHoldAnyNumber(_ number: Int64) throws {
    let header = TarHeader(name: "x", size: max(number, 0), modified: number, contents: .sha256(""))
    #expect(TarHeader(header.bytes, name: "x") == header)
    #expect(TarHeader(header.bytes, name: "y") == nil)
  }

  @Test func tarUnderstandsBigHeaders() throws {
    let place = try TemporaryFolder()
    try place.write(TarHeader(name: "big", size: 20 << 30, modified: -1, contents: .sha256("")).bytes, as: "big.tar")
    let list = try output("TZ=UTC tar --numeric-owner -tvf '\(place("big.tar"))' 2>/dev/null || true")
    #expect(list.contains("21474836480 1969-12-31 23:59 big"), "\(list)")
  }

  @Test func whatIsNoBackupIsRefused() throws {
    let place = try TemporaryFolder()
    try place.backup([1], as: "real")
    try place.write([], as: "empty")
    try place.write([UInt8](repeating: 0, count: 20_000), as: "zeros")
    try shell("cd '\(place.path)' && ln -s real link && mkdir folder && mkfifo fifo && tar -cf other.tar real")
    for name in ["empty", "zeros", "link", "folder", "fifo", "other.tar"] {
      #expect(isInvalid(backupError { _ = try BackupFile.open(place(name)) }), "\(name)")
    }
    for path in [place("nothing"), place("real/below"), "", place("real") + "\0", place(String(repeating: "x", count: 300))] {
      #expect(backupError { _ = try BackupFile.open(path) } == .notFound)
    }
    #expect(isInvalid(backupError { _ = try BackupFile.open("/dev/null") }))
  }

  @Test func aFileThatShrinksWhileItIsReadIsFound() throws {
    let place = try TemporaryFolder()
    try place.backup([UInt8](repeating: 1, count: 2_000_000), as: "a")
    let file = try BackupFile.open(place("a"))
    let error = backupError { _ = try file.readArchive { _ in truncate(place("a"), 600_000) } }
    #expect(isInvalid(error))
  }

  @Test func anErrorWhileReadingIsThrownOn() throws {
    let place = try TemporaryFolder()
    try place.backup([UInt8](repeating: 1, count: 2_000_000), as: "a")
    var pieces = 0
    #expect(throws: TemporaryFolder.Trouble.self) {
      try BackupFile.open(place("a")).readArchive { _ in
        pieces += 1
        throw TemporaryFolder.Trouble(text: "enough")
      }
    }
    #expect(pieces == 1)
  }

  @Test func manifestsThatDoNotFitAreRefused() throws {
    let place = try TemporaryFolder()
    try place.backup([1], as: "fits", manifest: String(repeating: "m", count: 8_191))
    #expect(try BackupFile.open(place("fits")).manifest.count == 8_191)
    for manifest in ["", "{} ", String(repeating: "m", count: 8_192)] {
      guard case .system = backupError({ try place.backup([1], as: "b", manifest: manifest) }) else {
        Issue.record("\(manifest.count) bytes were taken")
        continue
      }
    }
    #expect(place.names == ["fits"])
  }
}
