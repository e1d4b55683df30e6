// What the rounds came to: every figure, and the ratios that matter first.

/// All in KiB.
struct Memory {
  /// As soon as it serves.
  let serving: Int
  /// At rest.
  let idle: Int
  let peak: Int
  /// Of the server with its supervisor; nil where the machine does not tell.
  let serverIdle: Int?
  let serverPeak: Int?
}

struct Report {
  let rounds: Rounds
  let cold: Starts
  let warm: Starts
  let memory: Memory
  /// The number of clients at which the floor is fastest.
  let floorClients: Int
  let hasPython: Bool

  private static func ours(_ work: String, _ inFlight: Int) -> Subject {
    Subject(work: work, contender: Name.ours, inFlight: inFlight)
  }
  private static func sale(_ contender: String, _ inFlight: Int) -> Subject {
    Subject(work: Name.sale, contender: contender, inFlight: inFlight)
  }

  /// Each as it stands in the issue of targets: a ratio to another contender, or a figure in its own unit.
  var ratios: [Ratio] {
    let sale = Self.sale(Name.ours, 1)
    let floor = Self.sale(Name.floor, 1)
    let best = Self.sale(Name.floor, floorClients)
    let old = Self.sale(Name.replaced, 1)
    let oldBest = Self.sale(Name.replaced, 8)
    let many = Self.ours(Name.ping, Name.manyPings)
    let pages = Self.ours(Name.listing, 1)
    let psql = Subject(work: Name.listing, contender: "psql", inFlight: 1)
    let tpcb = Subject(work: "TPC-B", contender: Name.tpcb, inFlight: 1)
    let tpcbBest = Subject(work: "TPC-B", contender: Name.tpcb, inFlight: 8)
    let sales = Self.sale(Name.ours, 64)
    var all = [
      Ratio("sale p50 / floor p50", rounds.latencies(sale, 50), over: rounds.latencies(floor, 50), .atMost(100)),
      Ratio(
        "sales, 64 in flight / floor's best rate (\(floorClients) at a time)", rounds.rates(sales), over: rounds.rates(best),
        .atLeast(300)),
      Ratio(
        "sales, 8 in flight / replaced stack, 8 clients", rounds.rates(Self.sale(Name.ours, 8)), over: rounds.rates(oldBest),
        .atLeast(1_000)),
      Ratio("sale p50 / replaced stack's p50", rounds.latencies(sale, 50), over: rounds.latencies(old, 50), .atMost(33)),
      Ratio("whole inventory.list p50 / psql p50", rounds.latencies(pages, 50), over: rounds.latencies(psql, 50), .atMost(150)),
    ]
    if hasPython {
      let python = Subject(work: Name.ping, contender: Name.python, inFlight: Name.manyPings)
      all.append(
        Ratio(
          "pings, \(Name.manyPings) in flight / Python server's", rounds.rates(many), over: rounds.rates(python), .atLeast(2_000))
      )
    }
    return all + [
      Ratio("ping p50, µs", rounds.latencies(Self.ours(Name.ping, 1), 50).map { $0 / 10 }, .atMost(6_000)),
      Ratio("pipelined pings, thousands a second", rounds.rates(many).map { $0 / 1_000 }, .atLeast(10_000)),
      Ratio("warm start to first reply, ms", warm.replies.map { $0 / 10_000 }, .atMost(2_000)),
      Ratio("idle memory, MB", [memory.idle * 1_024 / 10_000], .atMost(2_000)),
      Ratio("sale p50 / TPC-B p50", rounds.latencies(sale, 50), over: rounds.latencies(tpcb, 50)),
      Ratio("sales, 64 in flight / TPC-B, 8 clients", rounds.rates(sales), over: rounds.rates(tpcbBest)),
      Ratio("WAL a sale / floor's", rounds.wal(sale), over: rounds.wal(floor)),
      Ratio("WAL a sale, 64 in flight / floor's", rounds.wal(sales), over: rounds.wal(floor)),
    ]
  }

  /// Works in the order of the figures, each contender after ours.
  private var subjects: [Subject] {
    let order = Name.works + [Name.listing, "TPC-B"]
    let names = [Name.ours, Name.floor, Name.replaced, Name.python]
    func place(_ subject: Subject) -> (Int, Int, Int) {
      (order.firstIndex(of: subject.work) ?? 99, names.firstIndex(of: subject.contender) ?? 99, subject.inFlight)
    }
    return rounds.samples.keys.sorted { place($0) < place($1) }
  }

  var figures: [Figure] {
    var all: [Figure] = []
    for subject in subjects {
      if !rounds.latencies(subject, 50).isEmpty {
        for (quantity, percent) in [("p50", 50.0), ("p95", 95.0), ("p99", 99.0)] {
          all.append(
            Figure(
              subject: subject, quantity: quantity, unit: .nanoseconds, value: rounds.latency(subject, percent),
              rounds: rounds.latencies(subject, percent)))
        }
      }
      if subject.work != Name.listing { all.append(of(subject, "rate", .perSecond, rounds.rates(subject))) }
      if rounds.wal(subject).contains(where: { $0 != 0 }) { all.append(of(subject, "WAL a call", .bytes, rounds.wal(subject))) }
    }
    let shop = Self.ours("process", 0)
    let server = Subject(work: "process", contender: "its server and supervisor", inFlight: 0)
    all += [
      of(shop, "cold start to first reply", .nanoseconds, cold.replies),
      of(shop, "cold start to first sale", .nanoseconds, cold.sales),
      of(shop, "warm start to first reply", .nanoseconds, warm.replies),
      of(shop, "warm start to first sale", .nanoseconds, warm.sales),
      of(shop, "VmRSS as soon as it serves", .kibibytes, [memory.serving]),
      of(shop, "VmRSS idle", .kibibytes, [memory.idle]), of(shop, "VmHWM after the load", .kibibytes, [memory.peak]),
    ]
    if let idle = memory.serverIdle { all.append(of(server, "PSS idle", .kibibytes, [idle])) }
    if let peak = memory.serverPeak { all.append(of(server, "PSS after the load", .kibibytes, [peak])) }
    return all
  }

  private func of(_ subject: Subject, _ quantity: String, _ unit: Unit, _ values: [Int]) -> Figure {
    Figure(subject: subject, quantity: quantity, unit: unit, value: median(values), rounds: values)
  }

  var table: String {
    var first = Table([60, 9, 21, 10, 7])
    first.add("ratios and targets", "median", "lowest to highest", "target", "")
    for ratio in ratios {
      let spread =
        ratio.rounds.count > 1 ? hundredths(ratio.rounds.min() ?? 0) + " to " + hundredths(ratio.rounds.max() ?? 0) : ""
      first.add(ratio.name, hundredths(ratio.value), spread, ratio.target.text, ratio.verdict)
    }
    var second = Table([48, 10, 12, 12, 12, 14, 11])
    second.add("", "at a time", "p50", "p95", "p99", "rate", "WAL each")
    let figures = figures
    for subject in subjects {
      func cell(_ quantity: String) -> String {
        figures.first { $0.subject == subject && $0.quantity == quantity }.map { $0.unit.text($0.value) } ?? ""
      }
      second.add(
        "\(subject.work), \(subject.contender)", "\(subject.inFlight)", cell("p50"), cell("p95"), cell("p99"), cell("rate"),
        cell("WAL a call"))
    }
    var third = Table([60, 12, 26])
    for figure in figures where figure.subject.work == "process" {
      let spread = [figure.rounds.min() ?? 0, figure.rounds.max() ?? 0].map(figure.unit.text).joined(separator: " to ")
      third.add(
        "\(figure.subject.contender), \(figure.quantity)", figure.unit.text(figure.value), figure.rounds.count > 1 ? spread : "")
    }
    return [first.text, second.text, third.text].joined(separator: "\n")
  }

  /// The one figure: the first ratio.
  var headline: String { "\(ratios[0].name): \(hundredths(ratios[0].value))" }
}
