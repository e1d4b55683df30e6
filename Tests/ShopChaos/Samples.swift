// What the shop uses at a moment, and whether that levels off.

struct Sample {
  static let ofProcesses = [
    "sidecar descriptors", "supervisor descriptors", "connections", "sidecar KiB", "server KiB",
  ]

  struct Table {
    let bytes: Int
    let indexBytes: Int
    let deadRows: Int
  }

  /// Seconds since the start.
  let at: Int
  /// Acknowledged so far.
  let documents: Int
  let values: [String: Int]
  let tables: [String: Table]
}

struct Sampler {
  private let battle: Battle

  init(_ battle: Battle) { self.battle = battle }

  /// Nil while the server is away.
  func sample(at time: Int) -> Sample? {
    guard let till = battle.market.tills.first, let postmaster = battle.shop.processes.postmaster,
      let supervisor = battle.shop.processes.supervisors.first, let tables
    else { return nil }
    let servers = [supervisor, postmaster] + Processes.children(of: postmaster)
    let values = [
      "sidecar descriptors": Processes.descriptors(till.pid), "supervisor descriptors": Processes.descriptors(supervisor),
      "connections": battle.shop.processes.backends(of: postmaster).count,
      "sidecar KiB": Processes.memory("VmRSS:", in: "status", till.pid),
      "server KiB": servers.reduce(0) { $0 + Processes.memory("Pss:", in: "smaps_rollup", $1) },
    ]
    return Sample(at: time, documents: battle.market.acknowledged, values: values, tables: tables)
  }

  private var tables: [String: Sample.Table]? {
    let query = """
      select relname, pg_table_size(relid), pg_indexes_size(relid), n_dead_tup
      from pg_stat_user_tables where schemaname = 'shelf'
      """
    guard let rows = battle.cluster.rows(query) else { return nil }
    var tables: [String: Sample.Table] = [:]
    for row in rows where row.count == 4 {
      tables[String(row[0])] = Sample.Table(
        bytes: Int(row[1]) ?? 0, indexBytes: Int(row[2]) ?? 0, deadRows: Int(row[3]) ?? 0)
    }
    return tables
  }
}

/// The rule: the median of the last third is not above that of the middle third by more than a quarter and a little. The first third
/// is the time to warm up.
enum Level {
  /// Each sale and delivery leaves rows in these, for ever: what is level there is the size for each document.
  private static let growingWithDocuments: Set = [
    "sale", "sale_line", "stock_movement", "stock_in", "lot", "idempotency_key", "audit_link", "audit_entry",
  ]
  private static let percent = 25
  /// So small a growth says nothing.
  private static let slack = [
    "sidecar descriptors": 3, "supervisor descriptors": 3, "connections": 2, "sidecar KiB": 8_192, "server KiB": 32_768,
  ]
  private static let slackOfBytes = 512 << 10
  private static let slackOfBytesPerDocument = 64
  private static let slackOfDeadRows = 2_000

  /// What does not level off, in words.
  static func growing(_ samples: [Sample]) -> [String] {
    guard samples.count >= 9 else { return ["\(samples.count) samples are too few to tell"] }
    let middle = Array(samples[samples.count / 3..<2 * samples.count / 3])
    let last = Array(samples[(2 * samples.count / 3)...])
    var found: [String] = []
    func hold(_ name: String, slack: Int, _ value: (Sample) -> Int) {
      let (before, after) = (median(middle.map(value)), median(last.map(value)))
      if after > before + before * percent / 100 + slack { found.append("\(name): \(before), then \(after)") }
    }
    for name in Sample.ofProcesses { hold(name, slack: slack[name] ?? 0) { $0.values[name] ?? 0 } }
    for name in samples[0].tables.keys.sorted() {
      let isAllowed = growingWithDocuments.contains(name)
      func size(_ sample: Sample, _ bytes: (Sample.Table) -> Int) -> Int {
        let bytes = sample.tables[name].map(bytes) ?? 0
        return isAllowed ? bytes / max(1, sample.documents) : bytes
      }
      let unit = isAllowed ? "bytes for each document" : "bytes"
      let slack = isAllowed ? slackOfBytesPerDocument : slackOfBytes
      hold("\(name), \(unit)", slack: slack) { size($0, \.bytes) }
      hold("indexes of \(name), \(unit)", slack: slack) { size($0, \.indexBytes) }
      hold("dead rows of \(name)", slack: slackOfDeadRows) { $0.tables[name]?.deadRows ?? 0 }
    }
    return found
  }
}
