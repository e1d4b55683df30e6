// Rounds: each lets every contender run, in turn, so that what disturbs the machine disturbs all of them.

/// What is measured: who does what, with how many calls (or clients) at a time.
struct Subject: Hashable {
  let work: String
  let contender: String
  let inFlight: Int
}

struct Contender {
  let subject: Subject
  /// How much of a round it gets, in slices.
  var weight = 1
  /// Whether the log of the server is to be read before and after.
  var isWriting = false
  /// Runs for about so many nanoseconds.
  let run: (Int) -> Sample
}

struct Rounds {
  /// Of each subject a sample a round.
  private(set) var samples: [Subject: [Sample]] = [:]
  private let cluster: Cluster

  init(on cluster: Cluster) { self.cluster = cluster }

  /// One round. Those that do the same work run one after the other, and those that get more than a slice do so once more from the last
  /// to the first: what grows worse or better meanwhile does so for all of them alike.
  mutating func play(_ contenders: [Contender], slice: Int) {
    var round: [Subject: Sample] = [:]
    for group in contenders.split(whereNextDiffers: \.subject.work) {
      for turn in 0..<(group.map(\.weight).max() ?? 0) {
        for contender in turn % 2 == 0 ? group : group.reversed() where contender.weight > turn {
          let before = contender.isWriting ? cluster.walPosition : 0
          var sample = contender.run(slice)
          if contender.isWriting { sample.wal = cluster.walPosition - before }
          round[contender.subject, default: Sample()].add(sample)
        }
      }
    }
    for (subject, sample) in round { samples[subject, default: []].append(sample) }
  }

  /// So that those that are held against each other run next to each other.
  static func neighbours(_ contenders: [Contender]) -> [Contender] {
    var order: [String: Int] = [:]
    for contender in contenders where order[contender.subject.work] == nil { order[contender.subject.work] = order.count }
    return contenders.sorted { first, second in
      (order[first.subject.work] ?? 0, first.subject.inFlight) < (order[second.subject.work] ?? 0, second.subject.inFlight)
    }
  }

  private subscript(_ subject: Subject) -> [Sample] {
    guard let found = samples[subject] else { fail("\(subject) was not measured") }
    return found
  }

  /// Of all rounds together, in nanoseconds.
  func latency(_ subject: Subject, _ percent: Double) -> Int {
    var all = Latencies.ofLatencies()
    for sample in self[subject] { if let latencies = sample.latencies { all.add(latencies) } }
    return Int(all.valueAtPercentile(percent))
  }

  /// Of each round, in nanoseconds.
  func latencies(_ subject: Subject, _ percent: Double) -> [Int] {
    self[subject].compactMap { $0.latencies.map { Int($0.valueAtPercentile(percent)) } }
  }

  /// Calls in a hundred seconds in each round.
  func rates(_ subject: Subject) -> [Int] { self[subject].map(\.rate) }

  /// Bytes of WAL a call in each round.
  func wal(_ subject: Subject) -> [Int] { self[subject].map { $0.wal / max(1, $0.count) } }
}

extension Array {
  /// Cut wherever `key` changes from one element to the next.
  fileprivate func split(whereNextDiffers key: (Element) -> some Equatable) -> [[Element]] {
    var pieces: [[Element]] = []
    for element in self {
      if let last = pieces.last?.last, key(last) == key(element) {
        pieces[pieces.count - 1].append(element)
      } else {
        pieces.append([element])
      }
    }
    return pieces
  }
}
