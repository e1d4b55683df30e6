// The command line.
import Glibc

struct Options {
  enum Mutant: String { case freshKeys = "fresh-keys" }

  var binary = ""
  /// The folder of `psql` and `pg_amcheck`.
  var programs = ""
  /// An empty folder that the server's user can reach; whoever made it removes it.
  var scratch = ""
  var seed: UInt64 = 0
  /// How long it goes on: the first of these that is reached.
  var kills = Int.max
  var rounds = Int.max
  var minutes = Int.max
  var mutant: Mutant?
  var holdsTimes = false
  /// Whether the tills have a primary and a standby behind them, instead of an embedded server.
  var isPair = false
  var soakMinutes: Int?
  var secondsBetweenKills = 15
  var svg = "soak.svg"
  /// For the program, behind the harness's own.
  var flags: [String] = []

  /// Nil where the arguments are not of its form.
  init?(_ arguments: [String]) {
    var rest = arguments[...]
    guard let binary = rest.popFirst(), let programs = rest.popFirst(), let scratch = rest.popFirst() else { return nil }
    (self.binary, self.programs, self.scratch) = (binary, programs, scratch)
    seed = UInt64(nanoseconds() % 1_000_000)
    var hasEnd = false
    while let option = rest.popFirst() {
      switch option {
      case "--short": kills = 260
      case "--hold-times": holdsTimes = true
      case "--standby": isPair = true
      case "--":
        flags = Array(rest)
        rest = []
      default:
        guard let value = rest.popFirst(), take(option, value) else { return nil }
      }
      hasEnd = hasEnd || ["--short", "--rounds", "--minutes", "--kills", "--soak"].contains(option)
    }
    if !hasEnd { minutes = 30 }
  }

  private mutating func take(_ option: String, _ value: String) -> Bool {
    if option == "--mutant" {
      mutant = Mutant(rawValue: value)
      return mutant != nil
    }
    if option == "--svg" {
      svg = value
      return true
    }
    guard let number = Int(value), number >= 0 else { return false }
    switch option {
    case "--seed": seed = UInt64(number)
    case "--kills": kills = number
    case "--rounds": rounds = number
    case "--minutes": minutes = number
    case "--soak": soakMinutes = number
    case "--kill-every": secondsBetweenKills = number
    default: return false
    }
    return true
  }
}
