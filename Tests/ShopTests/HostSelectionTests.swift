// Which of several servers is taken, by what each says of itself, and what is remembered from one process to the next.
import Glibc
import Postgres
import Testing

@testable import Shelflife

@Suite struct HostSelectionTests {
  private func answer(_ host: String, standby: Bool = false, system: Int64 = 7, timeline: Int, started: Int64 = 0) throws
    -> Hosts.Reply
  {
    .success(
      HostAnswer(
        configuration: try ConnectionConfiguration("host=\(host)"),
        standing: HostStanding(isStandby: standby, system: system, timeline: timeline, startedAt: started)))
  }

  private func silent(_ host: String) -> Hosts.Reply {
    .failure(ProvisionFailure(reason: "\(host) does not answer", logText: host, isTransient: true))
  }

  private enum Outcome: Equatable {
    case chosen(String, notes: Int)
    case refused(String)
  }

  private func choose(_ memory: ServerMemory = ServerMemory(file: nil), _ replies: Hosts.Reply...) -> Outcome {
    do throws(ProvisionFailure) {
      let choice = try HostSelection(memory: memory, hosts: replies.count).choose(among: replies)
      return .chosen(choice.configuration["host"] ?? "", notes: choice.notes.count)
    } catch {
      return .refused(error.reason)
    }
  }

  private func isRefused(_ outcome: Outcome, _ words: String) -> Bool {
    if case .refused(let reason) = outcome { reason.contains(words) } else { false }
  }

  @Test func theWriterOnTheHighestTimelineIsTaken() throws {
    let none = ServerMemory(file: nil)
    #expect(choose(none, try answer("a", timeline: 1), try answer("b", standby: true, timeline: 1)) == .chosen("a", notes: 0))
    #expect(choose(none, silent("a"), try answer("b", timeline: 2)) == .chosen("b", notes: 0))
    #expect(choose(none, try answer("a", timeline: 1), try answer("b", timeline: 2, started: 1)) == .chosen("b", notes: 1))
    // Two names of one server.
    #expect(
      choose(none, try answer("a", timeline: 3, started: 5), try answer("b", timeline: 3, started: 5)) == .chosen("a", notes: 0))
  }

  @Test func whatIsNotSafeIsRefusedInWords() throws {
    let none = ServerMemory(file: nil)
    #expect(
      isRefused(
        choose(none, try answer("a", timeline: 2, started: 1), try answer("b", timeline: 2, started: 2)), "stop one of them"))
    #expect(
      isRefused(choose(none, try answer("a", timeline: 1), try answer("b", system: 8, timeline: 1)), "not copies of one server"))
    #expect(isRefused(choose(none, try answer("a", standby: true, timeline: 1), silent("b")), "standby"))
    #expect(isRefused(choose(none, try answer("a", standby: true, timeline: 1)), "standby"))
    #expect(choose(none, silent("a")) == .refused("a does not answer"))
    // The standby of the new primary, which is not within reach itself, shows that the other was replaced.
    #expect(
      isRefused(
        choose(none, try answer("a", timeline: 1), try answer("b", standby: true, timeline: 2), silent("c")), "old primary"))
  }

  @Test func aServerThatWasReplacedStaysOutside() throws {
    let memory = ServerMemory(file: nil)
    #expect(memory.note(7, timeline: 2) == nil)
    #expect(isRefused(choose(memory, try answer("a", timeline: 1)), "old primary"))
    #expect(isRefused(choose(memory, try answer("a", timeline: 1), silent("b")), "timeline 2"))
    #expect(choose(memory, try answer("a", timeline: 3)) == .chosen("a", notes: 0))
    #expect(isRefused(choose(memory, try answer("a", system: 8, timeline: 9)), "another server"))
    #expect(
      choose(memory, try answer("a", system: 8, timeline: 9), try answer("b", timeline: 2)) == .chosen("b", notes: 0),
      "a stranger beside the shop's own server is let be")
  }

  @Test func theMemoryOutlivesTheProcess() throws {
    let folder = "/tmp/shelflife-memory-\(getpid())"
    let file = folder + "/servers"
    defer {
      unlink(file)
      rmdir(folder)
    }
    let first = ServerMemory(file: file)
    #expect(first.note(7, timeline: 1) == nil)
    #expect(access(folder, F_OK) != 0, "before a promotion there is nothing to know")
    #expect(first.note(7, timeline: 2) == nil && first.note(7, timeline: 4) == nil && first.note(9, timeline: 3) == nil)

    let second = ServerMemory(file: file)
    #expect(second.timeline(of: 7) == 4 && second.timeline(of: 9) == 3 && second.timeline(of: 1) == 0)
    #expect(second.servedSystem == nil, "a shop may have moved to another server")
    #expect(isRefused(choose(second, try answer("a", timeline: 2)), file))

    // A line that a power cut left unfinished spoils no other.
    let cut = open(file, O_WRONLY | O_APPEND)
    _ = write(cut, "7 9", 3)
    close(cut)
    let third = ServerMemory(file: file)
    #expect(third.timeline(of: 7) == 4)
    #expect(third.note(7, timeline: 5) == nil)
    #expect(ServerMemory(file: file).timeline(of: 7) >= 5)
  }
}
