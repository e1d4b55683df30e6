// The benchmark's commands.
import Glibc

let usage = """
  usage: shop-bench BINARY PG-PROGRAMS FOLDER SCRATCH [--quick] [--json FILE] [--svg FILE] [--python PYTHON]
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
guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
  fputs(usage, stderr)
  exit(64)
}
signal(SIGPIPE, SIG_IGN)
Bench(options).run()
