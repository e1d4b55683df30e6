// The command line of the measuring run.

struct Options {
  var binary = ""
  /// The folder of `psql` and `pgbench`.
  var programs = ""
  /// The folder of `floor.sql` and the rest.
  var folder = ""
  /// An empty folder that the server's user can reach; whoever made it removes it.
  var scratch = ""
  /// An interpreter that has the library; nil where there is none.
  var python: String?
  var json = "bench.jsonl"
  var svg = "bench.svg"
  var isQuick = false

  /// Nil where the arguments are not of its form.
  init?(_ arguments: [String]) {
    var rest = arguments[...]
    var places: [String] = []
    while let argument = rest.popFirst() {
      switch argument {
      case "--quick": isQuick = true
      case "--json", "--svg", "--python":
        guard let value = rest.popFirst() else { return nil }
        if argument == "--json" { json = value } else if argument == "--svg" { svg = value } else { python = value }
      default:
        guard !argument.hasPrefix("-") else { return nil }
        places.append(argument)
      }
    }
    guard places.count == 4 else { return nil }
    (binary, programs, folder, scratch) = (places[0], places[1], places[2], places[3])
  }
}
