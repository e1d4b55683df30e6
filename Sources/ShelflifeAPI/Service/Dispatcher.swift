// From the wire to the lanes: looks each call up, gives it its place, and hands what may start to the workers.
import JSONRPC
import Shelflife

/// Takes the peer's calls. `accept` is called by one thread at a time, everything else from any.
package final class Dispatcher: CallHandler {
  private struct State {
    var lanes = Lanes()
    var jobs: [Ticket: Job] = [:]
    var nextTicket: UInt64 = 1
    var idle: [Worker.Kind: [Worker]] = [:]
    var isShuttingDown = false
    /// While the write worker waits for calls: how many are enough.
    var enoughWrites: Int?

    var hasEnoughWrites: Bool { enoughWrites.map { lanes.plainWrites >= $0 || lanes.hasBarrier } ?? false }
  }

  /// Where so many sales wait already, they share one flush well enough without others.
  private static let fullGroup = 16

  private let service: Service
  private let state = Monitor(State())
  private let deadlines: DeadlineWatch
  private let longestGathering: Duration

  /// `longestGathering` is how long the next sales may be kept waiting for those who were just answered, at the most.
  package init(service: Service, longestGathering: Duration = .milliseconds(2)) {
    self.service = service
    self.longestGathering = longestGathering
    deadlines = DeadlineWatch()
    let workers = Worker.Kind.allCases.flatMap { kind in (0..<kind.count).map { Worker(kind, number: $0, service: service) } }
    state.withLock { $0.idle = Dictionary(grouping: workers, by: \.kind) }
    for worker in workers { worker.start(dispatcher: self) }
    service.traffic.withLock { $0 = { [weak self] in self?.traffic ?? Traffic() } }
  }

  /// The calls that are on their way now.
  private var traffic: Traffic {
    let jobs = state.withLock { Array($0.jobs.values) }.filter { !$0.isAnswered }
    return Traffic(lanes: jobs.map(\.method.lane), waiting: jobs.count(where: \.isWaiting))
  }

  package func isImmediate(_ method: String) -> Bool { Catalogue.method(method)?.lane == .immediate }

  package func accept(_ call: Call) { _ = take(call, mayLeaveWork: false) }

  package func acceptLast(_ call: Call) -> ReadersWork? { take(call, mayLeaveWork: true) }

  private func take(_ call: Call, mayLeaveWork: Bool) -> ReadersWork? {
    guard let method = Catalogue.method(call.method) else {
      refuse(call, .methodNotFound)
      return nil
    }
    let common = CommonMembers(call.params, isWrite: method.lane.isWrite)
    if method.lane == .immediate {
      answer(call, method, common)
    } else if call.isNotification && method.lane.isUnfitForNotifications && method.name != Catalogue.shutdown {
      service.log.write(.warning, "a notification that would write was not run", ["method": method.name])
      call.fail(.validation([]))
    } else {
      return submit(call, method, common, mayLeaveWork: mayLeaveWork)
    }
    return nil
  }

  private func answer(_ call: Call, _ method: ServedMethod, _ common: CommonMembers) {
    do {
      let (work, _) = try method.bind(call.params, common, service.keeper.standing.moneyScale)
      guard case .immediate(let body) = work else { preconditionFailure("\(method.name) is not immediate") }
      let result = try body(service, call)
      service.log.answered(call, error: nil)
      call.reply(result: result)
    } catch let fault as ShapeFault {
      refuse(call, .validation(fault.issues))
    } catch let fault as Fault {
      refuse(call, RPCError(fault, moneyScale: 2))
    } catch {
      refuse(call, service.incident(method.name, "\(error)"))
    }
  }

  /// Answers a call that never became a job.
  private func refuse(_ call: Call, _ error: RPCError) {
    service.log.answered(call, error: error)
    call.fail(error)
  }

  private func submit(_ call: Call, _ method: ServedMethod, _ common: CommonMembers, mayLeaveWork: Bool) -> ReadersWork? {
    let lane = method.turn(call.params)
    let (job, isEnough) = state.withLock { state -> (Job?, Bool) in
      if state.isShuttingDown { return (nil, false) }
      let ticket = Ticket(state.nextTicket)
      state.nextTicket += 1
      let job = Job(call: call, method: method, common: common, ticket: ticket, now: service.clock.now(), service: service)
      state.jobs[ticket] = job
      state.lanes.submit(
        ticket, lane, group: method.name == Catalogue.groupedWrite ? WriteGroup(1) : nil)
      return (job, state.hasEnoughWrites)
    }
    if isEnough { state.signal() }
    guard let job else {
      refuse(call, RPCError(.shuttingDown, moneyScale: 2))
      return nil
    }
    call.onCancel { [weak self, weak job] in
      if let self, let job { self.stop(job, .requestCancelled) }
    }
    if let deadline = job.deadline {
      deadlines.add(deadline) { [weak self, weak job] in
        if let self, let job { self.stop(job, .deadlineExceeded) }
      }
    }
    return pump(mayLeaveWork: mayLeaveWork)
  }

  private func stop(_ job: Job, _ reason: Fault, evenInItsCommit: Bool = false) {
    guard job.stop(reason, moneyScale: service.keeper.standing.moneyScale, evenInItsCommit: evenInItsCommit) else { return }
    let isGone = state.withLock { state -> Bool in
      guard state.lanes.abandon(job.ticket) else { return false }
      state.jobs[job.ticket] = nil
      return true
    }
    if isGone { pump() }
  }

  /// Gives idle workers what may start now.
  ///
  /// - Returns: the work of one of them, if it may be left to the caller: one that waits for the server in its own thread needs no other
  ///   to be woken for it.
  @discardableResult
  private func pump(mayLeaveWork: Bool = false) -> ReadersWork? {
    let assignments = state.withLock { state -> [(Worker, [Job])] in
      var assignments: [(Worker, [Job])] = []
      for kind in Worker.Kind.allCases {
        while let worker = state.idle[kind]?.last {
          let tickets = kind.take(from: &state.lanes)
          if tickets.isEmpty { break }
          state.idle[kind]?.removeLast()
          assignments.append((worker, tickets.compactMap { state.jobs[$0] }))
        }
      }
      return assignments
    }
    var left: ReadersWork?
    for (worker, jobs) in assignments {
      if mayLeaveWork, left == nil, jobs.count == 1, jobs[0].method.isQuick {
        left = { duty in worker.run(jobs, self, holding: duty) }
      } else {
        worker.assign(jobs)
      }
    }
    return left
  }

  /// A worker is through with its jobs, and free.
  ///
  /// - Parameter took: how long it took for several sales, which were answered together.
  func finished(_ jobs: [Job], by worker: Worker, took: Duration = .zero) {
    state.withLock { state in
      for job in jobs {
        state.lanes.done(job.ticket)
        state.jobs[job.ticket] = nil
      }
      if jobs.count == 1 { state.idle[worker.kind, default: []].append(worker) }
    }
    pump()
    guard jobs.count > 1 else { return }
    gather(jobs.count, for: min(took / 8, longestGathering))
    state.withLock { $0.idle[worker.kind, default: []].append(worker) }
    pump()
  }

  /// Waits for as many calls as were just answered together, but not for long.
  ///
  /// Whoever got an answer is likely to ask again at once. Without this, what came while a group was written would go alone, and the
  /// two halves of the callers would wait for each other's flush in turn for ever.
  private func gather(_ answered: Int, for limit: Duration) {
    state.withLock { $0.enoughWrites = min($0.lanes.plainWrites + answered, Self.fullGroup) }
    _ = state.wait(until: .now + limit) { $0.hasEnoughWrites ? true : nil }
    state.withLock { $0.enoughWrites = nil }
  }

  /// The password worker has made a write ready, or has refused it, and is free.
  func hashed(_ job: Job, isReady: Bool, by worker: Worker) {
    state.withLock { state in
      if state.lanes.hashed(job.ticket), !isReady {
        _ = state.lanes.abandon(job.ticket)
      }
      if !isReady { state.jobs[job.ticket] = nil }
      state.idle[worker.kind, default: []].append(worker)
    }
    pump()
  }

  /// Gives up every write if one of them has been under way for so long, its commit too: it waits for what may never come, such as a
  /// standby that is away, and the others wait for it.
  ///
  /// - Returns: false if none has.
  package func giveUpWrites(stuckFor limit: Duration) -> Bool {
    let writes = state.withLock { Array($0.jobs.values) }.filter { $0.method.lane.isWrite && !$0.isAnswered }
    guard writes.contains(where: { $0.startedAt.map { .now - $0 >= limit } ?? false }) else { return false }
    for job in writes.sorted(by: { $0.ticket < $1.ticket }) { stop(job, .shuttingDown, evenInItsCommit: true) }
    return true
  }

  /// From now on new calls are refused; `system.shutdown` runs alone, so none is running.
  func beginShutdown() {
    let waiting = state.withLock { state -> [Job] in
      state.isShuttingDown = true
      return Array(state.jobs.values)
    }
    for job in waiting.sorted(by: { $0.ticket < $1.ticket }) { stop(job, .shuttingDown) }
    service.shutDown()
  }
}
