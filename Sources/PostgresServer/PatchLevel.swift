/// Which minor releases of PostgreSQL a shop should not stay behind.

package enum PatchLevel {
  /// By major version, the first release with the fixes of 14 May 2026, of which two concern a shop: CVE-2026-6473, sizes that overflow
  /// in the server and that texts from a till can reach, and CVE-2026-6477, with which a hostile server writes over the memory of
  /// `pg_dump` and of whatever else speaks through libpq. Each includes the fixes of all releases before it.
  static let leastMinor = [15: 18, 16: 14, 17: 10, 18: 4]

  /// What a version lacks, such as that of the server, of its programs or of libpq; nil where it is recent enough, and where its
  /// major version is newer than this program.
  ///
  /// - Parameter version: begins as `postgres --version` says it: `15.18`, `15.18 (Debian …)`, `17beta1`.
  package static func complaint(about version: String) -> String? {
    let digits = version.split(separator: " ").first?.split(separator: ".") ?? []
    guard let major = digits.first.flatMap({ Int($0.prefix { $0.isNumber }) }), let least = leastMinor[major] else { return nil }
    // A beta has no minor release yet.
    let minor = digits.count > 1 ? Int(digits[1].prefix { $0.isNumber }) ?? 0 : 0
    return minor >= least ? nil : "lacks security fixes that came with \(major).\(least)"
  }
}
