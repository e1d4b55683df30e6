// Running the sales that wait together: one transaction for all, and each its own answer.
import JSONRPC
import Shelflife

extension LaneRunner {
  private struct Waiting {
    let job: Job
    var info: CallInfo
    let request: SaleRequest
    let encode: @Sendable (Sale, _ moneyScale: Int) -> [UInt8]
  }

  /// Makes sales in their order; each is answered once its transaction is committed.
  func sell(_ jobs: [Job]) {
    var waiting = jobs
    var keys: [Ticket: WriteKey] = [:]
    var mayHaveCommitted: [Ticket: Bool] = [:]
    /// Smaller after a failure of the whole: what one call does wrong must not cost the others.
    var size = waiting.count
    let patience = ContinuousClock.now + Self.patience
    while !waiting.isEmpty {
      let interrupt = resetInterrupt()
      let live = waiting.prefix(size).filter {
        $0.begin(interrupt: interrupt) && isAdmitted($0, mayHaveCommitted: mayHaveCommitted[$0.ticket] ?? false)
      }
      let rest = waiting.dropFirst(size)
      var again: [Job] = []
      do {
        let session = try openSession { live.contains { $0.stopReason != nil } ? .requestCancelled : nil }
        let sales = judged(live, session, keys: keys, mayHaveCommitted, again: &again)
        for sale in sales { keys[sale.job.ticket] = sale.info.key?.lookedUp }
        if !sales.isEmpty { again += try sell(sales, on: session) }
      } catch {
        passDuty()
        if case .unexpected(let logText) = ShopFailure(error), live.count > 1 {
          service.log.write(.warning, "a group of sales failed as a whole", ["cause": logText, "sales": String(live.count)])
          again = live
          size = 1
        } else {
          again = settle(error, live, patience, &mayHaveCommitted)
        }
      }
      waiting = again + rest
    }
  }

  /// Whether the caller may pass the door; one who may not is answered here, also while the database is away.
  private func isAdmitted(_ job: Job, mayHaveCommitted: Bool) -> Bool {
    do throws(Fault) {
      _ = try authorise(job)
      return true
    } catch {
      job.fail(RPCError(mayHaveCommitted ? .outcomeUnknown : error, moneyScale: service.keeper.standing.moneyScale))
      return false
    }
  }

  /// Reads each call's params; those that are refused are answered here, those that are to be read once more go to `again`.
  private func judged(
    _ jobs: [Job], _ session: ShopSession, keys: [Ticket: WriteKey], _ mayHaveCommitted: [Ticket: Bool],
    again: inout [Job]
  ) -> [Waiting] {
    let hasRoom = service.hasRoom()
    return jobs.compactMap { job in
      do {
        let judged = try judge(job, session, key: keys[job.ticket])
        guard case .sale(let request, let encode) = judged.work else { throw Misplaced() }
        try requireRoom(for: job, hasRoom)
        return Waiting(job: job, info: judged.info, request: request, encode: encode)
      } catch {
        var may = mayHaveCommitted[job.ticket] ?? false
        switch verdict(on: error, for: job, mayHaveCommitted: &may, giveUp: .now) {
        case .answer(let answer): job.fail(answer)
        case .again: again.append(job)
        }
        return nil
      }
    }
  }

  /// One transaction.
  ///
  /// - Returns: the calls that it left for the next.
  private func sell(_ sales: [Waiting], on session: ShopSession) throws -> [Job] {
    let calls = sales.map { SaleCall(info: $0.info, request: $0.request) }
    let outcomes = try session.sell(calls, at: service.till) { place, sold, context in
      sales[place].encode(sold, context.store.currency.minorDigits)
    }
    var again: [Job] = []
    var replays: [() -> Void] = []
    sales.first?.job.call.together { again = answer(sales, outcomes, on: session, &replays) }
    // They ask the database: no other's reply waits for that.
    for replay in replays { replay() }
    return again
  }

  private func answer(
    _ sales: [Waiting], _ outcomes: [SaleOutcome<[UInt8]>], on session: ShopSession, _ replays: inout [() -> Void]
  ) -> [Job] {
    var again: [Job] = []
    var made = 0
    for (sale, outcome) in zip(sales, outcomes) {
      switch outcome {
      case .done(.done(let reply), _):
        sale.job.succeed(reply)
        made += 1
      case .done(.replayed(let stored), let context):
        replays.append { self.replay(stored, of: sale, context, on: session) }
      case .refused(let fault):
        let answer = fault == .requestCancelled ? sale.job.stopReason ?? fault : sale.job.told(fault)
        sale.job.fail(RPCError(answer, moneyScale: service.keeper.standing.moneyScale))
      case .notYet: again.append(sale.job)
      }
    }
    if made > 0 { service.housekeeper.salesMade(made) }
    return again
  }

  private func replay(_ stored: StoredOutcome, of sale: Waiting, _ context: CallContext, on session: ShopSession) {
    do {
      guard case .sale(let id) = stored else { throw Fault.idempotencyKeyReused }
      let made = try session.replayedSale(id, for: sale.info.caller)
      sale.job.succeed(sale.encode(made, context.store.currency.minorDigits))
    } catch {
      var may = true
      switch verdict(on: error, for: sale.job, mayHaveCommitted: &may, giveUp: .now) {
      case .answer(let answer): sale.job.fail(answer)
      case .again: sale.job.fail(RPCError(.outcomeUnknown, moneyScale: context.store.currency.minorDigits))
      }
    }
  }

  /// After a failure of the whole: answers those whose time is over, and returns the others for another try.
  private func settle(
    _ error: any Error, _ jobs: [Job], _ patience: ContinuousClock.Instant, _ mayHaveCommitted: inout [Ticket: Bool]
  ) -> [Job] {
    var again: [Job] = []
    for job in jobs {
      if case .fault(.requestCancelled) = ShopFailure(error), job.stopReason == nil {
        // Another call of the group was given up while all waited for the database.
        again.append(job)
        continue
      }
      var may = mayHaveCommitted[job.ticket] ?? false
      switch verdict(on: error, for: job, mayHaveCommitted: &may, giveUp: job.deadline ?? patience) {
      case .again:
        mayHaveCommitted[job.ticket] = may
        again.append(job)
      case .answer(let answer): job.fail(answer)
      }
    }
    return again
  }
}
