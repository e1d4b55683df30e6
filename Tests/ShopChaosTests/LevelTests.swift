// Whether the soak's rule fails where something goes on growing, one thing at a time, and stays quiet where nothing does.
import Testing

@testable import shop_chaos

@Suite struct LevelTests {
  /// A soak of an hour, a sample every five seconds.
  private static let count = 720

  /// Samples of a shop that is level but for what `change` does to each of them; it is given the share of the time that has passed, in
  /// percent.
  private func samples(_ count: Int = count, _ change: (_ sample: inout Draft, _ percent: Int) -> Void = { _, _ in }) -> [Sample]
  {
    (0..<count).map { index in
      var draft = Draft(documents: 50 * (index + 1), ripple: index % 3 - 1)
      change(&draft, 100 * index / count)
      return Sample(at: 5 * index, documents: draft.documents, values: draft.values, tables: draft.tables)
    }
  }

  @Test func aLevelShopIsQuiet() {
    let level = samples()
    #expect(level.last?.tables["sale"]?.bytes ?? 0 > 100 * (level.first?.tables["sale"]?.bytes ?? 0), "it sells all the time")
    #expect(Level.growing(level) == [])
  }

  @Test(arguments: Sample.ofProcesses) func whatAProcessKeepsIsNamed(_ name: String) throws {
    let isMemory = name.hasSuffix("KiB")
    // 8 KiB for every document; one descriptor or connection for every kill, which come every 15 s.
    let growing = samples { $0.values[name, default: 0] += isMemory ? 8 * $0.documents : 240 * $1 / 100 }
    let found = Level.growing(growing)
    #expect(found.count == 1)
    #expect(try #require(found.first).hasPrefix("\(name): "))
  }

  @Test func aTableThatGrowsWithoutDocumentsIsNamed() {
    let found = Level.growing(samples { $0.tables["product"] = Draft.table(bytes: 40_000 * $1) })
    #expect(found == ["product, bytes: 1980000, then 3320000"])
  }

  @Test func anIndexThatGrowsFasterThanItsDocumentsIsNamed() {
    let found = Level.growing(
      samples { draft, percent in
        draft.tables["sale"] = Draft.table(bytes: 200 * draft.documents, indexBytes: (100 + 10 * percent) * draft.documents)
      })
    #expect(found == ["indexes of sale, bytes for each document: 595, then 930"])
  }

  @Test func deadRowsThatNobodyClearsAwayAreNamed() {
    let found = Level.growing(samples { $0.tables["lot"] = Draft.table(bytes: 200 * $0.documents, deadRows: 100 * $1) })
    #expect(found == ["dead rows of lot: 4950, then 8300"])
  }

  @Test func everythingThatGrowsIsNamed() {
    let found = Level.growing(
      samples { draft, percent in
        for name in Sample.ofProcesses { draft.values[name, default: 0] += 10_000 * percent }
        draft.tables["product"] = Draft.table(bytes: 40_000 * percent, indexBytes: 40_000 * percent, deadRows: 100 * percent)
      })
    #expect(found.count == Sample.ofProcesses.count + 3)
  }

  @Test func warmingUpIsNoGrowth() {
    #expect(Level.growing(samples { $0.values["sidecar KiB", default: 0] += 3_000 * min($1, 33) }) == [])
  }

  /// A kill leaves a few samples with more, or less, of everything.
  @Test func aFewSamplesOutOfLineAreNoGrowth() {
    let jumping = samples { draft, percent in
      if percent % 10 == 0 { for name in Sample.ofProcesses { draft.values[name, default: 0] *= 3 } }
    }
    #expect(Level.growing(jumping) == [])
  }

  @Test func tooFewSamplesAreNoProof() {
    #expect(Level.growing(samples(8)) == ["8 samples are too few to tell"])
    #expect(Level.growing([]) == ["0 samples are too few to tell"])
    #expect(Level.growing(samples(9)) == [])
  }
}

/// What a sample is made of, before it is changed.
private struct Draft {
  let documents: Int
  var values: [String: Int]
  var tables: [String: Sample.Table]

  init(documents: Int, ripple: Int) {
    self.documents = documents
    values = [
      "sidecar descriptors": 23 + ripple, "supervisor descriptors": 8, "connections": 3 + ripple,
      "sidecar KiB": 35_000 + 500 * ripple,
      "server KiB": 90_000 + 2_000 * ripple,
    ]
    tables = [
      "sale": Self.table(bytes: 200 * documents, indexBytes: 100 * documents),
      "lot": Self.table(bytes: 200 * documents, deadRows: 300 + 100 * ripple),
      "product": Self.table(bytes: 800_000, deadRows: 20),
    ]
  }

  static func table(bytes: Int, indexBytes: Int = 65_536, deadRows: Int = 0) -> Sample.Table {
    Sample.Table(bytes: bytes, indexBytes: indexBytes, deadRows: deadRows)
  }
}
