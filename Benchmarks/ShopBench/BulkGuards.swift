// Foreign keys and indexes that a bulk fill does without, and that are made again at its end.
import Glibc

struct BulkGuards {
  let psql: String
  /// The folder of `guards-off.sql` and `guards-on.sql`.
  let scripts: String

  func off(in directory: String) { play("guards-off.sql", in: directory) }

  /// Fails where a row breaks one of them.
  func on(in directory: String) {
    fputs("fill: putting the keys back\n", stderr)
    play("guards-on.sql", in: directory)
  }

  private func play(_ name: String, in directory: String) {
    guard let socket = realpath(directory + "/run", nil) else { fail("the server's socket folder is not known") }
    defer { free(socket) }
    let words = [
      psql, "-X", "-q", "-h", String(cString: socket), "-U", "postgres", "-d", "shelflife", "-f", scripts + "/" + name,
    ]
    guard system("env -u LD_PRELOAD -u PGOPTIONS '" + words.joined(separator: "' '") + "' >/dev/null") == 0 else {
      fail("\(name) failed")
    }
  }
}
