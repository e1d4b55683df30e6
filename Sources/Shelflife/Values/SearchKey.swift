/// How people find products: by the beginnings of words, whatever their case and accents.
package enum SearchKey {
  /// The words of a text, folded, each in its order: what is stored beside a name and what a query is split into.
  package static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = String.UnicodeScalarView()
    for scalar in UnicodeForms.nfd(Text.foldedKey(text)).unicodeScalars {
      let properties = scalar.properties
      if properties.generalCategory == .nonspacingMark { continue }
      if properties.isAlphabetic || properties.numericType != nil {
        if let plain = plainLetters[scalar] { word.append(contentsOf: plain.unicodeScalars) } else { word.append(scalar) }
      } else if !word.isEmpty {
        words.append(String(word))
        word = String.UnicodeScalarView()
      }
    }
    if !word.isEmpty { words.append(String(word)) }
    return words
  }

  /// The words with one space before each: ` be` is found in ` ben jerry` where a word begins with it. Empty for no words.
  package static func key(_ text: String) -> String {
    words(text).reduce(into: "") { $0 += " " + $1 }
  }

  /// Whether each word of the query begins some word of the text. A query without words fits everything.
  package static func matches(_ text: String, query: String) -> Bool {
    let words = words(text)
    return self.words(query).allSatisfy { wanted in words.contains { $0.utf8.starts(with: wanted.utf8) } }
  }

  /// Letters that carry a stroke or a ligature which decomposition leaves alone.
  private static let plainLetters: [Unicode.Scalar: String] = [
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th",
  ]
}
