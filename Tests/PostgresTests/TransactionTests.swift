// Transactions: committed, rolled back, and run again after real conflicts.
import Glibc
import Postgres
import TestSupport
import Testing

@Suite struct TransactionTests {
  struct Fault: PostgresFailure {
    let postgresError: PostgresError?
    init(_ error: PostgresError) { postgresError = error }
    init() { postgresError = nil }
  }

  private let read = Statement<Void, Int64>("read", "select sum(n)::int8 from c") { row in try row.int8() }
  private let insert = Statement<Int64, Void>("insert", "insert into c values ($1::int8)") { $1.int8($0) }

  @Test func commitsOrRollsBack() throws {
    let connection = try connect()
    try connection.script("create temporary table c (n int8)")
    let value = try connection.transaction { () throws(PostgresError) in
      try connection.execute(insert, 5)
      return try connection.first(read)
    }
    #expect(value == 5 && !connection.inTransaction)
    do {
      try connection.transaction(failure: Fault.self) { () throws(Fault) in
        do throws(PostgresError) { try connection.execute(insert, 6) } catch { throw Fault(error) }
        throw Fault()
      }
      Issue.record("nothing was thrown")
    } catch { #expect(error.postgresError == nil) }
    #expect(!connection.inTransaction)
    #expect(try connection.first(read) == 5)
    let nested = try failure {
      try connection.transaction { () throws(PostgresError) in try connection.transaction { () throws(PostgresError) in } }
    }
    guard case .misuse = nested else { return wrong("\(nested)") }
  }

  @Test func modesAreWhatTheySay() throws {
    let connection = try connect()
    for (mode, isolation, readOnly) in [
      (TransactionMode.readCommitted, "read committed", "off"), (.snapshot, "repeatable read", "on"),
      (.serializable, "serializable", "off"),
      (.readOnly, "read committed", "on"), (.repeatableRead, "repeatable read", "off"),
    ] {
      try connection.transaction(mode) { () throws(PostgresError) in
        #expect(try connection.text("show transaction_isolation") == isolation)
        #expect(try connection.text("show transaction_read_only") == readOnly)
      }
    }
    #expect(
      try failure {
        try connection.transaction(.readOnly) { () throws(PostgresError) in
          _ = try connection.script("create table nope (n int8)")
        }
      }.state == .readOnlyTransaction)
  }

  @Test func serializationFailuresAreRetried() throws {
    let configuration = try TestCluster.shared.freshDatabase()
    let other = try connect(configuration)
    try other.script("create table c (n int8); insert into c values (1)")
    let connection = try connect(configuration)
    var tries = 0
    let seen = try connection.transaction(.repeatableRead) { () throws(PostgresError) in
      tries += 1
      let sum = try connection.first(read)
      if tries <= 2 { try other.script("update c set n = n + 10") }
      try connection.script("update c set n = n + 100")
      return sum
    }
    #expect(tries == 3 && seen == 21)
    #expect(try connection.first(read) == 121)
  }

  @Test func concurrentSerializableWritersLoseNothing() throws {
    let configuration = try TestCluster.shared.freshDatabase()
    try connect(configuration).script("create table c (n int8)")
    let threads = (0..<2).map { _ in
      TestThread {
        let connection = try connect(configuration)
        for _ in 0..<40 {
          try connection.transaction(.serializable, attempts: 50) { () throws(PostgresError) in
            let count = try connection.first(Statement<Void, Int64>("count", "select count(*) from c") { try $0.int8() }) ?? 0
            try connection.execute(insert, count)
          }
        }
      }
    }
    for thread in threads { try thread.value() }
    let rows = try connect(configuration).script("select n from c order by n").map { $0[0] }
    #expect(rows == (0..<80).map { String($0) })
  }

  @Test func triesAreBounded() throws {
    let connection = try connect()
    var tries = 0
    let error = try failure {
      try connection.transaction(attempts: 3) { () throws(PostgresError) in
        tries += 1
        try connection.script("do $$ begin raise exception 'again' using errcode = '40001'; end $$")
      }
    }
    #expect(error.state == .serializationFailure && error.isRetryable && tries == 3)
    tries = 0
    let once = try failure {
      try connection.transaction { () throws(PostgresError) in
        tries += 1
        try connection.script("select 1 / 0")
      }
    }
    #expect(once.state?.code == "22012" && tries == 1 && !connection.inTransaction)
  }

  @Test func deadlocksAreRetried() throws {
    let configuration = try TestCluster.shared.freshDatabase().with(setting: "deadlock_timeout", "50ms")
    try connect(configuration).script("create table c (id int primary key, n int8); insert into c values (1, 0), (2, 0)")
    let tries = Box(0)
    let threads = [[1, 2], [2, 1]].map { order in
      TestThread {
        let connection = try connect(configuration)
        try connection.transaction { () throws(PostgresError) in
          tries.change { $0 += 1 }
          for id in order {
            try connection.script("update c set n = n + 1 where id = \(id)")
            usleep(100_000)
          }
        }
      }
    }
    for thread in threads { try thread.value() }
    #expect(tries.value >= 3)
    #expect(try connect(configuration).script("select n from c") == [["2"], ["2"]])
  }

  @Test func anInterruptDuringTheBodyRollsBack() throws {
    let connection = try connect()
    try connection.script("create temporary table c (n int8)")
    let interrupt = connection.interrupt
    let error = try failure {
      try connection.transaction { () throws(PostgresError) in
        try connection.execute(insert, 5)
        interrupt.raise()
      }
    }
    guard case .interrupted = error else { return wrong("\(error)") }
    interrupt.reset()
    #expect(!connection.inTransaction && connection.isUsable)
    #expect(try connection.text("select count(*) from c") == "0")
  }

  @Test func anInterruptDuringCommitIsAnsweredWithTheOutcome() throws {
    let connection = try connect()
    try connection.script(
      """
      create temporary table c (n int8);
      create function pg_temp.slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.3); return null; end $$;
      create constraint trigger slow after insert on c deferrable initially deferred for each row execute function pg_temp.slow();
      """)
    let interrupt = connection.interrupt
    try connection.begin()
    try connection.execute(insert, 1)
    let other = TestThread {
      usleep(100_000)
      interrupt.raise()
    }
    try connection.commit()
    try other.value()
    interrupt.reset()
    #expect(try connection.text("select count(*) from c") == "1")
  }
}
