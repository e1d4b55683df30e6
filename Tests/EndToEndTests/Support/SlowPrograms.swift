// PostgreSQL's programs as a slow machine has them: making a cluster takes long enough to be looked at.
import Glibc

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
