// Interrupts, deadlines and connections that die: the outcome is always known or said to be unknown.
import Glibc
import Postgres
import TestSupport
import Testing

@Suite struct FaultTests {
  @Test func anInterruptStopsAStatement() throws {
    let connection = try connect()
    let interrupt = connection.interrupt
    for _ in 0..<3 {
      let other = TestThread {
        usleep(50_000)
        interrupt.raise()
      }
      let start = ContinuousClock().now
      let error = try failure { _ = try connection.run(sleep10) }
      guard case .interrupted = error else { return wrong("\(error)") }
      #expect(ContinuousClock().now - start < .seconds(3))
      try other.value()
      let refused = try failure { _ = try connection.run(one) }
      guard case .interrupted = refused else { return wrong("\(refused)") }
      interrupt.reset()
      #expect(try connection.run(one) == [1])
    }
  }

  /// What else the thread has to wait for is told once, and the wait goes on; also where the interrupt is not listened to.
  @Test(arguments: [false, true])
  func aBystanderIsToldOnce(isShielded: Bool) throws {
    let connection = try connect()
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let (reading, writing) = (ends[0], ends[1])
    let sleep = Statement<Void, Int32>("wait", "select 7 from pg_sleep(0.5)") { row in try row.int4() }
    func run() throws -> [Int32] {
      isShielded ? try connection.shielded(for: .seconds(5)) { try connection.run(sleep) } : try connection.run(sleep)
    }
    var told: [ContinuousClock.Instant] = []
    func watch() {
      connection.watch([pollfd(fd: reading, events: Int16(POLLIN), revents: 0)]) { told.append(ContinuousClock().now) }
    }
    watch()
    #expect(try run() == [7] && told.isEmpty)
    let other = TestThread {
      usleep(30_000)
      defer { _ = write(writing, "x", 1) }
      return ContinuousClock().now
    }
    #expect(try run() == [7])
    let end = ContinuousClock().now
    let ready = try other.value()
    #expect(told.count == 1 && told.allSatisfy { $0 >= ready && $0 < end - .milliseconds(50) })
    #expect(try run() == [7] && told.count == 1, "it is still readable")
    watch()
    connection.unwatch()
    #expect(try run() == [7] && told.count == 1)
    // Nothing is to be read now, and the interrupt is raised in the midst of the wait.
    var byte: UInt8 = 0
    #expect(read(reading, &byte, 1) == 1)
    watch()
    let interrupt = connection.interrupt
    let bell = TestThread {
      usleep(30_000)
      interrupt.raise()
    }
    if isShielded {
      #expect(try run() == [7] && told.count == 1)
    } else {
      try failure { _ = try run() }
      #expect(told.count == 2, "a cancellation may take its time")
    }
    try bell.value()
    interrupt.reset()
    #expect(try run() == [7])
  }

  @Test func aDeadlineStopsAStatement() throws {
    let connection = try connect()
    connection.deadline = soon(.milliseconds(100))
    let start = ContinuousClock().now
    let error = try failure { _ = try connection.run(sleep10) }
    guard case .deadlineExceeded = error else { return wrong("\(error)") }
    let spent = ContinuousClock().now - start
    #expect(spent >= .milliseconds(99) && spent < .seconds(3))
    let refused = try failure { _ = try connection.run(one) }
    guard case .deadlineExceeded = refused else { return wrong("\(refused)") }
    connection.deadline = nil
    #expect(try connection.run(one) == [1])
    connection.deadline = soon(.seconds(30))
    #expect(try connection.run(one) == [1])
  }

  @Test func anInterruptStopsAPipeline() throws {
    let connection = try connect()
    try connection.script("create temporary table t (n int8)")
    let insert = Statement<Int64, Void>("insert", "insert into t values ($1::int8)") { $1.int8($0) }
    let interrupt = connection.interrupt
    let pipeline = connection.pipeline()
    let first = try pipeline.send(insert, 1)
    try pipeline.send(sleep10)
    try pipeline.send(insert, 2)
    let other = TestThread {
      usleep(50_000)
      interrupt.raise()
    }
    let error = try failure { try pipeline.sync() }
    guard case .interrupted = error else { return wrong("\(error)") }
    let left = try failure { _ = try first.rows() }
    guard case .interrupted = left else { return wrong("\(left)") }
    try other.value()
    interrupt.reset()
    #expect(try connection.text("select count(*) from t") == "0")
  }

  @Test func anInterruptBetweenManySmallStatementsTakesEffect() throws {
    let connection = try connect()
    try connection.script("create temporary table t (n int8)")
    let insert = Statement<Int64, Void>("insert", "insert into t values ($1::int8)") { $1.int8($0) }
    let interrupt = connection.interrupt
    let pipeline = connection.pipeline()
    let other = TestThread {
      usleep(30_000)
      interrupt.raise()
    }
    let error = try failure {
      for index in 0..<3_000_000 { try pipeline.send(insert, Int64(index)) }
      try pipeline.sync()
    }
    guard case .interrupted = error else { return wrong("\(error)") }
    try other.value()
    interrupt.reset()
    #expect(connection.isUsable)
    #expect(try connection.text("select count(*) from t") == "0")
  }

  @Test func interruptsAtAnyMomentLeaveTheConnectionInOrder() throws {
    let connection = try connect()
    let interrupt = connection.interrupt
    let seed = UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    var dice = Dice(seed: seed)
    let pauses = (0..<60).map { _ in UInt32.random(in: 0...3000, using: &dice) }
    let other = TestThread {
      for pause in pauses {
        usleep(pause)
        interrupt.raise()
      }
    }
    let short = Statement<Pause, Int64>(
      "short", "select 7::int8 from pg_sleep($1::int8 / 1000000::numeric)", bind: { $1.int8($0.micros) },
      decode: { row in try row.int8() })
    var interrupted = 0
    let end = soon(.seconds(1))
    while ContinuousClock().now < end {
      do throws(PostgresError) {
        let micros = Int64.random(in: 0...800, using: &dice)
        let value = try connection.run(short, Pause(micros: micros))
        #expect(value == [7])
        #expect(try connection.run(echo, micros) == [micros])
      } catch {
        guard case .interrupted = error else { return wrong("\(error.logText)") }
        interrupted += 1
        interrupt.reset()
      }
    }
    try other.value()
    interrupt.reset()
    #expect(interrupted > 0)
    #expect(try connection.run(echo, 3) == [3])
  }

  @Test func theShieldHoldsOffInterrupts() throws {
    let connection = try connect()
    connection.interrupt.raise()
    connection.deadline = soon(.seconds(-1))
    let value = try connection.shielded(for: .seconds(5)) { () throws(PostgresError) in try connection.run(one) }
    #expect(value == [1])
    let late = try failure {
      try connection.shielded(for: .milliseconds(100)) { () throws(PostgresError) in _ = try connection.run(sleep10) }
    }
    guard case .deadlineExceeded = late else { return wrong("\(late)") }
    connection.interrupt.reset()
    connection.deadline = nil
    #expect(try connection.run(one) == [1])
  }

  @Test func aLockWaitEndsByDeadlineAndTheBlockIsRolledBack() throws {
    let configuration = try TestCluster.shared.freshDatabase()
    let holder = try connect(configuration)
    try holder.script("create table r (n int8); insert into r values (1)")
    try holder.begin()
    try holder.script("select * from r for update")
    let waiter = try connect(configuration)
    waiter.deadline = soon(.milliseconds(150))
    let error = try failure {
      try waiter.transaction { () throws(PostgresError) in _ = try waiter.script("update r set n = 2") }
    }
    guard case .deadlineExceeded = error else { return wrong("\(error)") }
    #expect(waiter.isUsable && !waiter.inTransaction)
    waiter.deadline = nil
    try holder.script("update r set n = 3")
    try holder.commit()
    #expect(try waiter.text("select n from r") == "3")
  }

  @Test func aBackendKilledMidQuery() throws {
    let connection = try connect()
    let process = connection.processID
    let other = TestThread {
      usleep(100_000)
      try connect().script("select pg_terminate_backend(\(process))")
    }
    let error = try failure { _ = try connection.run(sleep10) }
    try other.value()
    guard case .connectionLost(let loss) = error else { return wrong("\(error)") }
    #expect(loss.state == .adminShutdown && loss.outcomeUnknown && error.isConnectionFault && !connection.isUsable)
  }

  @Test func aBackendKilledBetweenQueries() throws {
    let admin = try connect()
    for probing in [true, false] {
      let connection = try connect()
      #expect(connection.probe())
      #expect(try connection.run(one) == [1])
      try admin.script("select pg_terminate_backend(\(connection.processID), 5000)")
      if probing { #expect(!connection.probe()) }
      let error = try failure { _ = try connection.run(one) }
      guard case .connectionLost(let loss) = error else { return wrong("\(error)") }
      #expect(loss.outcomeUnknown == !probing && !connection.isUsable)
    }
  }

  @Test func whatALossInABlockMeans() throws {
    let admin = try connect()
    let connection = try connect()
    try connection.begin()
    #expect(try connection.run(echo, 1) == [1])
    try admin.script("select pg_terminate_backend(\(connection.processID), 5000)")
    #expect(try !failure { _ = try connection.run(echo, 2) }.outcomeUnknown)

    let pipelined = try connect()
    let process = pipelined.processID
    let pipeline = pipelined.pipeline()
    try pipeline.begin()
    let pending = try pipeline.send(sleep10)
    let other = TestThread {
      usleep(100_000)
      try connect().script("select pg_terminate_backend(\(process))")
    }
    #expect(try !failure { try pipeline.sync() }.outcomeUnknown)
    #expect(try failure { _ = try pending.rows() }.isConnectionFault)
    try other.value()

    let committing = try connect()
    let last = committing.pipeline()
    try last.begin()
    try last.send(one)
    try last.commit()
    try admin.script("select pg_terminate_backend(\(committing.processID), 5000)")
    #expect(try failure { try last.sync() }.outcomeUnknown)
  }

  @Test func aBackendKilledUnderABigBatch() throws {
    let connection = try connect()
    let process = connection.processID
    let other = TestThread {
      usleep(30_000)
      try connect().script("select pg_terminate_backend(\(process))")
    }
    let pipeline = connection.pipeline()
    let error = try failure {
      for index in 0..<3_000_000 { try pipeline.send(echo, Int64(index)) }
      try pipeline.sync()
    }
    guard case .connectionLost = error else { return wrong("\(error)") }
    try other.value()
    for attempt in [{ _ = try pipeline.send(echo, 1) }, { try pipeline.sync() }, { _ = try connection.run(one) }] {
      let later = try failure { try attempt() }
      guard case .connectionLost(let loss) = later else { return wrong("\(later)") }
      #expect(!loss.outcomeUnknown)
    }
  }

  @Test func aServerThatNoLongerAnswersIsGivenUp() throws {
    let connection = try connect()
    let process = connection.processID
    #expect(try connection.run(one) == [1])
    connection.cancelGrace = .milliseconds(600)
    #expect(kill(process, SIGSTOP) == 0)
    defer { kill(process, SIGCONT) }
    connection.deadline = soon(.milliseconds(100))
    let start = ContinuousClock().now
    let error = try failure { _ = try connection.run(one) }
    guard case .connectionLost(let loss) = error else { return wrong("\(error)") }
    #expect(loss.outcomeUnknown && !connection.isUsable)
    let spent = ContinuousClock().now - start
    #expect(spent > .milliseconds(650) && spent < .seconds(4))
  }

  @Test func errorsNameWhatTheyConcernButTellNothingToUsers() throws {
    let connection = try connect()
    try connection.script(
      """
      create temporary table p (n int8 primary key);
      create temporary table c (n int8 not null references p, m int8 check (m > 0))
      """)
    let add = Statement<(Int64?, Int64), Void>("add", "insert into c values ($1::int8, $2::int8)") { value, p in
      p.int8(value.0)
      p.int8(value.1)
    }
    let cases: [((Int64?, Int64), SQLState, String?)] = [
      ((nil, 1), .notNullViolation, nil), ((77_177, 1), .foreignKeyViolation, "c_n_fkey"),
      ((77_177, -5), .checkViolation, "c_m_check"),
    ]
    for (input, state, constraint) in cases {
      let error = try failure { try connection.execute(add, input) }
      guard case .server(let report) = error else { return wrong("\(error)") }
      #expect(report.state == state && report.constraint == constraint && report.table == "c" && report.statement == "add")
      var shown = "\(error) \(String(reflecting: error)) "
      dump(error, to: &shown)
      #expect(!shown.contains("77177") && !shown.contains("insert") && !shown.contains("violates"))
      #expect(error.logText.contains(state.code) && error.logText.contains("violates"))
    }
    let syntax = try failure { try connection.script("select secret_thing from nowhere_at_all") }
    #expect(syntax.state == .undefinedTable && !"\(syntax)".contains("nowhere") && syntax.logText.contains("nowhere"))
  }

  @Test func copyIsRefused() throws {
    let connection = try connect()
    let error = try failure { try connection.script("copy (select 1) to stdout") }
    guard case .misuse = error else { return wrong("\(error)") }
    #expect(!connection.isUsable)
  }
}

/// A pause in microseconds.
struct Pause { let micros: Int64 }
