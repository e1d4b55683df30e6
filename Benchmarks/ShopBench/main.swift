// Measures the till against a hand-written sale on the same cluster, round by round, and prints ratios first.
import Glibc

let usage = """
  usage: shop-bench BINARY PGBENCH FLOOR.sql [--quick]
         shop-bench fill BINARY DIR LINES [--one-by-one]
         shop-bench large BINARY DIR...

  """
if CommandLine.arguments.dropFirst().first == "fill" {
  let isAlone = CommandLine.arguments.last == "--one-by-one"
  guard CommandLine.arguments.count == (isAlone ? 6 : 5), let lines = Int(CommandLine.arguments[4]), lines >= 1 else {
    fputs(usage, stderr)
    exit(64)
  }
  var filling = Fill(binary: CommandLine.arguments[2], directory: CommandLine.arguments[3], lines: lines, oneByOne: isAlone)
  filling.run()
  exit(0)
}
if CommandLine.arguments.dropFirst().first == "large", CommandLine.arguments.count >= 4 {
  LargeShop.run(binary: CommandLine.arguments[2], directories: Array(CommandLine.arguments[3...]))
  exit(0)
}
guard CommandLine.arguments.count >= 4 else {
  fputs(usage, stderr)
  exit(64)
}
let binary = CommandLine.arguments[1]
let pgbench = CommandLine.arguments[2]
let floor = CommandLine.arguments[3]
let isQuick = CommandLine.arguments.contains("--quick")
let rounds = isQuick ? 2 : 5
let products = 1_000

var template = Array("/tmp/shelflife-bench-XXXXXX".utf8CString)
guard let made = mkdtemp(&template) else { fail("no temporary directory") }
let root = String(cString: made)
// The server runs as another user when we are root, and must reach its directory.
chmod(root, 0o755)
let data = root + "/shop"
defer { run("/bin/rm", ["-rf", root]) }

/// Microseconds that `body` takes.
func time(_ body: () -> Void) -> Int {
  let start = ContinuousClock.now
  body()
  let (seconds, attoseconds) = start.duration(to: .now).components
  return Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000)
}

func percentile(_ values: [Int], _ share: Int) -> Int {
  let sorted = values.sorted()
  return sorted[min(sorted.count - 1, sorted.count * share / 100)]
}

/// Runs a program and returns what it printed.
@discardableResult
func run(_ program: String, _ arguments: [String]) -> String {
  let words = ([program] + arguments).map {
    "'" + $0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
  guard let pipe = popen(words.joined(separator: " ") + " 2>/dev/null", "r") else { fail("cannot run \(program)") }
  var text: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 4_096)
  while true {
    let count = fread(&chunk, 1, chunk.count, pipe)
    if count == 0 { break }
    text += chunk[..<count]
  }
  pclose(pipe)
  return String(decoding: text, as: UTF8.self)
}

/// A ratio of two figures with two decimals, without floating point.
func ratio(_ a: Int, _ b: Int) -> String {
  let hundredths = b == 0 ? 0 : (a * 100 + b / 2) / b
  return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
}

var seed: UInt64 = 20_260_312
func random(_ bound: Int) -> Int {
  seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
  return Int((seed >> 33) % UInt64(bound))
}

func productID(_ number: Int) -> String {
  let digits = String(number)
  return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
}

func saleLine(_ id: Int) -> String {
  let first = 1 + random(products)
  let second = 1 + (first + random(300)) % products
  let third = 1 + (second + random(300)) % products
  let items = [(first, 1), (second, 2), (third, 3)].map { #"{"productId":"\#(productID($0.0))","qty":\#($0.1)}"# }
  return #"{"jsonrpc":"2.0","id":\#(id),"method":"sales.create","params":{"items":[\#(items.joined(separator: ","))]}}"#
}

let arguments = ["--data-dir", data, "--bcrypt-cost", "10", "--log-level", "error"]
let login = #"{"username":"owner","password":"correct horse","bind":true}"#

func openShop() -> Sidecar {
  let shop = Sidecar(binary, arguments)
  shop.call("setup.createOwner", #"{"name":"Owner","username":"owner","password":"correct horse"}"#)
  shop.call("auth.login", login)
  for number in 1...products {
    shop.call("products.create", #"{"id":"\#(productID(number))","name":"Product \#(number)","sellingPrice":"4.50"}"#)
  }
  for start in stride(from: 1, through: products, by: 500) {
    for year in 2_040...2_044 {
      let items = (start..<start + 500).map {
        #"{"productId":"\#(productID($0))","qtyAdded":1000000,"unitCost":"2.1","expiryDate":"\#(year)-01-31"}"#
      }
      shop.call("stockIn.create", #"{"items":[\#(items.joined(separator: ","))]}"#)
    }
  }
  return shop
}

func latencies(_ shop: Sidecar, _ count: Int, _ line: (Int) -> String) -> [Int] {
  (0..<count).map { number in
    let request = line(number)
    return time {
      shop.send(request)
      _ = shop.receive()
    }
  }
}

/// Sales a second with so many in flight.
func rate(_ shop: Sidecar, _ count: Int, inFlight: Int) -> Int {
  let lines = (0..<count).map { saleLine($0) }
  let micros = time {
    for line in lines[..<inFlight] { shop.send(line) }
    for index in 0..<count {
      guard shop.receive().contains(#""result":"#) else { fail("a sale was refused") }
      if index + inFlight < count { shop.send(lines[index + inFlight]) }
    }
  }
  return count * 1_000_000 / micros
}

func startFigures() -> (reply: Int, sale: Int) {
  var shop: Sidecar?
  var reply = 0
  let sale = time {
    reply = time {
      shop = Sidecar(binary, arguments)
      shop?.call("system.ping")
    }
    shop?.call("auth.login", login)
    shop?.send(saleLine(1))
    _ = shop?.receive()
  }
  shop?.end()
  return (reply, sale)
}

struct Floor {
  let latency: Int
  let rate: Int
}

func floorRound(_ socket: String, clients: Int, seconds: Int) -> Floor {
  setenv("PGOPTIONS", "-c search_path=shelf -c plan_cache_mode=force_generic_plan -c jit=off", 1)
  let text = run(
    pgbench,
    [
      "-h", socket, "-U", "postgres", "-n", "-M", "prepared", "--max-tries=20", "-D", "products=\(products)", "-c", "\(clients)",
      "-j",
      "2", "-T", "\(seconds)", "-f", floor, "shelflife",
    ])
  unsetenv("PGOPTIONS")
  func number(after label: String) -> Int {
    guard let range = text.firstRange(of: label) else { fail("pgbench said: \(text)") }
    let digits = text[range.upperBound...].prefix { $0.isNumber || $0 == "." }
    let parts = digits.split(separator: ".")
    let fraction = (parts.count > 1 ? String(parts[1]) : "") + "000"
    return (Int(parts[0]) ?? 0) * 1_000 + (Int(fraction.prefix(3)) ?? 0)
  }
  return Floor(latency: number(after: "latency average = "), rate: number(after: "tps = ") / 1_000)
}

let shop = openShop()
let idle = shop.memory
guard let socketLink = realpath(data + "/run", nil) else { fail("the cluster's socket directory is not known") }
let socket = String(cString: socketLink)
let directory = pgbench.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
setenv("PGOPTIONS", "-c search_path=shelf", 1)
run(
  directory + "/psql",
  [
    "-h", socket, "-U", "postgres", "-d", "shelflife", "-c",
    "set role shelflife_owner; create table bench_product as select row_number() over (order by id)::int as n, id from product; create unique index on bench_product (n)",
  ])
unsetenv("PGOPTIONS")

var ping: [Int] = []
var sale: [Int] = []
var rates: [Int] = []
var floorLatency: [Int] = []
var floorRate: [Int] = []
_ = latencies(shop, 300, saleLine)
for _ in 0..<rounds {
  ping += latencies(shop, 5_000) { #"{"jsonrpc":"2.0","id":\#($0),"method":"system.ping"}"# }
  floorLatency.append(floorRound(socket, clients: 1, seconds: 3).latency)
  sale += latencies(shop, 1_500, saleLine)
  floorRate.append(floorRound(socket, clients: 8, seconds: 3).rate)
  rates.append(rate(shop, 6_000, inFlight: 64))
}
var grown = shop.memory
if !isQuick {
  _ = rate(shop, 100_000 - rounds * 7_500, inFlight: 64)
  grown = shop.memory
}
shop.end()
let starts = (0..<5).map { _ in startFigures() }

let rows: [(String, String)] = [
  ("sale p50, one in flight / floor average, one client", ratio(percentile(sale, 50), percentile(floorLatency, 50))),
  ("sales/s, 64 in flight / floor's rate, 8 clients", ratio(percentile(rates, 50), percentile(floorRate, 50))),
  ("sale p50 / p95 / p99", "\(percentile(sale, 50)) / \(percentile(sale, 95)) / \(percentile(sale, 99)) µs"),
  ("floor average, one client", "\(percentile(floorLatency, 50)) µs"),
  ("sales/s, 64 in flight", "\(percentile(rates, 50))"),
  ("floor's sales/s, 8 clients", "\(percentile(floorRate, 50))"),
  ("system.ping p50 / p99", "\(percentile(ping, 50)) / \(percentile(ping, 99)) µs"),
  ("start to first reply, warm cluster directory", "\(percentile(starts.map(\.reply), 50)) µs"),
  ("start to first sale, bcrypt cost 10 included", "\(percentile(starts.map(\.sale), 50)) µs"),
  ("resident memory, idle / after \(isQuick ? "the run" : "100 000 sales")", "\(idle) / \(grown) KiB"),
]
for (label, value) in rows {
  print(label + String(repeating: " ", count: max(1, 56 - label.unicodeScalars.count)) + value)
}
