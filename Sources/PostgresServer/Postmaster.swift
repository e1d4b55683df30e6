/// One running server, either the supervisor's own child or an orphan that it took over.
import Glibc

final class Postmaster {
  let pid: pid_t
  let isChild: Bool
  private let adopted: ProcessIdentity?
  private(set) var ending: ChildProcess.Ending?

  init(child pid: pid_t) {
    self.pid = pid
    isChild = true
    adopted = nil
  }

  init(adopting process: ProcessIdentity) {
    pid = process.pid
    isChild = false
    adopted = process
  }

  /// Whether it still runs; reaps a child that does not. The ending of an orphan stays unknown.
  var isRunning: Bool {
    if let adopted { return ProcessTable.isAlive(adopted) }
    if ending != nil { return false }
    do throws(ServerFault) {
      ending = try ChildProcess.reap(pid)
    } catch {
      ending = .exited(-1)
    }
    return ending == nil
  }

  /// Whether it serves connections on the socket in `runtime`.
  func isReady(cluster: String, runtime: RuntimeDirectory) -> Bool {
    guard let file = PostmasterFile.read(cluster: cluster) else { return false }
    return file.pid == pid && file.status == .ready && runtime.hasServerSocket
  }

  /// Stops with a checkpoint, ending all sessions.
  func stopFast() { send(SIGINT) }

  /// Stops at once; the next start recovers.
  func stopImmediately() { send(SIGQUIT) }

  func stopByForce() { send(SIGKILL) }

  private func send(_ signal: Int32) {
    if isRunning { kill(pid, signal) }
  }
}
