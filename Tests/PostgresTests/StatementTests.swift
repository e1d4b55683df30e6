// Statements: prepared once, prepared anew when they must be, described, read row by row.
import Postgres
import TestSupport
import Testing

@Suite struct StatementTests {
  @Test func preparedOnceAConnection() throws {
    let connection = try connect()
    for index in 0..<5 { #expect(try connection.run(echo, Int64(index)) == [Int64(index)]) }
    try connection.prepare(echo)
    #expect(try connection.text("select count(*) from pg_prepared_statements") == "1")
  }

  @Test func preparedAnewWhenTheServerLostIt() throws {
    let connection = try connect()
    #expect(try connection.run(echo, 1) == [1])
    try connection.script("deallocate all")
    #expect(try failure { _ = try connection.run(echo, 2) }.state == .invalidStatementName)
    #expect(try connection.run(echo, 3) == [3])
    try connection.script("create temporary table t as select 1 as n")
    let all = Statement<Void, Int32>("all", "select * from t") { row in
      let value = try row.int4()
      row.skip()
      return value
    }
    let bare = Statement<Void, Int32>("bare", "select * from t") { row in try row.int4() }
    #expect(try connection.run(bare) == [1])
    try connection.script("alter table t add m int8")
    #expect(try failure { _ = try connection.run(bare) }.state == .featureNotSupported)
    #expect(try connection.run(all) == [1])
    let error = try failure { _ = try connection.run(bare) }
    guard case .decoding = error else { return wrong("\(error)") }
  }

  @Test func affectedRowsAndFirst() throws {
    let connection = try connect()
    try connection.script("create temporary table t (n int8)")
    let insert = Statement<Int64, Void>("insert", "insert into t select generate_series(1, $1::int8)") { $1.int8($0) }
    #expect(try connection.execute(insert, 12_345) == 12_345)
    #expect(try connection.execute(Statement<Void, Void>("delete", "delete from t where n > 100")) == 12_245)
    let some = Statement<Int64, Int64>(
      "some", "select n from t where n >= $1::int8 order by n", bind: { $1.int8($0) }, decode: { try $0.int8() })
    #expect(try connection.first(some, 50) == 50)
    #expect(try connection.first(some, 500) == nil)
  }

  @Test func descriptionsComeFromTheServer() throws {
    let statement = Statement<Void, Void>("d", "select $1::uuid as id, $2::int8[] as numbers, now() as at")
    let description = try connect().describe(statement)
    #expect(description.parameterTypes == [2950, 1016])
    #expect(description.columns.map(\.name) == ["id", "numbers", "at"] && description.columns.map(\.type) == [2950, 1016, 1184])
  }

  @Test func rowByRow() throws {
    struct Enough: PostgresFailure {
      var postgresError: PostgresError?
      init(_ error: PostgresError) { postgresError = error }
    }
    let connection = try connect()
    let many = Statement<Int64, Int64>(
      "many", "select generate_series(1, $1::int8)", bind: { $1.int8($0) }, decode: { row in try row.int8() })
    var sum: Int64 = 0
    try connection.forEachRow(many, 10_000) { sum += $0 }
    #expect(sum == 50_005_000)
    var seen = 0
    do {
      try connection.forEachRow(many, 50_000_000, failure: Enough.self) { row throws(Enough) in
        seen += 1
        if row == 1_000 { throw Enough(.misuse("enough")) }
      }
      Issue.record("nothing was thrown")
    } catch {
      guard case .misuse = error.postgresError else { return wrong("\(error)") }
    }
    #expect(seen == 1_000)
    #expect(try connection.run(one) == [1])
    let half = try failure {
      try connection.forEachRow(
        Statement<Void, Int32>("half", "select 10 / (3 - n) from generate_series(1, 5) n") { try $0.int4() }, ()
      ) { _ in }
    }
    #expect(half.state?.code == "22012")
    #expect(try connection.run(one) == [1])
  }

  @Test func scriptsReturnTheLastRowsAndFailAsAWhole() throws {
    let connection = try connect()
    #expect(try connection.script("select 1; select 'a', null") == [["a", nil]])
    #expect(try connection.script("") == [])
    try connection.script("create temporary table t (n int8)")
    #expect(
      try failure { try connection.script("insert into t values (1); select 1 / 0; insert into t values (2)") }.state?.code
        == "22012")
    #expect(try connection.text("select count(*) from t") == "0")
  }

  @Test func statesAreWhatTheySay() {
    #expect(SQLState.uniqueViolation.code == "23505" && SQLState.uniqueViolation.isOfClass("23"))
    #expect(
      SQLState("40001") == .serializationFailure && SQLState.serializationFailure.isRetryable && SQLState("40P01").isRetryable)
    #expect(!SQLState.uniqueViolation.isRetryable && !SQLState.uniqueViolation.isConnectionFault)
    #expect(
      SQLState("08006").isConnectionFault && SQLState("57P01").isConnectionFault && !SQLState.queryCanceled.isConnectionFault)
  }
}
