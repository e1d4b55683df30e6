// Who runs in a round.
import Glibc

/// The names that the figures are looked up by.
enum Name {
  static let ours = "shelflife"
  static let floor = "floor"
  static let replaced = "Express + node-pg"
  static let python = "Python jsonrpcserver"
  static let tpcb = "pgbench"
  static let sale = "sales.create"
  static let ping = "system.ping"
  static let listing = "inventory.list, all pages"
  /// As many pings as both ends of the pipe hold without waiting.
  static let manyPings = 256
  static let works = [ping, "products.get", "inventory.list", "sales.quote", sale, "80/20 mix"]
}

/// The program's own part.
struct OurContenders {
  private let shop: Sidecar

  init(_ shop: Sidecar) { self.shop = shop }

  func all() -> [Contender] {
    var calls = Calls(seed: 20_260_312)
    let page = #"{"withLots":true,"limit":500}"#
    let scripts = [
      calls.script(of: Name.ping) { _ in "{}" },
      calls.script(of: "products.get") { #"{"id":"\#($0.product())"}"# },
      calls.script(of: "inventory.list", { _ in page }, count: 256),
      calls.script(of: "sales.quote") { $0.items() },
      calls.script(of: Name.sale) { $0.items() },
      calls.tillScript(),
    ]
    var contenders: [Contender] = []
    for (work, script) in zip(Name.works, scripts) {
      for inFlight in [1, 8, 64] { contenders.append(contender(work, script, inFlight)) }
    }
    contenders.append(contender(Name.ping, scripts[0], Name.manyPings))
    contenders.append(
      Contender(subject: Subject(work: Name.listing, contender: Name.ours, inFlight: 1), weight: 2, run: wholeListing))
    return contenders
  }

  private func contender(_ work: String, _ script: Script, _ inFlight: Int) -> Contender {
    let shop = shop
    let isSale = work == Name.sale
    return Contender(
      subject: Subject(work: work, contender: Name.ours, inFlight: inFlight), weight: isSale ? 2 : 1, isWriting: isSale,
      run: pipeLoad(shop, script, inFlight))
  }

  /// Page after page, each asked for by the cursor of the one before, as often as there is time.
  private func wholeListing(for duration: Int) -> Sample {
    let start = nanoseconds()
    var sample = Sample()
    var latencies = Latencies.ofLatencies()
    while nanoseconds() < start + duration {
      let before = nanoseconds()
      let pages = shop.walk("inventory.list", #""withLots":true,"limit":500"#)
      guard pages == Shop.products / 500 else { fail("\(pages) pages of 500 products") }
      latencies.record(UInt64(nanoseconds() - before))
      sample.count += 1
    }
    sample.latencies = latencies
    sample.nanoseconds = nanoseconds() - start
    return sample
  }
}

/// The load of one process with one script, which goes on where the last slice left it.
func pipeLoad(_ process: Sidecar, _ script: Script, _ inFlight: Int) -> (Int) -> Sample {
  var script = script
  // What is piped comes in bulk.
  let batch = inFlight == Name.manyPings ? inFlight / 4 : 1
  return { process.load(&script, inFlight: inFlight, batch: batch, for: $0) }
}

/// What stands beside it, on the same cluster.
struct Peers {
  let cluster: Cluster
  /// The folder of `floor.sql` and the rest.
  let folder: String

  private static let shopOptions = "-c search_path=shelf -c plan_cache_mode=force_generic_plan -c jit=off"
  private static let tpcb = "bench_tpcb"
  private static let floor = "bench_floor"
  static let replaced = "bench_replaced"

  /// Makes their databases; the floor's is the shop's once more, since what it leaves out of the audit would fail the shop's own check.
  func prepare() {
    cluster.initializeTPCB(Self.tpcb, scale: 8)
    cluster.copyShop(as: Self.floor)
    cluster.create(Self.replaced, folder + "/replaced/schema.sql", products: Shop.products)
    for database in ["shelflife", Self.floor, Self.replaced] { cluster.psql(database, ["-c", "vacuum analyze"]) }
    cluster.psql("postgres", ["-c", "checkpoint"])
  }

  func pgbench(clients: Int) -> Contender {
    Contender(subject: Subject(work: "TPC-B", contender: Name.tpcb, inFlight: clients), isWriting: true) {
      cluster.pgbench(Self.tpcb, [], clients: clients, seconds: wholeSeconds($0))
    }
  }

  func floor(clients: Int) -> Contender {
    Contender(subject: Subject(work: Name.sale, contender: Name.floor, inFlight: clients), weight: 2, isWriting: true) {
      cluster.pgbench(
        Self.floor, ["--max-tries=20", "-D", "products=\(Shop.products)", "-f", folder + "/floor.sql"], clients: clients,
        seconds: wholeSeconds($0), options: Self.shopOptions)
    }
  }

  /// The whole listing by `psql`, as often as there is time.
  func listing() -> Contender {
    Contender(subject: Subject(work: Name.listing, contender: "psql", inFlight: 1), weight: 2) { duration in
      var sample = Sample()
      var latencies = Latencies.ofLatencies()
      while sample.nanoseconds < duration {
        for took in cluster.timings("shelflife", file: folder + "/listing.sql", times: 3, options: Self.shopOptions) {
          latencies.record(UInt64(took))
          sample.count += 1
          sample.nanoseconds += took
        }
      }
      sample.latencies = latencies
      return sample
    }
  }

  /// The old stack's sale over HTTP.
  func replacedSale(port: Int, token: String, connections: Int) -> Contender {
    var calls = Calls(seed: 7)
    let load = HTTPLoad(
      port: port, path: "/sales", token: token, bodies: (0..<4_096).map { _ in calls.items() }, connections: connections)
    return Contender(
      subject: Subject(work: Name.sale, contender: Name.replaced, inFlight: connections), weight: 2, isWriting: true
    ) {
      load.load(for: $0)
    }
  }

  func python(_ process: Sidecar, inFlight: Int) -> Contender {
    let script = Script((0..<4_096).map { request("ping", "{}", id: $0) })
    return Contender(
      subject: Subject(work: Name.ping, contender: Name.python, inFlight: inFlight), run: pipeLoad(process, script, inFlight))
  }
}

private func wholeSeconds(_ nanoseconds: Int) -> Int { max(1, (nanoseconds + 500_000_000) / 1_000_000_000) }
