// The project's own files as the tidy tests read them.
import Foundation
import Testing

/// One text file, by its path from the project's folder.
struct SourceFile: CustomTestStringConvertible {
  let path: String
  let lines: [String]
  /// The lines without what stands in `//` comments.
  let code: [String]

  var testDescription: String { path }
  var name: String { path.split(separator: "/").last.map(String.init) ?? path }
  /// The target that a file under `Sources/` belongs to.
  var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
}

enum SourceTree {
  static let root = URL(fileURLWithPath: #filePath + "/../../..").standardized

  /// Everything under these folders that people wrote.
  static func files(_ folders: String..., endings: Set<String> = ["swift", "sql", "h"]) throws -> [SourceFile] {
    try folders.flatMap { folder in
      try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path).sorted()
        .filter { path in endings.contains { path.hasSuffix("." + $0) } }
        .map { try file(folder + "/" + $0) }
    }
  }

  static func file(_ path: String) throws -> SourceFile {
    let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    return SourceFile(path: path, lines: lines, code: lines.map(withoutComment))
  }

  private static func withoutComment(_ line: String) -> String {
    if line.drop(while: { $0 == " " }).hasPrefix("//") { return "" }
    return line.range(of: " // ").map { String(line[..<$0.lowerBound]) } ?? line
  }

  /// `path:line: text` of every line of code that `isFound` names.
  static func hits(in files: [SourceFile], where isFound: (String) -> Bool) -> [String] {
    files.flatMap { file in
      file.code.indices.filter { isFound(file.code[$0]) }.map { "\(file.path):\($0 + 1): \(file.code[$0])" }
    }
  }
}

extension String {
  /// Whether the identifier `word` stands in the line, not as a part of a longer one.
  func hasWord(_ word: String) -> Bool {
    var rest = self[...]
    while let found = rest.range(of: word) {
      let before = found.lowerBound > startIndex ? self[index(before: found.lowerBound)] : " "
      let after = found.upperBound < endIndex ? self[found.upperBound] : " "
      if !before.isPartOfWord && !after.isPartOfWord { return true }
      rest = self[found.upperBound...]
    }
    return false
  }
}

extension Character {
  fileprivate var isPartOfWord: Bool { isLetter || isNumber || self == "_" }
}
