// A disk that takes its time: PostgreSQL's programs behind a library that waits before each flush, for as long as a file is there.
import Glibc

/// For one shop, and only as long as it is `isSlow`.
struct SlowDisk {
  /// What a flush takes beside its own time.
  static let delay = Duration.milliseconds(400)

  private static let source = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <unistd.h>
    static int late(const char *name, int file) {
      if (access("@FLAG@", F_OK) == 0) usleep(400000);
      return ((int (*)(int))dlsym(RTLD_NEXT, name))(file);
    }
    int fdatasync(int file) { return late("fdatasync", file); }
    int fsync(int file) { return late("fsync", file); }
    """

  /// For `--pg-bin`.
  let programs: String
  private let flag: String

  init(_ name: String) throws {
    programs = Shop.folder + "/" + name
    flag = programs + "/slow"
    let initdb = try Psql.program("initdb")
    let real = initdb[..<(initdb.lastIndex(of: "/") ?? initdb.endIndex)]
    let text = Self.source.split(separator: "@FLAG@", omittingEmptySubsequences: false).joined(separator: flag)
    try Spawning.run(
      [
        "/bin/sh", "-c",
        #"""
        mkdir '\#(programs)' && cd '\#(programs)' && cat > slow.c <<'END' && "$(command -v clang || command -v cc)" -shared -fPIC -o slow.so slow.c
        \#(text)
        END
        for program in '\#(real)'/*; do
          name="${program##*/}"; library=''; test "$name" = postgres && library='LD_PRELOAD=\#(programs)/slow.so'
          printf '#!/bin/sh\n%s exec "%s" "$@"\n' "$library" "$program" > "$name"
        done; chmod 755 *
        """#,
      ], within: .seconds(30))
  }

  func makeSlow() throws { try Spawning.run(["/usr/bin/touch", flag]) }

  func makeFast() { unlink(flag) }
}
