// What nobody types at a till: texts and numbers that have broken other programs.

enum Hostile {
  /// Texts, each with the reason for it.
  static let texts: [(name: String, text: String)] = [
    ("empty", ""), ("blank", " \u{3000}\u{A0} "), ("NUL", "a\u{0}b"), ("controls", "a\u{1}\u{7}\u{1B}[2J\u{7F}\u{85}b"),
    ("bidi", "\u{202E}gnp.exe\u{202C}\u{2066}a\u{2069}\u{200F}"), ("zero width", "a\u{200B}\u{200D}\u{FEFF}\u{2060}b"),
    ("U+FFFF", "\u{FFFF}\u{FFFE}\u{10FFFF}"), ("replacement", "\u{FFFD}\u{FFFD}"),
    ("combining flood", "a" + String(repeating: "\u{301}", count: 3_000)),
    ("collision", "\u{212B}\u{C5}A\u{30A} ﬁ \u{1E9E} İ ı ǅ"), ("hangul", "\u{1112}\u{1161}\u{11AB} \u{AC00}\u{11A8}"),
    ("variation", "☂\u{FE0E}☂\u{FE0F} 👩\u{200D}👩\u{200D}👧\u{200D}👦🏳\u{FE0F}\u{200D}🌈"),
    ("separators", "a\u{2028}b\u{2029}c\u{B}d"), ("long", String(repeating: "𝔸", count: 5_000)),
    ("SQL", "x'); drop table shelf.sale; --canary"), ("SQL escapes", "\\'; select canary$$ $1 %s %n"),
    ("COPY", "\\.\n\\N\t\\x00canary"), ("JSON", "\"}],\"canary\":{\"a\":[\"\\"), ("path", "../../../../etc/passwd\u{0}.png"),
    ("template", "${jndi:x} {{7*7}} <script>canary</script>"), ("UUID in capitals", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"),
    ("date", "0000-00-00"), ("far date", "294277-01-01"), ("infinite date", "infinity"), ("number", "1e999"), ("digits", "١٢٣"),
  ]

  /// Those of them for a field that takes one form of text only.
  static let shapes = texts.filter {
    ["empty", "NUL", "bidi", "SQL", "path", "UUID in capitals", "date", "far date", "infinite date", "number"].contains($0.name)
  }

  /// Numbers at and beyond every bound there may be.
  static let numbers = [
    "0", "-0", "1", "-1", "0.1", "1.0", "1e0", "1e400", "-1e-400", "0.00", "499", "500", "501", "999999", "1000000", "1000001",
    "99999999.99", "100000000", "99999999.999", "32767", "32768", "65536", "2147483647", "2147483648", "-2147483648",
    "-2147483649",
    "4294967296", "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616", "340282366920938463463374607431768211456", String(repeating: "9", count: 400),
    "0." + String(repeating: "0", count: 300) + "1",
  ]
}
