/// Archives of a real database: made, read back as text, and refused when something is wrong with them.
import Glibc
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import PostgresServer

@Suite struct ArchiveTests {
  private let tools: ArchiveTools

  init() throws { tools = ArchiveTools(programs: try Programs.find(in: nil)) }

  private struct Own: Error {}

  /// A database with one schema of ours and one that is not.
  private static func database(rows: Int) throws -> ConnectionConfiguration {
    let configuration = try TestCluster.shared.freshDatabase()
    let connection = try Connection(configuration)
    defer { connection.close() }
    try connection.script(
      """
      create schema shelf;
      create schema shelf2;
      create table shelf2.other (n int);
      insert into shelf2.other values (77177);
      create table shelf.item (n int8 primary key, "two words" text);
      insert into shelf.item select n, 'line' || chr(10) || chr(92) || '.' || n || repeat(md5(n::text), 3)
        from generate_series(1, \(rows)) n;
      """)
    return configuration
  }

  private func dump(
    _ configuration: ConnectionConfiguration, settings: [String: String] = [:], role: String? = nil,
    isCancelled: () -> Bool = { false }, take: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let connection = try Connection(configuration)
    defer { connection.close() }
    try connection.begin(.snapshot)
    let snapshot = try #require(try connection.script("select pg_export_snapshot()").first?.first ?? nil)
    try connection.script("select 1")
    try tools.dump(
      connection: Self.settings(configuration).merging(settings) { $1 }, schema: "shelf", role: role, snapshot: snapshot,
      take: take,
      isCancelled: isCancelled)
  }

  private static func settings(_ configuration: ConnectionConfiguration) -> [String: String] {
    [
      "PGHOST": configuration["host"] ?? "", "PGPORT": "5432", "PGUSER": "postgres",
      "PGDATABASE": configuration.database ?? "", "PGPASSWORD": "correct-horse",
    ]
  }

  private func archive(rows: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try dump(Self.database(rows: rows)) { bytes += $0 }
    return bytes
  }

  private func text(of archive: [UInt8], pieces: Int = 10_000) throws -> String {
    var bytes: [UInt8] = []
    try tools.text(
      feed: { input in
        for start in stride(from: 0, to: archive.count, by: pieces) {
          try archive[start..<min(start + pieces, archive.count)].withUnsafeBytes { try input.write($0) }
        }
      }, take: { bytes += $0 })
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The fault of reading this; anything that hangs fails by the suite's time.
  private func refusal(_ archive: [UInt8]) -> ServerFault? {
    do {
      _ = try text(of: archive)
      return nil
    } catch {
      return error as? ServerFault
    }
  }

  private static var openDescriptors: Int { ChildProcess.openDescriptors().count }

  private static var children: [pid_t] {
    let threads = (try? FileSystem.entries("/proc/self/task")) ?? []
    return threads.flatMap { thread in
      String(decoding: FileSystem.read("/proc/self/task/\(thread)/children", limit: 16_384) ?? [], as: UTF8.self)
        .split(separator: " ").compactMap { pid_t($0) }
    }
  }

  /// Archive programs that nobody ended or reaped.
  private static var leftPrograms: [String] {
    children.map { String(decoding: FileSystem.read("/proc/\($0)/stat", limit: 200) ?? [], as: UTF8.self) }
      .filter { $0.contains("(pg_dump)") || $0.contains("(pg_restore)") }
  }

  @Test func aDatabaseComesBackAsText() throws {
    let archive = try archive(rows: 1_000)
    #expect(archive.starts(with: Array("PGDMP".utf8)))
    for pieces in [7, 100_000] {
      let text = try text(of: archive, pieces: pieces)
      let lines = text.split(separator: "\n")
      let begin = try #require(lines.firstIndex(of: "COPY shelf.item (n, \"two words\") FROM stdin;"))
      let end = try #require(lines.firstIndex(of: "\\."))
      #expect(end - begin - 1 == 1_000)
      #expect(lines[begin + 1].hasPrefix("1\tline\\n\\\\.1c4ca4238"))
      #expect(!text.contains("77177") && !text.contains("CREATE") && !text.contains("connect"))
    }
  }

  @Test func theSnapshotDecidesWhatIsDumped() throws {
    let configuration = try Self.database(rows: 10)
    let connection = try Connection(configuration)
    try connection.begin(.snapshot)
    let snapshot = try #require(try connection.script("select pg_export_snapshot()").first?.first ?? nil)
    try Connection(configuration).script("insert into shelf.item values (11, 'late')")
    var archive: [UInt8] = []
    try tools.dump(connection: Self.settings(configuration), schema: "shelf", snapshot: snapshot, take: { archive += $0 })
    #expect(try !text(of: archive).contains("late"))
    connection.rollback()
    let gone = #expect(throws: ServerFault.self) {
      try tools.dump(connection: Self.settings(configuration), schema: "shelf", snapshot: snapshot, take: { _ in })
    }
    #expect(gone?.code == .dumpFailed && gone?.message.contains("snapshot") == true, "\(String(describing: gone))")
  }

  @Test func faultsOfADumpAreTold() throws {
    let configuration = try Self.database(rows: 1)
    let cases: [([String: String], String?, String)] = [
      (["PGDATABASE": "nowhere"], nil, "does not exist"), (["PGHOST": "/nowhere"], nil, "No such file"),
      ([:], "nobody_at_all", "nobody_at_all"), (["PGUSER": "correct-horse"], nil, "role \"…\" does not exist"),
    ]
    for (settings, role, words) in cases {
      let fault = #expect(throws: ServerFault.self) { try dump(configuration, settings: settings, role: role) { _ in } }
      #expect(fault?.code == .dumpFailed && fault?.message.contains(words) == true, "\(String(describing: fault))")
      #expect(fault?.message.contains("correct-horse") == false && fault?.message.contains("\n") == false)
    }
    let missing = #expect(throws: ServerFault.self) {
      try tools.dump(connection: Self.settings(configuration), schema: "she%", snapshot: "00000003-0000001B-1", take: { _ in })
    }
    #expect(missing?.code == .dumpFailed)
  }

  @Test func anOlderProgramIsToldInWords() throws {
    let workshop = try Workshop(fromTemplate: false)
    let complaints = [
      ("pg_dump", "pg_dump: error: aborting because of server version mismatch\\npg_dump: detail: server version: 99.1"),
      ("pg_restore", "pg_restore: error: unsupported version (1.99) in file header"),
    ]
    for (name, complaint) in complaints {
      let path = workshop.root + "/" + name
      try run(
        "/bin/sh", ["-c", "printf '#!/bin/sh\\nprintf \"%%b\\\\n\" \"\(complaint)\" >&2; exit 1\\n' > $0; chmod 755 $0", path])
    }
    let old = ArchiveTools(programs: Programs(directory: workshop.root, version: "15.1", major: 15))
    let dumped = #expect(throws: ServerFault.self) { try old.dump(connection: [:], schema: "s", snapshot: "x", take: { _ in }) }
    #expect(dumped?.code == .versionMismatch && dumped?.message.contains("99.1") == true, "\(String(describing: dumped))")
    let read = #expect(throws: ServerFault.self) { try old.text(feed: { _ in }, take: { _ in }) }
    #expect(read?.code == .versionMismatch, "\(String(describing: read))")
    let none = ArchiveTools(programs: Programs(directory: "/nowhere", version: "15.1", major: 15))
    let absent = #expect(throws: ServerFault.self) { try none.text(feed: { _ in }, take: { _ in }) }
    #expect(absent?.code == .programsMissing)
  }

  @Test func whatIsNoArchiveIsRefused() throws {
    var dice = Seeded()
    let random = (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &dice) }
    let archive = try archive(rows: 5)
    for bytes in [
      [], [0], random, Array("select 1;\n\\! touch /tmp/hello\n".utf8), Array("PGDMP".utf8), Array(archive[..<5]) + random,
    ] {
      let fault = try #require(refusal(bytes))
      #expect(fault.code == .archiveInvalid || fault.code == .versionMismatch, "\(fault)")
    }
  }

  @Test func aTruncatedArchiveIsRefused() throws {
    var dice = Seeded()
    let archive = try archive(rows: 3_000)
    // What follows the data of the last table is a mark that pg_restore does not ask for.
    let lengths = (0..<25).map { _ in dice.int(0...archive.count - 2_000) } + [archive.count - 2_000]
    for length in lengths { #expect(refusal(Array(archive[..<length]))?.code == .archiveInvalid, "\(length)") }
  }

  @Test func aFlippedBitIsRefusedOrHarmless() throws {
    var dice = Seeded()
    let archive = try archive(rows: 3_000)
    // The last three quarters are compressed rows, which have a checksum of their own; a few bits between them mean nothing to
    // pg_restore, and are found by the digest of the file that the archive stands in.
    var refused = 0
    for _ in 0..<15 {
      var bytes = archive
      bytes[dice.int(archive.count / 4...archive.count - 2_000)] ^= 1 << dice.int(0...7)
      guard let fault = refusal(bytes) else { continue }
      #expect(fault.code == .archiveInvalid, "\(fault)")
      refused += 1
    }
    #expect(refused >= 10)
    for _ in 0..<25 {
      var bytes = archive
      bytes[dice.int(0...3_000)] ^= 1 << dice.int(0...7)
      if let fault = refusal(bytes) { #expect(fault.code == .archiveInvalid || fault.code == .versionMismatch, "\(fault)") }
    }
  }

  @Test func cancellingLeavesNothingBehind() throws {
    let configuration = try Self.database(rows: 60_000)
    var archive: [UInt8] = []
    try dump(configuration) { archive += $0 }
    let whole = archive
    let descriptors = Self.openDescriptors
    for _ in 0..<3 {
      var taken = 0
      let stopped = #expect(throws: ServerFault.self) {
        try dump(configuration, isCancelled: { taken > 200_000 }, take: { taken += $0.count })
      }
      #expect(stopped?.code == .cancelled)
      #expect(throws: Own.self) { try dump(configuration) { _ in throw Own() } }
      var read = 0
      let ended = #expect(throws: ServerFault.self) {
        try tools.text(
          feed: { input in while true { try whole.withUnsafeBytes { try input.write($0) } } }, take: { read += $0.count },
          isCancelled: { read > 200_000 })
      }
      #expect(ended?.code == .cancelled)
      #expect(throws: Own.self) {
        try tools.text(feed: { input in try whole.withUnsafeBytes { try input.write($0) } }, take: { _ in throw Own() })
      }
      #expect(throws: Own.self) { try tools.text(feed: { _ in throw Own() }, take: { _ in }) }
      let silent = Atomic<Bool>(false)
      let waiting = #expect(throws: ServerFault.self) {
        try tools.text(
          feed: { _ in while !silent.load(ordering: .relaxed) { usleep(1_000) } }, take: { _ in },
          isCancelled: {
            silent.store(true, ordering: .relaxed)
            return true
          })
      }
      #expect(waiting?.code == .cancelled)
    }
    for _ in 0..<40 { #expect(throws: Own.self) { try tools.text(feed: { _ in throw Own() }, take: { _ in }) } }
    // Other tests of this process have theirs.
    #expect(waitUntil { Self.openDescriptors < descriptors + 40 })
    #expect(waitUntil { Self.leftPrograms.isEmpty }, "\(Self.leftPrograms)")
  }

  @Test func whatIsFedBeyondTheEndIsReadByNobodyAndNoError() throws {
    let archive = try archive(rows: 10)
    let fed = Atomic<Int>(0)
    var text = 0
    try tools.text(
      feed: { input in
        try archive.withUnsafeBytes { try input.write($0) }
        for _ in 0..<300 { try [UInt8](repeating: 0, count: 100_000).withUnsafeBytes { try input.write($0) } }
        fed.store(1, ordering: .relaxed)
      }, take: { text += $0.count })
    #expect(fed.load(ordering: .relaxed) == 1 && text > 500)
  }

  @Test func aBigArchiveTakesLittleMemory() throws {
    let configuration = try Self.database(rows: 400_000)
    let before = Self.residentKilobytes
    let bytes = Atomic<Int>(0)
    let most = Atomic<Int>(0)
    // Straight from one program into the other, which is as slow as it likes to be.
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let (outgoing, incoming) = (ends[1], ends[0])
    let reader = TestThread { [tools] in
      try tools.text(
        feed: { input in
          var chunk = [UInt8](repeating: 0, count: 50_000)
          while true {
            let count = read(incoming, &chunk, chunk.count)
            if count <= 0 { break }
            try chunk[..<count].withUnsafeBytes { try input.write($0) }
          }
        },
        take: { piece in
          bytes.add(piece.count, ordering: .relaxed)
          most.store(max(most.load(ordering: .relaxed), Self.residentKilobytes), ordering: .relaxed)
        })
    }
    try dump(configuration) { piece in #expect(FileSystem.write(outgoing, Array(piece))) }
    close(outgoing)
    try reader.value()
    close(incoming)
    #expect(bytes.load(ordering: .relaxed) > 40_000_000)
    #expect(most.load(ordering: .relaxed) - before < 30_000, "\(before) KB, then \(most.load(ordering: .relaxed)) KB")
  }

  private static var residentKilobytes: Int {
    let words = String(decoding: FileSystem.read("/proc/self/statm", limit: 200) ?? [], as: UTF8.self).split(separator: " ")
    return words.count > 1 ? (Int(words[1]) ?? 0) * 4 : 0
  }

  @Test func noSecretIsOnACommandLine() throws {
    let configuration = try Self.database(rows: 20_000)
    var seen: [String] = []
    try dump(configuration) { _ in
      guard seen.isEmpty else { return }
      seen = Self.children.map { pid in
        String(decoding: (FileSystem.read("/proc/\(pid)/cmdline", limit: 16_384) ?? []).map { $0 == 0 ? 32 : $0 }, as: UTF8.self)
      }.filter { $0.contains("pg_dump") }
    }
    #expect(seen.count >= 1)
    for line in seen {
      #expect(line.contains("--schema=\"shelf\""))
      #expect(!line.contains("correct-horse") && !line.contains(configuration.database ?? "") && !line.contains("postgres "))
    }
  }

  @Test func aProgramThatNobodyReadsAnyMoreEnds() throws {
    // What happens to it when this process is killed: the other ends of its streams are gone.
    let configuration = try Self.database(rows: 60_000)
    let archive = try archive(rows: 60_000)
    var status: Int32 = 0
    for isDump in [true, false] {
      let input = try ChildChannel()
      let output = try ChildChannel()
      let pid = try ChildProcess.start(
        ChildProcess.Command(
          programFolder + (isDump ? "/pg_dump" : "/pg_restore"), isDump ? ["-Fc"] : ["-Fc", "--data-only", "-f", "-"],
          environment: isDump ? Self.settings(configuration) : [:], input: .descriptor(input.theirs),
          output: .descriptor(output.theirs)))
      input.closeTheirs()
      output.closeTheirs()
      if !isDump { #expect(send(input.ours, archive, 100_000, Int32(MSG_NOSIGNAL)) > 0) }
      var byte: UInt8 = 0
      #expect(read(output.ours, &byte, 1) == 1)
      shutdown(input.ours, Int32(SHUT_RDWR))
      shutdown(output.ours, Int32(SHUT_RDWR))
      #expect(waitUntil { waitpid(pid, &status, WNOHANG) == pid })
      #expect(status != 0)
    }
  }

  @Test func anyChildIsEnded() throws {
    for script in ["trap '' TERM; kill -STOP $$; sleep 60", "exit 0", "sleep 60"] {
      let pid = try ChildProcess.start(ChildProcess.Command("/bin/sh", ["-c", script]))
      usleep(20_000)
      ChildProcess.end(pid)
      #expect(kill(pid, 0) == -1 && errno == ESRCH)
    }
    ChildProcess.end(getpid())
  }
}
