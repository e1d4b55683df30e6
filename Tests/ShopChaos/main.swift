// Kills the program and its server in the middle of sales, and looks from outside whether the books hold what was acknowledged.
import Glibc

let usage = """
  usage: shop-chaos BINARY PG-PROGRAMS SCRATCH [--seed N] [--short | --kills N | --rounds N | --minutes N] [--hold-times] [--standby]
                    [--mutant fresh-keys] [--soak MINUTES [--kill-every SECONDS] [--svg FILE]] [-- FLAG...]

  """
signal(SIGPIPE, SIG_IGN)
guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
  put(usage, on: 2)
  exit(64)
}
say("seed \(options.seed)")
let isWell = options.soakMinutes.map { Soak(options, minutes: $0).run() } ?? Chaos(options).run()
exit(isWell ? 0 : 1)
