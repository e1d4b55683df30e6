// Lanes: the table by example, and against the slow model under random interleavings.
import ShelflifeAPI
import Testing

@Suite struct LanesTests {
  private func ticket(_ number: UInt64) -> Ticket { Ticket(number) }
  private let sales = WriteGroup(1)

  @Test func aReadSeesEveryWriteBeforeIt() {
    var lanes = Lanes()
    lanes.submit(ticket(1), .write)
    lanes.submit(ticket(2), .read)
    lanes.submit(ticket(3), .write)
    #expect(lanes.nextRead() == nil)
    #expect(lanes.nextWrites() == [ticket(1)])
    #expect(lanes.nextRead() == nil)
    lanes.done(ticket(1))
    #expect(lanes.nextWrites() == [ticket(3)])
    #expect(lanes.nextRead() == ticket(2))
  }

  @Test func laterSalesNeedNotWaitForAHash() {
    var lanes = Lanes()
    lanes.submit(ticket(1), .hashingWrite)
    lanes.submit(ticket(2), .write)
    lanes.submit(ticket(3), .write)
    lanes.submit(ticket(4), .read)
    #expect(lanes.nextPassword() == ticket(1))
    #expect(lanes.nextWrites() == [ticket(2)])
    #expect(lanes.hashed(ticket(1)) == true)
    #expect(lanes.nextWrites() == [])
    lanes.done(ticket(2))
    #expect(lanes.nextWrites() == [ticket(1)])
    lanes.done(ticket(1))
    #expect(lanes.nextRead() == nil)
    #expect(lanes.nextWrites() == [ticket(3)])
    lanes.done(ticket(3))
    #expect(lanes.nextRead() == ticket(4))
  }

  @Test func consecutiveWritesOfAGroupRunTogether() {
    var lanes = Lanes()
    for number in 1...70 { lanes.submit(ticket(UInt64(number)), .write, group: sales) }
    lanes.submit(ticket(71), .write)
    lanes.submit(ticket(72), .write, group: sales)
    let first = lanes.nextWrites(limit: 64)
    #expect(first == (1...64).map(ticket))
    for ticket in first { lanes.done(ticket) }
    let second = lanes.nextWrites(limit: 64)
    #expect(second == (65...70).map(ticket))
    for ticket in second { lanes.done(ticket) }
    #expect(lanes.nextWrites(limit: 64) == [ticket(71)])
    lanes.done(ticket(71))
    #expect(lanes.nextWrites(limit: 64) == [ticket(72)])
  }

  @Test func aBindingLoginHoldsEverythingBehindIt() {
    var lanes = Lanes()
    lanes.submit(ticket(1), .password, isBinding: true)
    lanes.submit(ticket(2), .read)
    lanes.submit(ticket(3), .write)
    lanes.submit(ticket(4), .exclusive)
    #expect(lanes.nextPassword() == ticket(1))
    #expect(lanes.startable == [])
    lanes.done(ticket(1))
    #expect(lanes.startable == [.read, .write])
    #expect(lanes.nextRead() == ticket(2))
    #expect(lanes.nextWrites() == [ticket(3)])
    lanes.done(ticket(3))
    #expect(lanes.nextExclusive() == nil)
    lanes.done(ticket(2))
    #expect(lanes.nextExclusive() == ticket(4))
  }

  @Test func anAbandonedBarrierLetsOthersPass() {
    var lanes = Lanes()
    lanes.submit(ticket(1), .read)
    lanes.submit(ticket(2), .exclusive)
    lanes.submit(ticket(3), .read)
    #expect(lanes.nextRead() == ticket(1))
    #expect(lanes.nextRead() == nil)
    #expect(lanes.abandon(ticket(2)) == true)
    #expect(lanes.nextRead() == ticket(3))
    #expect(lanes.abandon(ticket(3)) == false)
    #expect(lanes.abandon(ticket(2)) == false)
  }

  @Test(arguments: 0..<40) func answersWhatTheTableSays(run: Int) {
    let seed = UInt64(run) &* 0x5851_F42D_4C95_7F2D &+ 11
    var random = SeededGenerator(seed: seed)
    var lanes = Lanes()
    var model = LanesModel()
    var number: UInt64 = 0
    var handedOut: [Ticket] = []
    var atWorker: Ticket?
    // Short queues find the corners of the table, long ones those of the lines.
    let appetite = [2, 5, 40, 200][run % 4]
    let mix: [Lane] = [.read, .read, .write, .write, .write, .write, .hashingWrite, .password, .long, .exclusive]
    let groups = [nil, sales, sales, WriteGroup(2)]
    var waited = 0

    for step in 0..<1_000 {
      let comment: Comment = .init(rawValue: "seed \(seed), step \(step)")
      switch Int.random(in: 0..<14, using: &random) {
      case 0...4 where model.calls.count < appetite:
        number += UInt64.random(in: 1...3, using: &random)
        let lane = mix.randomElement(using: &random)!
        let isBinding = Int.random(in: 0..<4, using: &random) == 0
        let group = groups.randomElement(using: &random)!
        lanes.submit(Ticket(number), lane, isBinding: isBinding, group: group)
        model.submit(Ticket(number), lane, isBinding: isBinding, group: lane == .write ? group : nil)
      case 5:
        let next = lanes.nextRead()
        #expect(next == model.nextRead(), comment)
        if let next { handedOut.append(next) }
      case 6:
        let limit = [1, 3, 64].randomElement(using: &random)!
        let next = lanes.nextWrites(limit: limit)
        #expect(next == model.nextWrites(limit: limit), comment)
        handedOut += next
      case 7:
        let next = lanes.nextPassword()
        #expect(next == model.nextPassword(), comment)
        if let next {
          if model.calls.contains(where: { $0.ticket == next && $0.state == .hashing }) {
            atWorker = next
          } else {
            handedOut.append(next)
          }
        }
      case 8:
        let next = lanes.nextLong()
        #expect(next == model.nextLong(), comment)
        if let next { handedOut.append(next) }
      case 9:
        let next = lanes.nextExclusive()
        #expect(next == model.nextExclusive(), comment)
        if let next { handedOut.append(next) }
      case 10:
        if let ticket = atWorker {
          #expect(lanes.hashed(ticket) == model.hashed(ticket), comment)
          atWorker = nil
        }
      case 11:
        if let call = model.calls.randomElement(using: &random) {
          #expect(lanes.abandon(call.ticket) == model.abandon(call.ticket), comment)
        }
      default:
        if let index = handedOut.indices.randomElement(using: &random) {
          let ticket = handedOut.remove(at: index)
          lanes.done(ticket)
          model.done(ticket)
        }
      }
      #expect(lanes.count == model.calls.count, comment)
      #expect(lanes.plainWrites == model.calls.count { $0.lane == .write }, comment)
      #expect(lanes.hasBarrier == model.calls.contains(where: \.isBarrier), comment)
      waited = max(waited, model.calls.count)
      if step % 5 > 0 { continue }
      var future = model
      let startable = lanes.startable
      #expect(startable.contains(.read) == (future.nextRead() != nil), comment)
      future = model
      #expect(startable.contains(.write) == !future.nextWrites(limit: 1).isEmpty, comment)
      future = model
      #expect(startable.contains(.password) == (future.nextPassword() != nil), comment)
      future = model
      #expect(startable.contains(.long) == (future.nextLong() != nil), comment)
      future = model
      #expect(startable.contains(.exclusive) == (future.nextExclusive() != nil), comment)
    }

    // Left alone, everything that was sent comes to an end.
    for _ in 0..<3_000 where lanes.count > 0 || atWorker != nil {
      if let ticket = atWorker { _ = lanes.hashed(ticket) }
      atWorker = nil
      for ticket in handedOut { lanes.done(ticket) }
      handedOut = lanes.nextWrites() + [lanes.nextRead(), lanes.nextLong(), lanes.nextExclusive()].compactMap { $0 }
      if let ticket = lanes.nextPassword() {
        if model.calls.contains(where: { $0.ticket == ticket && $0.lane == .hashingWrite }) {
          atWorker = ticket
        } else {
          handedOut.append(ticket)
        }
      }
    }
    #expect(lanes.count == 0, "seed \(seed) left calls behind")
    #expect(waited > 1)
  }
}
