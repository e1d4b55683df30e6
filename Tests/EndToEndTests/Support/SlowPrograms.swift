// PostgreSQL's programs as other machines have them: slow ones, and old ones.
import Glibc

/// Making a cluster takes long enough to be looked at.
enum SlowPrograms {
  /// Seconds before `initdb` begins.
  static let delay = 8

  private static let made = Result<String, any Error> {
    let directory = Shop.folder + "/slow-programs"
    let initdb = try Psql.program("initdb")
    let real = initdb[..<(initdb.lastIndex(of: "/") ?? initdb.endIndex)]
    // Scripts, not links: a link would lead to the real programs' folder.
    try Spawning.run([
      "/bin/sh", "-c",
      """
      mkdir '\(directory)' && cd '\(directory)' && for program in '\(real)'/*; do
        name="${program##*/}"; pause=''; test "$name" = initdb && pause='sleep \(delay)'
        printf '#!/bin/sh\n%s\nexec "%s" "$@"\n' "$pause" "$program" > "$name"
      done; chmod 755 *
      """,
    ])
    return directory
  }

  /// For `--pg-bin`.
  static func directory() throws -> String { try made.get() }

  /// Whether a cluster is being made for the shop.
  static func isCreating(_ shop: Shop) -> Bool {
    Processes.entries(shop.directory).contains { $0.hasPrefix("postgres.creating") }
  }
}

enum RenamedPrograms {
  /// PostgreSQL's programs in a folder where each says that it is of this minor release of its major version; for `--pg-bin`.
  static func directory(_ name: String, minor: Int) throws -> String {
    let directory = Shop.folder + "/" + name
    let initdb = try Psql.program("initdb")
    let real = initdb[..<(initdb.lastIndex(of: "/") ?? initdb.endIndex)]
    try Spawning.run([
      "/bin/sh", "-c",
      #"""
      mkdir '\#(directory)' && cd '\#(directory)' && for program in '\#(real)'/*; do
        name="${program##*/}"
        printf '#!/bin/sh\ntest "$1" = --version && { "%s" --version | sed "s/[.][0-9]* .*/.\#(minor)/;s/[.][0-9]*\$/.\#(minor)/"; exit; }\nexec "%s" "$@"\n' \
          "$program" "$program" > "$name"
      done; chmod 755 *
      """#,
    ])
    return directory
  }
}
