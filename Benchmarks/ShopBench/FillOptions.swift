// What the fill is told on its command line.
import Glibc

struct FillOptions {
  private let words: [String]
  private let lines: Int
  private let mode: String?

  /// BINARY BASKETS.csv FILL.d CLOCK.so PSQL DIR LINES [--one-by-one | --bulk]; nil for anything else.
  init?(_ arguments: ArraySlice<String>) {
    words = Array(arguments)
    guard words.count == 7 || words.count == 8, let lines = Int(words[6]), lines >= 0 else { return nil }
    self.lines = lines
    mode = words.count == 8 ? words[7] : nil
    if let mode, !["--one-by-one", "--bulk"].contains(mode) { return nil }
  }

  func run() {
    var filling = Fill(
      binary: words[0], baskets: words[1], directory: words[5], lines: lines, oneByOne: mode == "--one-by-one",
      clock: MovedClock(library: words[3], file: words[5] + ".clock"),
      guards: mode == "--bulk" ? BulkGuards(psql: words[4], scripts: words[2]) : nil)
    filling.run()
    unlink(words[5] + ".clock")
  }
}
