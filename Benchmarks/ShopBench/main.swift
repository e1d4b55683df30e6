// The benchmark's commands.
import Glibc

let usage = """
  usage: shop-bench BINARY PG-PROGRAMS FOLDER SCRATCH [--quick] [--json FILE] [--svg FILE] [--python PYTHON]
         shop-bench fill BINARY BASKETS.csv FILL.d CLOCK.so PSQL DIR LINES [--one-by-one | --bulk]
         shop-bench growth BINARY PSQL OUT.jsonl DIR... [--short]
         shop-bench week BINARY PSQL DIR
         shop-bench tills BINARY PG-PROGRAMS SCRATCH TILLS.d [--quick]

  """
if CommandLine.arguments.dropFirst().first == "fill" {
  guard let options = FillOptions(CommandLine.arguments.dropFirst(2)) else {
    fputs(usage, stderr)
    exit(64)
  }
  options.run()
  exit(0)
}
if CommandLine.arguments.dropFirst().first == "week", CommandLine.arguments.count == 5 {
  Week.run(binary: CommandLine.arguments[2], psql: CommandLine.arguments[3], directory: CommandLine.arguments[4])
  exit(0)
}
if CommandLine.arguments.dropFirst().first == "tills", CommandLine.arguments.count >= 6 {
  signal(SIGPIPE, SIG_IGN)
  let words = CommandLine.arguments
  Crowd(binary: words[2], programs: words[3], scratch: words[4], folder: words[5], isQuick: words.dropFirst(6).first == "--quick")
    .run()
  exit(0)
}
if CommandLine.arguments.dropFirst().first == "growth", CommandLine.arguments.count >= 6 {
  var words = Array(CommandLine.arguments.dropFirst(2))
  var options = Growth.Options()
  if let place = words.firstIndex(of: "--short") {
    words.remove(at: place)
    options.isLong = false
  }
  var growth = Growth(binary: words[0], psql: words[1], json: words[2], directories: Array(words[3...]), options: options)
  growth.run()
  exit(0)
}
guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
  fputs(usage, stderr)
  exit(64)
}
signal(SIGPIPE, SIG_IGN)
Bench(options).run()
