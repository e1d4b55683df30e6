// Many tills on one stock: processes that sell the same few products at once, beside one that sells alone.
import Glibc
import Histogram

struct Crowd {
  private static let sizes = [1, 2, 4, 8, 16]
  /// Few, so that every basket meets others.
  private static let products = 40

  private let shop: Shop
  /// A process that sells nothing and stays, so that the server does.
  private let keeper: Sidecar
  private let cluster: Cluster
  private let seconds: Int
  /// Of the scripts of `pgbench`.
  private let folder: String

  init(binary: String, programs: String, scratch: String, folder: String, isQuick: Bool) {
    self.folder = folder
    shop = Shop(binary: binary, data: scratch + "/shop")
    seconds = isQuick ? 3 : 10
    keeper = Self.stock(shop)
    cluster = Cluster(programs: programs, data: shop.data, scratch: scratch)
  }

  private static func stock(_ shop: Shop) -> Sidecar {
    let keeper = shop.start()
    keeper.call("setup.createOwner", Shop.owner)
    keeper.call("auth.login", Shop.login)
    for number in 1...products {
      keeper.call("products.create", #"{"id":"\#(productID(number))","name":"Product \#(number)","sellingPrice":"4.50"}"#)
    }
    let items = (1...products).map {
      #"{"productId":"\#(productID($0))","qtyAdded":1000000,"unitCost":"2.1","expiryDate":"2040-01-31"}"#
    }
    keeper.call("stockIn.create", #"{"items":[\#(items.joined(separator: ","))]}"#)
    return keeper
  }

  func run() {
    print("tills   in flight   sales/s   of one   p50 ms   p99 ms   slowest till / fastest   sales a commit")
    for inFlight in [1, 8] {
      var alone = 0
      for size in Self.sizes {
        let crowd = (0..<size).map { _ in shop.open() }
        _ = sell(crowd, inFlight, for: 1)
        let before = commits
        let samples = sell(crowd, inFlight, for: seconds)
        let made = commits - before
        for till in crowd { till.end() }
        let rate = samples.map(\.rate).reduce(0, +)
        if size == 1 { alone = rate }
        tell(size, inFlight, samples, rate: rate, alone: alone, commits: made)
      }
    }
    floor()
    prove()
  }

  /// All tills for the same time, each with so many calls on their way.
  private func sell(_ crowd: [Sidecar], _ inFlight: Int, for seconds: Int) -> [Sample] {
    var scripts = crowd.indices.map { Self.script(UInt64($0 * 7 + nanoseconds() & 0xFFFF)) }
    var replies = crowd.map { _ in Replies() }
    var samples = crowd.map { _ in Sample(latencies: .ofLatencies()) }
    var asked = crowd.map { _ in nanoseconds() }
    var waiting = crowd.map { _ in inFlight }
    let start = nanoseconds()
    let end = start + seconds * 1_000_000_000
    for (index, till) in crowd.enumerated() { scripts[index].send(inFlight, to: till.input) }
    while waiting.contains(where: { $0 > 0 }) {
      var entries = crowd.map { pollfd(fd: $0.output, events: Int16(POLLIN), revents: 0) }
      guard poll(&entries, nfds_t(entries.count), 60_000) > 0 else { fail("no till answers") }
      for index in crowd.indices where entries[index].revents != 0 {
        let answered = replies[index].receive(from: crowd[index].output)
        let now = nanoseconds()
        samples[index].count += answered
        if inFlight == 1, answered == 1 { samples[index].latencies?.record(UInt64(now - asked[index])) }
        waiting[index] -= answered
        guard now < end, answered > 0 else { continue }
        asked[index] = nanoseconds()
        scripts[index].send(answered, to: crowd[index].input)
        waiting[index] += answered
      }
    }
    for index in samples.indices { samples[index].nanoseconds = nanoseconds() - start }
    return samples
  }

  private static func script(_ seed: UInt64) -> Script {
    var dice = Dice(seed: seed)
    return Script(
      (0..<2_048).map { id in
        let items = (0..<3).map { _ in #"{"productId":"\#(productID(1 + dice.roll(products)))","qty":1}"# }
        return request("sales.create", #"{"items":[\#(items.joined(separator: ","))]}"#, id: id)
      })
  }

  /// Writes that were committed, each of which adds a link to the audit.
  private var commits: Int {
    Int(cluster.psql("shelflife", ["-c", "select count(*) from shelf.audit_link"]).filter(\.isNumber)) ?? 0
  }

  private func tell(_ size: Int, _ inFlight: Int, _ samples: [Sample], rate: Int, alone: Int, commits: Int) {
    let cell = Self.cell
    let counts = samples.map(\.count)
    let sales = counts.reduce(0, +)
    guard !counts.contains(0) else { fail("a till sold nothing: \(counts)") }
    var all = Latencies.ofLatencies()
    for latencies in samples.compactMap(\.latencies) { all.add(latencies) }
    func milliseconds(_ share: Int) -> String {
      inFlight == 1 ? hundredths(Int(all.valueAtPercentile(Double(share))) / 10_000) : "-"
    }
    print(
      cell("\(size)", 5), cell("\(inFlight)", 10), cell("\(rate / 100)", 8), cell(ratio(rate, alone), 7),
      cell(milliseconds(50), 7),
      cell(milliseconds(99), 7), cell(ratio(counts.min() ?? 0, counts.max() ?? 0), 23), cell(ratio(sales, commits), 15),
      separator: " ")
  }

  /// What PostgreSQL alone can do with the rows that sales share: what each series of numbers would be worth.
  private func floor() {
    cluster.create("serial", folder + "/tables.sql", products: 0)
    print("\nrows that all sales change, in pgbench      1 till, /s   16 tills, /s")
    for (label, file) in [
      ("one counter a day, one audit", "one-counter"), ("a counter a till, one audit", "series"),
      ("a counter a till, no audit", "series-alone"),
    ] {
      let rates = [1, 16].map {
        cluster.pgbench("serial", ["-f", "\(folder)/\(file).sql"], clients: $0, seconds: seconds).rate / 100
      }
      print(Self.cell(label, 36), Self.cell("\(rates[0])", 17), Self.cell("\(rates[1])", 15))
    }
    print("")
  }

  private static func cell(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }

  /// Nothing of it may have been at the books' expense.
  private func prove() {
    let deadlocks = cluster.psql("shelflife", ["-c", "select deadlocks from pg_stat_database where datname = 'shelflife'"])
    let gaps = cluster.psql(
      "shelflife",
      ["-c", "select count(*) from (select max(number) <> count(*) as gap from shelf.sale group by day) d where gap"])
    let report = keeper.call("system.check")
    keeper.end()
    awaitStop(of: shop.data)
    guard !report.contains(#""ok":false"#), gaps.hasPrefix("0"), deadlocks.hasPrefix("0") else {
      fail("deadlocks \(deadlocks), days with gaps \(gaps), \(report.prefix(2_000))")
    }
    print("no deadlock, no gap in the numbers, the books balance")
  }
}
