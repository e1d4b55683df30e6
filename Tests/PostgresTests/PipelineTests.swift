// Pipelines: order, errors in the middle, big batches, and what is left of one that nobody synced.
import Postgres
import TestSupport
import Testing

@Suite struct PipelineTests {
  private let create = "create temporary table t (n int8 primary key)"
  private let insert = Statement<Int64, Void>("insert", "insert into t values ($1::int8)") { $1.int8($0) }
  private let all = Statement<Void, Int64>("all", "select n from t order by n") { row in try row.int8() }

  @Test func answersComeInOrder() throws {
    let connection = try connect()
    try connection.script(create)
    let pipeline = connection.pipeline()
    for round in 0..<3 {
      try pipeline.begin()
      let inserted = try (0..<10).map { try pipeline.send(insert, Int64(round * 10 + $0)) }
      let read = try pipeline.send(all)
      let number = try pipeline.send(echo, 42)
      try pipeline.commit()
      try pipeline.sync()
      #expect(inserted.map(\.affected) == Array(repeating: 1, count: 10))
      #expect(try read.rows() == Array(0..<Int64(round * 10 + 10)))
      #expect(try number.first() == 42)
      #expect(!connection.inTransaction)
    }
  }

  @Test func anErrorInTheMiddleUndoesAll() throws {
    let connection = try connect()
    try connection.script(create)
    let pipeline = connection.pipeline()
    let before = try pipeline.send(insert, 1)
    let bad = try pipeline.send(divide, 0)
    let after = try pipeline.send(insert, 2)
    let fresh = try pipeline.send(echo, 3)
    let error = try failure { try pipeline.sync() }
    #expect(error.state?.code == "22012")
    for pending in [before, after] { #expect(try failure { _ = try pending.rows() }.state?.code == "22012") }
    #expect(try failure { _ = try bad.rows() }.state?.code == "22012")
    #expect(try failure { _ = try fresh.rows() }.state?.code == "22012")
    #expect(error.logText.contains("divide"))
    #expect(try connection.run(all) == [])
    // A statement whose preparation was skipped is prepared at its next use.
    #expect(try connection.run(echo, 3) == [3])
    #expect(try connection.run(divide, 5) == [2])
  }

  @Test func aStatementThatCannotBePreparedFailsItsPipelineOnly() throws {
    let connection = try connect()
    try connection.script(create)
    let nonsense = Statement<Void, Void>("nonsense", "select from where")
    let pipeline = connection.pipeline()
    try pipeline.send(insert, 1)
    try pipeline.send(nonsense)
    try pipeline.send(insert, 2)
    #expect(try failure { try pipeline.sync() }.state?.code == "42601")
    try pipeline.send(insert, 7)
    try pipeline.sync()
    #expect(try connection.run(all) == [7])
    #expect(try failure { _ = try connection.run(nonsense) }.state?.code == "42601")
    #expect(try failure { _ = try connection.run(nonsense) }.state?.code == "42601")
  }

  @Test func anErrorInABlockLeavesItToBeRolledBack() throws {
    let connection = try connect()
    try connection.script(create)
    let pipeline = connection.pipeline()
    try pipeline.begin()
    try pipeline.send(insert, 1)
    try pipeline.send(insert, 1)
    try pipeline.commit()
    let error = try failure { try pipeline.sync() }
    #expect(error.state == .uniqueViolation && error.constraint == "t_pkey")
    #expect(connection.inFailedTransaction)
    connection.rollback()
    #expect(!connection.inTransaction)
    #expect(try connection.run(all) == [])
  }

  @Test func aCommitOfAFailedBlockIsAnError() throws {
    let connection = try connect()
    try connection.begin()
    _ = try failure { _ = try connection.run(divide, 0) }
    #expect(try failure { try connection.commit() }.state == .inFailedTransaction)
    try connection.begin()
    _ = try failure { _ = try connection.run(divide, 0) }
    let pipeline = connection.pipeline()
    try pipeline.commit()
    #expect(try failure { try pipeline.sync() }.state == .inFailedTransaction)
    #expect(try connection.run(one) == [1])
  }

  @Test func deferredConstraintsFailTheCommit() throws {
    let connection = try connect()
    try connection.script("create temporary table d (n int8 unique deferrable initially deferred)")
    let add = Statement<Int64, Void>("add", "insert into d values ($1::int8)") { $1.int8($0) }
    let pipeline = connection.pipeline()
    try pipeline.begin()
    let first = try pipeline.send(add, 1)
    try pipeline.send(add, 1)
    try pipeline.commit()
    #expect(try failure { try pipeline.sync() }.state == .uniqueViolation)
    #expect(try failure { _ = try first.rows() }.state == .uniqueViolation)
    #expect(!connection.inTransaction)
  }

  @Test func bigBatchesNeitherBlockNorGrow() throws {
    let connection = try connect()
    connection.deadline = soon(.seconds(60))
    let wide = Statement<String, String>(
      "wide", "select $1::text || 'x'", bind: { $1.text($0) }, decode: { row in try row.text() })
    let pipeline = connection.pipeline()
    let text = String(repeating: "a", count: 20_000)
    let pendings = try (0..<2_000).map { _ in try pipeline.send(wide, text) }
    try pipeline.sync()
    for pending in pendings { #expect(try pending.first()?.utf8.count == 20_001) }
    let huge = String(repeating: "b", count: 30_000_000)
    let echoes = try (0..<3).map { _ in try pipeline.send(wide, huge) }
    try pipeline.sync()
    for pending in echoes { #expect(try pending.first()?.utf8.count == 30_000_001) }
    #expect(try connection.run(wide, huge).first?.utf8.count == 30_000_001)
    #expect(try connection.run(one) == [1])
  }

  @Test func anErrorEarlyInABigBatch() throws {
    let connection = try connect()
    let pipeline = connection.pipeline()
    try pipeline.send(divide, 0)
    for index in 0..<20_000 { try pipeline.send(echo, Int64(index)) }
    #expect(try failure { try pipeline.sync() }.state?.code == "22012")
    #expect(try connection.run(echo, 5) == [5])
  }

  @Test func anUnsyncedPipelineIsUndone() throws {
    let connection = try connect()
    try connection.script(create)
    let pipeline = connection.pipeline()
    let lost = try pipeline.send(insert, 1)
    for index in 10..<3_000 { try pipeline.send(insert, Int64(index)) }
    let early = try failure { _ = try lost.rows() }
    guard case .misuse = early else { return wrong("\(early)") }
    #expect(try connection.run(all) == [])
    let late = try failure { _ = try lost.rows() }
    guard case .misuse = late else { return wrong("\(late)") }
    try connection.begin()
    try pipeline.send(insert, 1)
    connection.rollback()
    #expect(try connection.run(all) == [])
    try pipeline.sync()
  }

  @Test func decodingErrorsConcernTheirStatementOnly() throws {
    let connection = try connect()
    try connection.script(create)
    let narrow = Statement<Void, Int32>("narrow", "select 1::int8") { row in try row.int4() }
    let pipeline = connection.pipeline()
    let bad = try pipeline.send(narrow)
    let good = try pipeline.send(echo, 9)
    try pipeline.sync()
    let error = try failure { _ = try bad.rows() }
    guard case .decoding = error else { return wrong("\(error)") }
    #expect(try good.first() == 9)
  }
}
