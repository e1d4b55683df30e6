// The machine's IANA time zone, which a new shop starts with.
import Glibc

enum SystemTimeZone {
  /// `TZ` if it names a zone, else what `/etc/localtime` points at, else `UTC`.
  static var name: String {
    if let zone = getenv("TZ").map({ String(cString: $0) }), !zone.isEmpty {
      return zone.hasPrefix(":") ? String(zone.dropFirst()) : zone
    }
    guard let path = realpath("/etc/localtime", nil) else { return "UTC" }
    defer { free(path) }
    let text = String(cString: path)
    guard let range = text.firstRange(of: "/zoneinfo/") else { return "UTC" }
    return String(text[range.upperBound...])
  }
}
