// Rows in bulk: COPY … FROM STDIN, fed piece by piece while interrupt and deadline are watched.
import CLibPQ

/// One `COPY … FROM STDIN` under way, for the thread of its connection.
///
/// Every copy is ended by `finish()` or `giveUp()`. The connection's next use ends one that was not, as a failure; so does a write
/// that throws.
package final class CopyWriter {
  let connection: Connection
  let number: Int
  private var unsent = 0
  private var failure: PostgresError?

  init(_ connection: Connection, number: Int) {
    self.connection = connection
    self.number = number
  }

  /// Sends rows in the text format, in pieces of any size that need not end with a line.
  ///
  /// Throws `.interrupted`, `.deadlineExceeded` or `.connectionLost`; the copy has failed then, and every later call throws the
  /// same. A row that the server refuses is told by `finish()` only.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(PostgresError) {
    try check()
    var rest = bytes
    do throws(PostgresError) {
      while !rest.isEmpty {
        let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Limits.copyPiece))
        try connection.putCopyData(piece)
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
        unsent += piece.count
        if unsent >= Limits.copyPiece {
          unsent = 0
          try connection.pushCopy()
        }
      }
    } catch {
      failure = error
      connection.giveUpCopy()
      throw error
    }
  }

  /// Ends the copy and returns the number of rows it added. Throws the server's error if it refused one.
  package func finish() throws(PostgresError) -> Int {
    try check()
    failure = .misuse("the copy has ended")
    return try connection.finishCopy()
  }

  /// Ends the copy with an error: nothing of it is kept, and a transaction around it can only be rolled back.
  package func giveUp() {
    guard failure == nil, connection.openCopy == number else { return }
    failure = .misuse("the copy was given up")
    connection.giveUpCopy()
  }

  private func check() throws(PostgresError) {
    if let failure { throw failure }
    guard connection.openCopy == number else { throw .misuse("the copy was ended by another use of its connection") }
  }
}

extension Connection {
  /// Runs one `COPY … FROM STDIN` in the text format with the rows that `body` writes, and returns their number.
  ///
  /// When `body` throws, or the interrupt or the deadline strikes, the copy is ended as a failure, so that the connection stays
  /// good, and that error is thrown; else the server's, if it refused a row. `body` must not use the connection.
  package func copyIn(_ sql: String, _ body: (CopyWriter) throws -> Void) throws -> Int {
    let writer = try startCopy(sql)
    do {
      try body(writer)
    } catch {
      writer.giveUp()
      throw error
    }
    return try writer.finish()
  }

  /// Begins one `COPY … FROM STDIN` in the text format, for rows that come from where `copyIn` cannot be called around them.
  package func startCopy(_ sql: String) throws(PostgresError) -> CopyWriter {
    try beginOperation()
    mayHaveCommitted = mayHaveCommitted || !blockOpen
    guard PQsendQuery(handle, sql) == 1 else { throw lost() }
    try waitForResult()
    guard let pointer = PQgetResult(handle) else { throw lost() }
    let result = QueryResult(handle: pointer)
    switch result.outcome {
    case .copyIn:
      mayHaveCommitted = false
      copies += 1
      openCopy = copies
      return CopyWriter(self, number: copies)
    case .unsupported:
      abandon("COPY")
      throw .misuse("only COPY … FROM STDIN")
    case .failed:
      let failure = try error(result, nil)
      throw Self.told(failure, try drain())
    default:
      _ = try drain()
      throw .misuse("not a COPY … FROM STDIN")
    }
  }

  /// Reads what is left of the answers to a statement that did not become a copy.
  private func drain() throws(PostgresError) -> Cancellation.Reason? {
    while true {
      try waitForResult()
      guard let pointer = PQgetResult(handle) else { return try settle() }
      let result = QueryResult(handle: pointer)
      if result.outcome == .copyIn || result.outcome == .unsupported { throw lost(nil, "a second COPY in one text") }
    }
  }

  fileprivate func putCopyData(_ piece: UnsafeRawBufferPointer) throws(PostgresError) {
    let bytes = piece.bindMemory(to: CChar.self).baseAddress
    var put = PQputCopyData(handle, bytes, Int32(piece.count))
    if put == 0 {
      try pushCopy()
      put = PQputCopyData(handle, bytes, Int32(piece.count))
    }
    guard put == 1 else { throw lost() }
  }

  /// Sends what is queued, waiting for the socket as long as it takes.
  fileprivate func pushCopy() throws(PostgresError) {
    while true {
      let unsent = PQflush(handle)
      if unsent < 0 { throw lost() }
      if unsent == 0 { break }
      try waitForSocket(onlyToSend: true)
      if let cancellation { throw cancellation.reason.error }
    }
    try checkBells()
  }

  fileprivate func finishCopy() throws(PostgresError) -> Int {
    do throws(PostgresError) { try checkBells() } catch {
      giveUpCopy()
      throw error
    }
    openCopy = nil
    note(nil)
    guard PQputCopyEnd(handle, nil) == 1 else { throw lost() }
    return try collect(statement: nil).affected
  }

  /// Ends an open copy as a failure and awaits the server's answer. It is cancelled as well, since the server may be waiting for
  /// a lock instead of reading.
  func giveUpCopy() {
    guard openCopy != nil, broken == nil else { return }
    openCopy = nil
    guard PQputCopyEnd(handle, "given up by the client") == 1 else {
      _ = lost()
      return
    }
    startCancelling(.interrupted)
    do throws(PostgresError) { _ = try collect(statement: nil) } catch {
      // What the server says to it is known beforehand; a lost connection is told by the next call.
    }
  }
}
