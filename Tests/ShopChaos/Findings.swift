// What went wrong, counted and told.

final class Findings {
  private(set) var lost = 0
  private(set) var doubled = 0
  private(set) var violations = 0
  private var told: [String: Int] = [:]

  var areNone: Bool { lost + doubled + violations == 0 }

  /// An acknowledged sale or delivery that is not in the books as it was acknowledged.
  func lost(_ text: String) {
    lost += 1
    tell("lost", text)
  }

  /// One wish that is in the books more than once.
  func doubled(_ text: String) {
    doubled += 1
    tell("doubled", text)
  }

  func violation(_ kind: String, _ text: String) {
    violations += 1
    tell(kind, text)
  }

  /// One broken promise may show a thousand times; a few of each kind are evidence enough.
  private func tell(_ kind: String, _ text: String) {
    told[kind, default: 0] += 1
    if told[kind, default: 0] <= 5 { say("BROKEN: \(kind): \(text.prefix(1_500))") }
  }

  /// Each kind with its count.
  var summary: String { told.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ") }
}
