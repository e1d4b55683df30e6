// A parent that a test can kill while the program's pipes stay open.
import Glibc
import Testing

/// A shell that starts the program in the background, writes down its number, and waits.
struct BackgroundShell {
  private let file: String

  init(_ name: String) { file = Shop.folder + "/\(name).pid" }

  /// What is put before the program.
  var launcher: [String] {
    ["/bin/sh", "-c", #"exec 3<&0; "$@" <&3 3<&- & echo $! >'\#(file).new' && mv '\#(file).new' '\#(file)'; wait"#, "sh"]
  }

  /// The program itself, once it has answered something.
  func child() throws -> pid_t { try #require(Processes.read(file).flatMap { pid_t($0.filter(\.isNumber)) }) }

  /// Whether the program ends by itself in time; if not, it is killed.
  static func ends(_ child: pid_t, within limit: Duration) -> Bool {
    let isGone = Spawning.eventually(within: limit) { !Processes.isRunning(child) }
    if !isGone { kill(child, SIGKILL) }
    return isGone
  }
}
