// The measuring run, from an empty folder to the report.
import Glibc

struct Bench {
  private let options: Options
  private let shop: Shop

  init(_ options: Options) {
    self.options = options
    shop = Shop(binary: options.binary, data: options.scratch + "/shop")
  }

  private let started = nanoseconds()

  private func say(_ text: String) { fputs("bench: \((nanoseconds() - started) / 1_000_000_000) s: \(text)\n", stderr) }

  func run() {
    say("filling a shop of \(Shop.products) products")
    shop.fill()
    let till = shop.open()
    usleep(1_000_000)
    let cluster = Cluster(programs: options.programs, data: shop.data, scratch: options.scratch)
    let serving = till.memory
    let peers = Peers(cluster: cluster, folder: options.folder)
    say("preparing the others' databases")
    peers.prepare()
    // Nobody has called it for some seconds now.
    let idle = (ours: till.memory, server: cluster.memory)
    let old = Sidecar("/usr/bin/env", ["node", options.folder + "/replaced/server.cjs", cluster.socketFolder, Peers.replaced])
    let welcome = old.receive().split(separator: " ")
    guard welcome.count == 2, let port = Int(welcome[0]) else { fail("the HTTP server said: \(welcome)") }
    let python = options.python.map { Sidecar($0, [options.folder + "/ping.py"]) }

    var contenders = OurContenders(till).all()
    contenders += [peers.listing(), peers.pgbench(clients: 1), peers.pgbench(clients: 8)]
    contenders += [1, 8].map { peers.replacedSale(port: port, token: String(welcome[1]), connections: $0) }
    if let python { contenders += [1, Name.manyPings].map { peers.python(python, inFlight: $0) } }
    let millisecond = 1_000_000
    say("warming up, and looking for the floor's best rate")
    var warmUp = Rounds(on: cluster)
    let floors = [1, 2, 4, 8].map { peers.floor(clients: $0) }
    warmUp.play(contenders, slice: 150 * millisecond)
    warmUp.play(floors, slice: 500 * millisecond)
    let best = floors.max { warmUp.rates($0.subject)[0] < warmUp.rates($1.subject)[0] }?.subject.inFlight ?? 8
    contenders += Set([1, best]).sorted().map { peers.floor(clients: $0) }
    let neighbours = Rounds.neighbours(contenders)

    var rounds = Rounds(on: cluster)
    // As many as there is time for: on a busy machine everything beside the slices takes longer, too.
    let end = started + (options.isQuick ? 105_000 : 270_000) * millisecond
    let most = options.isQuick ? 3 : 6
    var took = 0
    for number in 1...most where number <= 2 || nanoseconds() + took < end {
      say("round \(number)")
      let before = nanoseconds()
      rounds.play(neighbours, slice: (options.isQuick ? 500 : 1_000) * millisecond)
      took = nanoseconds() - before
    }
    python?.end()
    old.end()
    say("checking the books")
    guard till.call("system.check").contains(#""result":{"ok":true"#) else { fail("the books do not balance") }
    let memory = Memory(
      serving: serving, idle: idle.ours, peak: till.peakMemory, serverIdle: idle.server, serverPeak: cluster.memory)
    let version = cluster.version
    till.end()
    awaitStop(of: shop.data)
    say("starting it, warm and cold")
    let report = Report(
      rounds: rounds, cold: .cold(shop.binary, in: options.scratch, times: options.isQuick ? 2 : 3),
      warm: .warm(shop, times: options.isQuick ? 5 : 9), memory: memory, floorClients: best, hasPython: python != nil)
    deliver(report, postgres: version, seconds: (nanoseconds() - started) / 1_000_000_000)
  }

  private func deliver(_ report: Report, postgres: String, seconds: Int) {
    let rounds = report.ratios[0].rounds.count
    var now = Glibc.time(nil)
    var text = [CChar](repeating: 0, count: 32)
    strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now))
    let date = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    let memory = statusNumber("MemTotal:", in: contents(of: "/proc/meminfo"))
    let head =
      #"{"run":"\#(date)","cores":\#(cores),"memoryKiB":\#(memory),"postgres":"\#(postgres)","rounds":\#(rounds),"#
      + #""quick":\#(options.isQuick),"seconds":\#(seconds)}"#
    write(([head] + report.ratios.map(\.json) + report.figures.map(\.json)).joined(separator: "\n") + "\n", to: options.json)
    write(Plot.svg(report), to: options.svg)
    print("\(date), \(cores) cores, PostgreSQL \(postgres), fsync on, \(rounds) rounds, \(seconds) s\n")
    print(report.table)
    if !report.hasPython { print("The Python server was left out: its library could not be installed.\n") }
    print("figures: \(options.json)\nplot: \(options.svg)\n\(report.headline)")
  }
}
