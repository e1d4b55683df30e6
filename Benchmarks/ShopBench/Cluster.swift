// The server that all contenders share, and PostgreSQL's own programs beside it.
import Glibc

/// The embedded server of a shop, as its superuser sees it.
struct Cluster {
  /// The folder of `psql` and `pgbench`.
  let programs: String
  /// Where its socket is.
  let socketFolder: String
  private let data: String
  /// Where `pgbench` leaves its logs.
  private let scratch: String

  /// Of a shop whose server runs.
  init(programs: String, data: String, scratch: String) {
    guard let link = realpath(data + "/run", nil) else { fail("the cluster's socket directory is not known") }
    defer { free(link) }
    socketFolder = String(cString: link)
    self.programs = programs
    self.data = data
    self.scratch = scratch
  }

  @discardableResult
  func psql(_ database: String, _ arguments: [String]) -> String {
    run(
      programs + "/psql",
      ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", socketFolder, "-U", "postgres", "-d", database] + arguments)
  }

  /// An own database made from a file of SQL.
  func create(_ database: String, _ file: String, products: Int) {
    psql("postgres", ["-c", "create database \(database)"])
    psql(database, ["-v", "products=\(products)", "-f", file])
  }

  /// The shop's database once more, under another name, as of now.
  func copyShop(as database: String) {
    psql("postgres", ["-c", "create database \(database)"])
    let at = "-h '\(socketFolder)' -U postgres"
    run(
      "/bin/sh",
      [
        "-c",
        "set -e; '\(programs)/pg_dump' \(at) -Fc -Z0 -f '\(scratch)/copy' shelflife; "
          + "'\(programs)/pg_restore' \(at) -e -d \(database) '\(scratch)/copy'; rm '\(scratch)/copy'",
      ])
  }

  /// Bytes that have gone into the log since the cluster was made.
  var walPosition: Int {
    Int(psql("postgres", ["-c", "select pg_current_wal_insert_lsn() - '0/0'::pg_lsn"]).filter(\.isNumber)) ?? 0
  }

  var version: String { String(psql("postgres", ["-c", "show server_version"]).prefix { $0 != " " && $0 != "\n" }) }

  func initializeTPCB(_ database: String, scale: Int) {
    psql("postgres", ["-c", "create database \(database)"])
    run(programs + "/pgbench", ["-h", socketFolder, "-U", "postgres", "-i", "-q", "-s", "\(scale)", database])
  }

  /// Whole seconds of `pgbench`, prepared; with one client each transaction's latency.
  func pgbench(_ database: String, _ arguments: [String], clients: Int, seconds: Int, options: String = "") -> Sample {
    setenv("PGOPTIONS", options, 1)
    defer { unsetenv("PGOPTIONS") }
    let log = scratch + "/pgbench"
    let logging = clients == 1 ? ["--log", "--log-prefix=\(log)"] : []
    let text = run(
      programs + "/pgbench",
      [
        "-h", socketFolder, "-U", "postgres", "-n", "-M", "prepared", "-c", "\(clients)", "-j", "\(min(clients, 2))", "-T",
        "\(seconds)",
      ]
        + logging + arguments + [database])
    var sample = Sample()
    sample.count = Self.number(after: "actually processed: ", in: text) / 1_000
    let rate = Self.number(after: "tps = ", in: text)
    guard sample.count > 0, rate > 0 else { fail("pgbench said: \(text)") }
    sample.nanoseconds = sample.count * 1_000_000_000_000 / rate
    if clients == 1 { sample.latencies = latencies(run("/bin/sh", ["-c", "cat '\(log)'.* && rm '\(log)'.*"])) }
    return sample
  }

  /// Of a log's lines: client, transaction, microseconds, and more.
  private func latencies(_ log: String) -> Latencies {
    var latencies = Latencies.ofLatencies()
    for line in log.utf8.split(separator: 0x0A) {
      let fields = line.split(separator: 0x20, maxSplits: 3)
      guard fields.count == 4, let micros = UInt64(String(decoding: fields[2], as: UTF8.self)) else {
        fail("pgbench logged: \(line)")
      }
      latencies.record(micros * 1_000)
    }
    return latencies
  }

  /// In thousandths.
  private static func number(after label: String, in text: String) -> Int {
    guard let range = text.firstRange(of: label) else { fail("pgbench said: \(text)") }
    let parts = text[range.upperBound...].prefix { $0.isNumber || $0 == "." }.split(separator: ".")
    let fraction = (parts.count > 1 ? String(parts[1]) : "") + "000"
    return (Int(parts[0]) ?? 0) * 1_000 + (Int(fraction.prefix(3)) ?? 0)
  }

  /// Runs a file of queries several times in one session. Nanoseconds of each time, as `psql` itself takes them: until the last
  /// row has come and been written out.
  func timings(_ database: String, file: String, times: Int, options: String) -> [Int] {
    setenv("PGOPTIONS", options, 1)
    defer { unsetenv("PGOPTIONS") }
    let text = psql(
      database, ["-c", "\\timing on", "-c", "\\o /dev/null"] + Array(repeating: ["-f", file], count: times).joined())
    let each = text.split(separator: "\n").filter { $0.hasPrefix("Time: ") }.map {
      Self.number(after: "Time: ", in: String($0)) * 1_000
    }
    let queries = each.count / times
    guard queries > 0 else { fail("psql said: \(text)") }
    return (0..<times).map { each[($0 * queries)..<(($0 + 1) * queries)].reduce(0, +) }
  }

  /// Proportional resident memory of the server and its supervisor, in KiB; nil where it cannot be read.
  var memory: Int? {
    guard let postmaster = contents(of: data + "/postgres/postmaster.pid").split(separator: "\n").first.flatMap({ Int($0) })
    else {
      return nil
    }
    let sizes = ([postmaster, Self.parent(of: postmaster)] + Self.children(of: postmaster)).map { pid in
      statusNumber("Pss:", in: contents(of: "/proc/\(pid)/smaps_rollup"))
    }
    // A worker that has ended meanwhile counts for nothing; the first is the server itself.
    return sizes[0] == 0 ? nil : sizes.reduce(0, +)
  }

  private static func parent(of pid: Int) -> Int { statusNumber("PPid:", in: contents(of: "/proc/\(pid)/status")) }

  private static func children(of pid: Int) -> [Int] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var found: [Int] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if let number = Int(name), parent(of: number) == pid { found.append(number) }
    }
    return found
  }
}
