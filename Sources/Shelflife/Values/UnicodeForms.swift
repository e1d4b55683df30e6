// The one place that normalises Unicode. The standard library keeps its normaliser behind an underscored name.
@_spi(_Unicode) import Swift

enum UnicodeForms {
  /// Canonical composition.
  static func nfc(_ text: String) -> String {
    // Everything below U+0300, whose first byte is 0xCC, is composed already.
    if text.utf8.allSatisfy({ $0 < 0xcc }) { return text }
    return string(text._nfc)
  }

  /// Canonical decomposition, scalar by scalar.
  static func nfd(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
    return string(text._nfd)
  }

  private static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}
