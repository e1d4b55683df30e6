// A lane's worker: a session with the database, and the thread that runs the lane's calls on it unless whoever has read one does so itself.
import JSONRPC
import Shelflife
import Synchronization

/// A lane's worker. `assign` and `run` may be called from any thread, when the worker is idle.
final class Worker: Sendable {
  enum Kind: CaseIterable, Sendable {
    case write, read, password, long, exclusive

    /// How many workers of the kind there are: two reads side by side fill a machine of two cores.
    var count: Int { self == .read ? 2 : 1 }

    func take(from lanes: inout Lanes) -> [Ticket] {
      switch self {
      case .write: lanes.nextWrites(limit: ShopLimits.salesPerGroup)
      case .read: lanes.nextRead().map { [$0] } ?? []
      case .password: lanes.nextPassword().map { [$0] } ?? []
      case .long: lanes.nextLong().map { [$0] } ?? []
      case .exclusive: lanes.nextExclusive().map { [$0] } ?? []
      }
    }
  }

  let kind: Kind
  private let name: String
  private let runner: Mutex<LaneRunner>
  private let inbox = Monitor<[Job]>([])

  init(_ kind: Kind, number: Int, service: Service) {
    self.kind = kind
    runner = Mutex(LaneRunner(service: service, isForWrites: kind == .write))
    name = number == 0 ? "\(kind)" : "\(kind)-\(number + 1)"
  }

  func assign(_ jobs: [Job]) {
    inbox.withLock { $0 = jobs }
    inbox.signal()
  }

  func start(dispatcher: Dispatcher) {
    WorkerThread.start(name: name) { [unowned dispatcher] in
      // Hashing takes a processor for a good part of a second, and whoever guesses passwords keeps it busy: sales go first.
      if self.kind == .password { WorkerThread.standBack() }
      while true {
        let jobs = self.inbox.wait { jobs -> [Job]? in
          if jobs.isEmpty { return nil }
          defer { jobs = [] }
          return jobs
        }
        if let jobs { self.run(jobs, dispatcher) }
      }
    }
  }

  /// Runs jobs on the calling thread.
  ///
  /// - Parameter duty: what else that thread has to do, where it is not the worker's own.
  func run(_ jobs: [Job], _ dispatcher: Dispatcher, holding duty: ReadingDuty? = nil) {
    runner.withLock { runner in
      runner.holding(duty) { run(jobs, runner, dispatcher) }
    }
  }

  private func run(_ jobs: [Job], _ runner: LaneRunner, _ dispatcher: Dispatcher) {
    switch kind {
    case .write:
      if jobs[0].method.lane == .read {
        runner.read(jobs[0])
      } else if jobs.count > 1 || jobs[0].method.name == Catalogue.groupedWrite {
        let start = ContinuousClock.now
        runner.sell(jobs)
        dispatcher.finished(jobs, by: self, took: .now - start)
        return
      } else {
        runner.write(jobs[0])
      }
    case .read: runner.read(jobs[0])
    case .password:
      if jobs[0].method.lane == .hashingWrite {
        dispatcher.hashed(jobs[0], isReady: runner.hash(jobs[0]), by: self)
        return
      }
      runner.read(jobs[0])
    case .exclusive:
      switch jobs[0].method.lane {
      case .password: runner.read(jobs[0])
      case .write: runner.write(jobs[0])
      default: runner.alone(jobs[0], dispatcher)
      }
    case .long: runner.alone(jobs[0], dispatcher)
    }
    dispatcher.finished(jobs, by: self)
  }
}
