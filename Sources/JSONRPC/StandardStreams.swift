/// Takes stdin and stdout away from everyone else in the process, before anything can print or spawn.

import Glibc

/// A system call that failed.
package struct SystemCallError: Error, Sendable, Equatable {
  package let call: String
  package let errno: Int32
}

package enum StandardStreams {
  /// Keeps private close-on-exec copies of descriptors 0 and 1, points 0 at `/dev/null` and 1 at stderr, and ignores SIGPIPE and SIGXFSZ.
  ///
  /// From here on no stray print breaks the wire and no child eats a request. A stdin that was closed reads as ended, a stdout
  /// that was closed as one whose reader is gone. To be called once, first of all, with no other thread running.
  package static func guardStreams() throws(SystemCallError) -> (input: Int32, output: Int32) {
    // An ignored signal stays ignored in the children; whoever starts them gives them the default back.
    signal(SIGPIPE, SIG_IGN)
    // A file that may not grow any further is an error like any other.
    signal(SIGXFSZ, SIG_IGN)
    let null = try check("open", open("/dev/null", O_RDWR | O_CLOEXEC))
    // Nothing that is opened later may land on a standard descriptor.
    let hasInput = isOpen(STDIN_FILENO) && null != STDIN_FILENO
    let hasOutput = isOpen(STDOUT_FILENO) && null != STDOUT_FILENO
    if !isOpen(STDERR_FILENO) || null == STDERR_FILENO { try check("dup2", dup2Inherited(null, STDERR_FILENO)) }
    let input = try check("fcntl", fcntl(hasInput ? STDIN_FILENO : null, F_DUPFD_CLOEXEC, 3))
    let output = hasOutput ? try check("fcntl", fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)) : try brokenPipe()
    try check("dup2", dup2Inherited(null, STDIN_FILENO))
    try check("dup2", dup2Inherited(STDERR_FILENO, STDOUT_FILENO))
    if null > STDERR_FILENO { close(null) }
    return (input, output)
  }

  private static func isOpen(_ descriptor: Int32) -> Bool {
    fcntl(descriptor, F_GETFD) >= 0
  }

  /// `dup2` that also clears close-on-exec where both are the same.
  private static func dup2Inherited(_ source: Int32, _ target: Int32) -> Int32 {
    source == target ? fcntl(target, F_SETFD, 0) : dup2(source, target)
  }

  /// The writing end of a pipe that nobody reads.
  private static func brokenPipe() throws(SystemCallError) -> Int32 {
    var ends: [Int32] = [-1, -1]
    try check("pipe", pipe(&ends))
    let output = try check("fcntl", fcntl(ends[1], F_DUPFD_CLOEXEC, 3))
    close(ends[0])
    close(ends[1])
    return output
  }

  @discardableResult
  private static func check(_ call: String, _ result: Int32) throws(SystemCallError) -> Int32 {
    if result < 0 { throw SystemCallError(call: call, errno: errno) }
    return result
  }
}
