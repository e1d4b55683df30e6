// What people type: trimmed, composed, counted, folded and found again.
import Testing

@testable import Shelflife

@Suite struct TextTests {
  @Test(arguments: [
    ("Milk", "Milk"), ("  Milk\t\r\n", "Milk"), ("\u{3000}\u{a0}Milk\u{2003}\u{85}", "Milk"), ("Cafe\u{301}", "Caf\u{e9}"),
    ("a  b", "a  b"), ("👩‍👩‍👧", "👩‍👩‍👧"), ("\u{2126}", "\u{3a9}"), ("ﬁ", "ﬁ"), ("\u{200b}x", "\u{200b}x"),
    ("\u{1100}\u{1161}", "\u{ac00}"), ("it's", "it's"), ("<b>&\"\\", "<b>&\"\\"), ("\u{2028}x\u{2028}y", "x\u{2028}y"),
  ])
  func cleans(raw: String, text: String) throws {
    let name = try Name(parsing: raw)
    #expect(Array(name.text.unicodeScalars) == Array(text.unicodeScalars))
  }

  @Test func countsCharactersAfterComposition() throws {
    #expect(try Name(parsing: String(repeating: "é", count: 200)).text.unicodeScalars.count == 200)
    #expect(try Name(parsing: String(repeating: "e\u{301}", count: 200)).text.unicodeScalars.count == 200)
    #expect(try Name(parsing: String(repeating: "\u{3b1}\u{314}\u{300}\u{345}", count: 200)).text.unicodeScalars.count == 200)
    #expect(try Name(parsing: String(repeating: "😀", count: 200)).text.utf8.count == 800)
    #expect(try Note(parsing: " ").text == "")
    #expect(try Note(parsing: String(repeating: "n", count: 2000)).text.count == 2000)
    for long in ["a", "é", "😀", "\u{3b1}\u{314}\u{300}\u{345}"] {
      let raw = String(repeating: long, count: 201)
      #expect(fault { () throws(ValueFault) in try Name(parsing: raw) } == .tooLong(most: 200, .characters))
    }
    #expect(fault { () throws(ValueFault) in try Note(parsing: String(repeating: "n", count: 2001)) }?.code == "too-long")
    #expect(fault { () throws(ValueFault) in try Name(parsing: "\u{3000} \n") }?.code == "too-short")
    #expect(fault { () throws(ValueFault) in try Name(parsing: String(repeating: "x", count: 8_000_000)) }?.code == "too-long")
  }

  @Test func refusesEveryControlCharacter() {
    for value in UInt32(0)...0x10ffff {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let isRefused = scalar.properties.generalCategory == .control || scalar.properties.isNoncharacterCodePoint
      guard isRefused || value < 0x300 else { continue }
      let refused = fault { () throws(ValueFault) in try Name(parsing: "a\(Character(scalar))b") } == .controlCharacter
      if refused != isRefused { Issue.record("U+\(String(value, radix: 16)) is judged wrongly") }
    }
  }

  @Test func cleaningTwiceChangesNothing() throws {
    var random = Seeded()
    let pool: [Unicode.Scalar] = Array(
      "aeo \u{301}\u{345}\u{308}\u{327}\u{1100}\u{1161}\u{11a8}\u{ac00}\u{212b}\u{2000}x\u{fb1d}".unicodeScalars)
    for _ in 0..<5000 {
      var raw = String.UnicodeScalarView("q".unicodeScalars)
      for _ in 0..<random.int(0...12) { if let scalar = pool.randomElement(using: &random) { raw.append(scalar) } }
      raw.append("z")
      let once = try Name(parsing: String(raw))
      #expect(Array(try Name(parsing: once.text).text.unicodeScalars) == Array(once.text.unicodeScalars))
      // String compares by canonical equivalence, so the text is still the same one.
      #expect(once.text == String(raw))
    }
  }

  @Test(arguments: [
    ("MILK", "milk"), ("Straße", "STRASSE"), ("STRAẞE", "strasse"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("Cafe\u{301}", "CAFÉ"),
    ("ﬁn", "FIN"), ("ǆ", "ǅ"),
    ("Ǆ", "ǅ"), ("\u{1f80}", "\u{1f88}"), ("İ", "i\u{307}"), ("K", "k"), ("Å", "å"),
  ])
  func sameKey(a: String, b: String) {
    #expect(Array(Text.foldedKey(a).utf8) == Array(Text.foldedKey(b).utf8))
  }

  @Test func differentNamesKeepDifferentKeys() {
    #expect(Text.foldedKey("Café") != Text.foldedKey("Cafe"))
    #expect(Text.foldedKey("a b") != Text.foldedKey("ab"))
  }

  @Test func foldingIsStableForEveryCharacter() {
    var tried = 0
    for value in UInt32(0)...0x10ffff {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let properties = scalar.properties
      // Unassigned and caseless ones are their own keys; trying all of those takes seconds.
      guard properties.isCased || properties.changesWhenCaseMapped || properties.canonicalCombiningClass != .notReordered else {
        continue
      }
      tried += 1
      let text = String(Character(scalar))
      let once = Text.foldedKey(text)
      let isStable = once.utf8.elementsEqual(Text.foldedKey(once).utf8)
      let ignoresCase = once.utf8.elementsEqual(Text.foldedKey(text.uppercased()).utf8)
      if !isStable || !ignoresCase { Issue.record("U+\(String(value, radix: 16)) folds unsteadily") }
    }
    #expect(tried > 3000)
  }

  @Test func usernames() throws {
    for good in ["bob", "B.O-b_@+9", "Zoë", "анна", "太郎さん", "1234", "हिन्दी", String(repeating: "u", count: 64)] {
      #expect(fault { () throws(ValueFault) in try Username(parsing: good) } == nil, "\(good)")
    }
    for (bad, code) in [
      ("ab", "too-short"), (String(repeating: "u", count: 65), "too-long"), ("bob smith", "wrong-characters"),
      ("bob!", "wrong-characters"), ("a\u{0}bc", "control-character"), ("bob😀", "wrong-characters"),
      ("1\u{301}23", "wrong-characters"), ("a\u{200b}bc", "wrong-characters"), ("bob/../x", "wrong-characters"),
    ] {
      #expect(fault { () throws(ValueFault) in try Username(parsing: bad) }?.code == code, "\(bad)")
    }
    #expect(try Username(parsing: " Anna ") == Username(parsing: "ANNA"))
    #expect(try Username(parsing: " Anna ").text == "Anna")
    #expect(try Username(parsing: "Anna") != Username(parsing: "Ánna"))
  }

  @Test func choices() throws {
    #expect(try Role(parsing: "OWNER") == .owner)
    #expect(try LotStatus(parsing: "recalled") == .recalled)
    #expect(fault { () throws(ValueFault) in try Role(parsing: "owner") } == .unknownChoice(allowed: ["OWNER", "STAFF"]))
    #expect(fault { () throws(ValueFault) in try LotStatus(parsing: "OK") }?.code == "unknown-choice")
  }

  @Test func everyFaultHasItsOwnCodeAndPlainWords() {
    let faults: [ValueFault] = [
      .notAnIdentifier, .notANumber, .notAWholeNumber, .exponent, .excessZeros, .tooManyDecimals(most: 2), .negative,
      .outOfRange(least: "0", most: "9"), .notADate, .notATimestamp, .notADocumentNumber, .notALotReference, .unknownCurrency,
      .unknownChoice(allowed: ["A"]), .tooShort(least: 3, .characters), .tooLong(most: 9, .bytes), .controlCharacter,
      .wrongCharacters, .tooCommon,
    ]
    #expect(Set(faults.map(\.code)).count == faults.count)
    for fault in faults {
      #expect(fault.code.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "-") })
      #expect(!fault.message.isEmpty && fault.message.utf8.count < 100)
    }
    #expect(ValueFault.tooManyDecimals(most: 0).message == "must have no decimals")
  }
}

@Suite struct SearchKeyTests {
  @Test(arguments: [
    ("Crème Brûlée 12%", ["creme", "brulee", "12"]), ("Ben & Jerry's", ["ben", "jerry", "s"]), ("ŻÓŁĆ", ["zolc"]),
    ("Smørrebrød", ["smorrebrod"]), ("Straße", ["strasse"]), ("İstanbul", ["istanbul"]), ("  ", []), ("", []),
    ("½ l", ["½", "l"]),
    ("Tiếng Việt", ["tieng", "viet"]), ("a_b-c/d", ["a", "b", "c", "d"]), ("Ærø", ["aero"]), ("牛乳 1L", ["牛乳", "1l"]),
  ])
  func splitsIntoWords(text: String, words: [String]) {
    #expect(SearchKey.words(text) == words)
  }

  @Test(arguments: [
    ("Crème Brûlée", "cre", true), ("Crème Brûlée", "BRU creme", true), ("Crème Brûlée", "reme", false),
    ("Crème Brûlée", "", true), ("Crème Brûlée", "creme milk", false), ("Whole Milk 1.5 l", "1.5", true),
    ("Creme", "crè", true), ("각설탕", "가", true), ("Milk", "milk!", true),
  ])
  func finds(text: String, query: String, isFound: Bool) {
    #expect(SearchKey.matches(text, query: query) == isFound)
  }

  @Test func theKeyMarksWhereWordsBegin() {
    #expect(SearchKey.key("Ben & Jerry") == " ben jerry")
    #expect(SearchKey.key("!!") == "")
  }

  @Test func everyBeginningOfEveryWordFinds() {
    var random = Seeded()
    let letters = Array("abcéÈøßŁ가각 -'1٣ñ".unicodeScalars)
    for _ in 0..<2000 {
      var text = String.UnicodeScalarView()
      for _ in 0..<random.int(1...14) { if let letter = letters.randomElement(using: &random) { text.append(letter) } }
      for word in SearchKey.words(String(text)) {
        #expect(SearchKey.words(word) == [word])
        #expect(SearchKey.matches(String(text), query: String(word.unicodeScalars.prefix(random.int(1...4)))))
        #expect(SearchKey.matches(String(text), query: word.uppercased()))
      }
    }
  }
}
