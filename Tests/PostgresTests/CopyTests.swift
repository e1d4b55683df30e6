// Rows in bulk: all of them arrive, and however a copy ends, the connection is good and the error is the right one.
import Glibc
import Postgres
import TestSupport
import Testing

@Suite struct CopyTests {
  private struct Own: Error, Equatable { let number: Int }

  private let copy = "copy t (n, word) from stdin"

  private func table(_ configuration: ConnectionConfiguration = TestCluster.shared.configuration) throws -> Connection {
    let connection = try connect(configuration)
    try connection.script("create temporary table t (n int8 primary key, word text)")
    return connection
  }

  @Test func aHundredThousandRowsInPiecesOfAnySize() throws {
    let connection = try table()
    let seed = UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    var dice = Dice(seed: seed)
    let rows = (0..<100_000).map { "\($0)\tword \($0 * 7)\\n\n" }.joined()
    let count = try connection.copyIn(copy) { writer in
      try Array(rows.utf8).withUnsafeBytes { bytes in
        var rest = bytes[...]
        while !rest.isEmpty {
          let piece = rest.prefix(Int.random(in: 0...(Bool.random(using: &dice) ? 300 : 400_000), using: &dice))
          try writer.write(UnsafeRawBufferPointer(rebasing: piece))
          rest = rest.dropFirst(piece.count)
        }
      }
    }
    #expect(count == 100_000)
    let told = try connection.script("select count(*), sum(n), count(*) filter (where word = 'word ' || n * 7 || chr(10)) from t")
    #expect(told == [["100000", "4999950000", "100000"]])
  }

  @Test func noRowsAtAll() throws {
    let connection = try table()
    #expect(try connection.copyIn(copy) { _ in } == 0)
    #expect(try connection.copyIn(copy) { try $0.write(text: "") } == 0)
  }

  @Test(arguments: [1, 300_000]) func aBadRowGivesTheServersError(_ more: Int) throws {
    let connection = try table()
    for inBlock in [false, true] {
      if inBlock { try connection.begin() }
      let error = try failure {
        _ = try connection.copyIn(copy) { writer in
          try writer.write(text: "1\ta\nbad\tb\n")
          for index in 0..<more { try writer.write(text: "\(index + 2)\tc\n") }
        }
      }
      #expect(error.state == .init("22P02"), "\(error.logText)")
      #expect(connection.isUsable && connection.inFailedTransaction == inBlock)
      connection.rollback()
      #expect(try connection.text("select count(*) from t") == "0")
    }
  }

  @Test func aConstraintIsNamed() throws {
    let connection = try table()
    let error = try failure { _ = try connection.copyIn(copy) { try $0.write(text: "1\ta\n1\tb\n") } }
    #expect(error.state == .uniqueViolation && error.constraint == "t_pkey")
    #expect(try connection.run(one) == [1])
  }

  @Test func anErrorOfTheBodyIsThrownOn() throws {
    let connection = try table()
    for rows in [0, 1, 200_000] {
      try connection.begin()
      let own = #expect(throws: Own.self) {
        try connection.copyIn(copy) { writer in
          for index in 0..<rows { try writer.write(text: "\(index)\tx\n") }
          throw Own(number: rows)
        }
      }
      #expect(own == Own(number: rows))
      #expect(connection.isUsable && connection.inFailedTransaction)
      connection.rollback()
      #expect(try connection.text("select count(*) from t") == "0")
    }
  }

  @Test func anInterruptInTheMiddle() throws {
    let connection = try table()
    let interrupt = connection.interrupt
    try connection.begin()
    let other = TestThread {
      usleep(50_000)
      interrupt.raise()
    }
    let error = try failure {
      _ = try connection.copyIn(copy) { writer in
        for index in 0..<Int.max { try writer.write(text: "\(index)\tx\n") }
      }
    }
    guard case .interrupted = error else { return wrong("\(error.logText)") }
    try other.value()
    #expect(connection.isUsable && connection.inFailedTransaction)
    interrupt.reset()
    connection.rollback()
    #expect(try connection.text("select count(*) from t") == "0")
  }

  @Test func aBodyThatGoesOnAfterAnInterruptChangesNothing() throws {
    let connection = try table()
    var refused = 0
    let error = try failure {
      _ = try connection.copyIn(copy) { writer in
        try writer.write(text: "1\tx\n")
        connection.interrupt.raise()
        let piece = String(repeating: "2\tx\n", count: 50_000)
        for _ in 0..<3 {
          do throws(PostgresError) { try writer.write(text: piece) } catch { refused += 1 }
        }
      }
    }
    guard case .interrupted = error else { return wrong("\(error.logText)") }
    #expect(refused == 3)
    connection.interrupt.reset()
    #expect(try connection.text("select count(*) from t") == "0")
  }

  @Test func aDeadlinePassesWhileTheServerDoesNotRead() throws {
    let configuration = try TestCluster.shared.freshDatabase()
    let holder = try connect(configuration)
    try holder.script("create table t (n int8 primary key, word text)")
    try holder.begin()
    try holder.script("insert into t values (5)")
    let connection = try connect(configuration)
    connection.deadline = soon(.milliseconds(200))
    let start = ContinuousClock().now
    let error = try failure {
      _ = try connection.copyIn(copy) { writer in
        for index in 0..<Int.max { try writer.write(text: "\(index)\tx\n") }
      }
    }
    guard case .deadlineExceeded = error else { return wrong("\(error.logText)") }
    let spent = ContinuousClock().now - start
    #expect(spent >= .milliseconds(199) && spent < .seconds(3))
    connection.deadline = nil
    #expect(try connection.run(one) == [1])
    connection.deadline = soon(.milliseconds(200))
    let atStart = try failure {
      try holder.script("lock table t in access exclusive mode")
      _ = try connection.copyIn(copy) { _ in wrong("the copy has begun") }
    }
    guard case .deadlineExceeded = atStart else { return wrong("\(atStart.logText)") }
    connection.deadline = nil
    #expect(try connection.run(one) == [1])
  }

  @Test func anErrorOfTheBodyDoesNotWaitForALock() throws {
    let configuration = try TestCluster.shared.freshDatabase()
    let holder = try connect(configuration)
    try holder.script("create table t (n int8 primary key, word text)")
    try holder.begin()
    try holder.script("insert into t values (5)")
    let connection = try connect(configuration)
    let start = ContinuousClock().now
    #expect(throws: Own.self) {
      try connection.copyIn(copy) { writer in
        for index in 0..<10_000 { try writer.write(text: "\(index)\tx\n") }
        throw Own(number: 1)
      }
    }
    #expect(ContinuousClock().now - start < .seconds(3))
    #expect(try connection.run(one) == [1])
  }

  @Test func theServerKilledInTheMiddle() throws {
    for inBlock in [false, true] {
      let connection = try table()
      if inBlock { try connection.begin() }
      let process = connection.processID
      let other = TestThread {
        usleep(50_000)
        try connect().script("select pg_terminate_backend(\(process))")
      }
      let error = try failure {
        _ = try connection.copyIn(copy) { writer in
          for index in 0..<Int.max { try writer.write(text: "\(index)\tx\n") }
        }
      }
      guard case .connectionLost(let loss) = error else { return wrong("\(error.logText)") }
      #expect(!loss.outcomeUnknown && !connection.isUsable)
      try other.value()
    }
  }

  @Test func aCopyThatNobodyEndedIsEndedByTheNextUse() throws {
    let connection = try table()
    let writer = try connection.startCopy(copy)
    try writer.write(text: "1\tx\n")
    #expect(try connection.text("select count(*) from t") == "0")
    for attempt in [{ try writer.write(text: "2\tx\n") }, { _ = try writer.finish() }] {
      let error = try failure { try attempt() }
      guard case .misuse = error else { return wrong("\(error)") }
    }
    writer.giveUp()
    try connection.begin()
    let second = try connection.startCopy(copy)
    try second.write(text: "3\tx\n")
    #expect(try second.finish() == 1)
    _ = try connection.startCopy(copy)
    connection.rollback()
    #expect(connection.isUsable && !connection.inTransaction)
    #expect(try connection.text("select count(*) from t") == "0")
  }

  @Test func whatIsNoCopyIsRefused() throws {
    let connection = try table()
    for sql in ["select 1", "", "begin; rollback"] {
      let error = try failure { _ = try connection.copyIn(sql) { _ in } }
      guard case .misuse = error else { return wrong(sql) }
      #expect(try connection.run(one) == [1])
    }
    #expect(try failure { _ = try connection.copyIn("copy nowhere from stdin") { _ in } }.state == .undefinedTable)
    #expect(try connection.run(one) == [1])
    let out = try failure { _ = try connection.copyIn("copy t to stdout") { _ in } }
    guard case .misuse = out else { return wrong("\(out)") }
    #expect(!connection.isUsable)
    let two = try table()
    #expect(throws: PostgresError.self) { try two.copyIn("copy t from stdin; copy t from stdin") { _ in } }
    #expect(!two.isUsable)
  }
}

extension CopyWriter {
  fileprivate func write(text: String) throws(PostgresError) {
    let bytes = Array(text.utf8)
    var failure: PostgresError?
    bytes.withUnsafeBytes { bytes in
      do throws(PostgresError) { try write(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
