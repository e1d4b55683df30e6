// How long it takes until sales are acknowledged again.

struct Recovery {
  private(set) var database: [Int] = []
  private(set) var supervisor: [Int] = []
  private(set) var sidecar: [Int] = []
  private(set) var byVictim: [Victim: [Int]] = [:]
  /// Where two servers are behind the tills: by what was killed, and from the end of each promotion.
  private var ofPair: [String: [Int]] = [:]
  private var sincePromotion: [Int] = []

  mutating func record(_ victim: Victim, database time: Int) {
    byVictim[victim, default: []].append(time)
    if victim.isOfDatabase { database.append(time) } else { supervisor.append(time) }
  }

  mutating func record(_ victim: Victim, sidecar time: Int) {
    byVictim[victim, default: []].append(time)
    sidecar.append(time)
  }

  mutating func record(_ victim: String, _ time: Int, sincePromotion: Int?) {
    ofPair[victim, default: []].append(time)
    if let sincePromotion { self.sincePromotion.append(sincePromotion) }
  }

  /// What was measured, and nothing else.
  var figure: String {
    var parts: [String] = []
    if let most = database.max() { parts.append("database back \(seconds(median(database))) s median \(seconds(most)) s most") }
    if !sidecar.isEmpty { parts.append("sidecar back \(seconds(percentile(sidecar, 95))) s p95") }
    if let most = sincePromotion.max() {
      parts.append("every till sells \(seconds(median(sincePromotion))) s median \(seconds(most)) s most after a promotion")
    }
    return parts.isEmpty ? "nothing killed" : parts.joined(separator: ", ")
  }

  /// One line a victim, for people.
  func tell() {
    for (victim, times) in ofPair.sorted(by: { $0.key < $1.key }) {
      say("back after \(victim): \(times.count) times, \(seconds(median(times))) s median, \(seconds(times.max() ?? 0)) s most")
    }
    for victim in Victim.allCases {
      guard let times = byVictim[victim] else { continue }
      say(
        "back after \(victim.rawValue): \(times.count) times, \(seconds(median(times))) s median, "
          + "\(seconds(percentile(times, 95))) s p95, \(seconds(times.max() ?? 0)) s most")
    }
  }

  /// The targets that were missed, in words.
  var missed: [String] {
    var missed: [String] = []
    if median(database) > second / 2 { missed.append("database: median above 0.5 s") }
    if let most = database.max(), most > 2 * second { missed.append("database: most above 2 s") }
    if percentile(sidecar, 95) > 3 * second / 2 { missed.append("sidecar: p95 above 1.5 s") }
    if let most = sincePromotion.max(), most > 2 * second { missed.append("promotion: most above 2 s") }
    return missed
  }
}
