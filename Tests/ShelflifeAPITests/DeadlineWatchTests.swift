// Deadlines ring in time, whatever came before them.
import Glibc
import Synchronization
import Testing

@testable import ShelflifeAPI

@Suite struct DeadlineWatchTests {
  private final class Bell: Sendable {
    let rung = Mutex<[(name: String, at: ContinuousClock.Instant)]>([])

    func wait(for count: Int) -> Bool {
      for _ in 0..<1_000 {
        if rung.withLock({ $0.count }) >= count { return true }
        usleep(2_000)
      }
      return false
    }

    var names: [String] { rung.withLock { $0.map(\.name) } }
  }

  private func add(_ name: String, after time: Duration, to watch: DeadlineWatch, _ bell: Bell) {
    watch.add(.now + time) { bell.rung.withLock { $0.append((name: name, at: .now)) } }
  }

  @Test func oneAfterAnother() {
    let watch = DeadlineWatch()
    let bell = Bell()
    for number in 1...3 {
      add("\(number)", after: .milliseconds(30), to: watch, bell)
      #expect(bell.wait(for: number), "deadline \(number) rings")
    }
    #expect(bell.names == ["1", "2", "3"])
  }

  @Test func anEarlierOneComesFirst() {
    let watch = DeadlineWatch()
    let bell = Bell()
    let start = ContinuousClock.now
    add("late", after: .milliseconds(1_500), to: watch, bell)
    usleep(20_000)
    add("early", after: .milliseconds(50), to: watch, bell)
    add("earlier", after: .milliseconds(20), to: watch, bell)
    #expect(bell.wait(for: 2))
    #expect(start.duration(to: .now) < .milliseconds(1_200), "not only when the late one is due")
    #expect(bell.wait(for: 3) && bell.names == ["earlier", "early", "late"])
  }
}
