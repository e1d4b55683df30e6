// Connecting, failing to, and what a session looks like.
import Glibc
import Postgres
import TestSupport
import Testing

@Suite struct ConnectionTests {
  @Test func sessionsAreSetUpTheSameEverywhere() throws {
    let configuration = try TestCluster.shared.freshDatabase().with(setting: "search_path", "\"a b\", \"c\\d\"")
    let admin = try connect()
    try admin.script("alter database \(configuration.database ?? "") set timezone = 'Asia/Tokyo'")
    try admin.script("alter database \(configuration.database ?? "") set default_transaction_isolation = 'serializable'")
    let connection = try connect(configuration)
    #expect(try connection.text("show timezone") == "UTC")
    #expect(try connection.text("show client_encoding") == "UTF8")
    #expect(try connection.text("show default_transaction_isolation") == "read committed")
    #expect(try connection.text("show search_path") == "\"a b\", \"c\\d\"")
    #expect(try connection.text("show application_name") == "shelflife")
    #expect(connection.serverVersion >= 130000)
    #expect(connection.parameterStatus("TimeZone") == "UTC")
  }

  @Test func connectionStrings() throws {
    let directory = TestCluster.shared.directory.split(separator: "/").joined(separator: "%2F")
    for text in [
      "postgresql://postgres@%2F\(directory)/postgres?application_name=till%201&options=-c%20work_mem%3D5MB",
      "host=\(TestCluster.shared.directory) user=postgres dbname=postgres application_name='till 1' options='-c work_mem=5MB'",
    ] {
      let connection = try connect(ConnectionConfiguration(text))
      #expect(try connection.text("show application_name") == "till 1")
      #expect(try connection.text("show work_mem") == "5MB")
      #expect(try connection.text("show timezone") == "UTC")
    }
  }

  @Test func passwordsStayHidden() throws {
    let configuration = try ConnectionConfiguration("postgresql://u:geheim@h/db")
    var dumped = "\(configuration) \(String(reflecting: configuration)) "
    dump(configuration, to: &dumped)
    #expect(!dumped.contains("geheim"))
    for bad in ["postgresql://u:geheim@[::1/db", "postgresql://u:geheim@h/db?x=\"geheim\"", "host=a geheim", "password='geheim"] {
      let error = try failure { _ = try ConnectionConfiguration(bad) }
      #expect(!error.logText.contains("geheim"), "\(bad)")
    }
  }

  @Test func nobodyThere() throws {
    for text in ["host=/nonexistent dbname=x", "host=127.0.0.1 port=1 dbname=x user=x"] {
      let error = try failure { _ = try connect(ConnectionConfiguration(text)) }
      guard case .unavailable(let reason) = error else { return wrong("\(error)") }
      #expect(error.isConnectionFault && reason.state == nil && !reason.logText.isEmpty)
    }
  }

  @Test func refusalsHaveTheirCode() throws {
    let missing = try failure { _ = try connect(TestCluster.shared.configuration.with(database: "no_such")) }
    #expect(missing.state == .invalidCatalogName)
    let stranger = try failure { _ = try connect(TestCluster.shared.configuration.with(user: "nobody_known")) }
    #expect(stranger.state == .invalidAuthorization || stranger.state == .invalidPassword)
  }

  @Test func severalHostsAreTriedInOrder() throws {
    let directory = TestCluster.shared.directory
    let connection = try connect(ConnectionConfiguration("host=/nonexistent,\(directory),/other user=postgres dbname=postgres"))
    #expect(try connection.run(one) == [1])
    let writable = try connect(
      ConnectionConfiguration(
        "host=/nonexistent,\(directory) port=5432,5432 user=postgres dbname=postgres target_session_attrs=read-write"))
    #expect(try writable.run(one) == [1])
    let standby = try failure {
      _ = try connect(ConnectionConfiguration("host=\(directory) user=postgres dbname=postgres target_session_attrs=standby"))
    }
    guard case .unavailable = standby else { return wrong("\(standby)") }
    let preferred = try connect(
      ConnectionConfiguration("host=\(directory) user=postgres dbname=postgres target_session_attrs=prefer-standby"))
    #expect(try preferred.run(one) == [1])
  }

  @Test func aSilentHostCostsItsTimeOnly() throws {
    let silent = try SilentServer()
    let directory = TestCluster.shared.directory
    let start = ContinuousClock().now
    let connection = try connect(
      ConnectionConfiguration(
        "host=127.0.0.1,\(directory) port=\(silent.port),5432 connect_timeout=2 user=postgres dbname=postgres sslmode=disable"))
    #expect(try connection.run(one) == [1])
    let spent = ContinuousClock().now - start
    #expect(spent > .milliseconds(1800) && spent < .seconds(6))
  }

  @Test func connectingObeysDeadlineAndInterrupt() throws {
    let silent = try SilentServer()
    let configuration = try ConnectionConfiguration(
      "host=127.0.0.1 port=\(silent.port) user=x dbname=x sslmode=disable connect_timeout=0")
    let late = try failure { _ = try Connection(configuration, deadline: soon(.milliseconds(200))) }
    guard case .deadlineExceeded = late else { return wrong("\(late)") }
    let interrupt = Interrupt()
    let other = TestThread {
      usleep(100_000)
      interrupt.raise()
    }
    let stopped = try failure { _ = try Connection(configuration, interrupt: interrupt) }
    guard case .interrupted = stopped else { return wrong("\(stopped)") }
    try other.value()
  }

  @Test func noticesReachTheHandler() throws {
    let seen = Box<[String]>([])
    var configuration = TestCluster.shared.configuration
    configuration.onNotice = { notice in
      seen.change { $0.append("\(notice.severity) \(notice.state?.code ?? "") \(notice.message)") }
    }
    let connection = try connect(configuration)
    try connection.script("do $$ begin raise warning 'careful'; raise notice 'hidden'; end $$")
    #expect(seen.value == ["WARNING 01000 careful"])
    try connect().script("do $$ begin raise warning 'careful'; end $$")
  }

  @Test func closedConnectionsSaySo() throws {
    let connection = try connect()
    connection.close()
    connection.close()
    #expect(!connection.isUsable && !connection.inTransaction && !connection.probe())
    let error = try failure { _ = try connection.run(one) }
    guard case .connectionLost(let loss) = error else { return wrong("\(error)") }
    #expect(!loss.outcomeUnknown)
  }

  @Test func notificationsArrive() throws {
    let listener = try connect()
    let speaker = try connect()
    try listener.listen("Odd \"channel\"")
    #expect(try listener.notifications().isEmpty)
    let start = ContinuousClock().now
    #expect(try listener.waitForNotifications(until: soon(.milliseconds(100))).isEmpty)
    #expect(ContinuousClock().now - start >= .milliseconds(99))
    let other = TestThread {
      usleep(50_000)
      let third = try connect()
      try third.script("select pg_notify('Odd \"channel\"', 'hello')")
    }
    let got = try listener.waitForNotifications(until: soon(.seconds(5)))
    #expect(got.map(\.payload) == ["hello"] && got.map(\.channel) == ["Odd \"channel\""])
    try other.value()
    try speaker.script("select pg_notify('Odd \"channel\"', 'again')")
    #expect(try listener.run(one) == [1])
    #expect(try listener.waitForNotifications(until: soon(.seconds(5))).map(\.payload) == ["again"])
    listener.interrupt.raise()
    let error = try failure { _ = try listener.waitForNotifications() }
    guard case .interrupted = error else { return wrong("\(error)") }
    listener.interrupt.reset()
    try speaker.script("select pg_terminate_backend(\(listener.processID))")
    let lost = try failure { _ = try listener.waitForNotifications(until: soon(.seconds(5))) }
    guard case .connectionLost = lost else { return wrong("\(lost)") }
  }

  @Test func inheritedVariablesAreScrubbed() async throws {
    let configuration = TestCluster.shared.connectionString
    await #expect(processExitsWith: .success) { [configuration = configuration as String] in
      setenv("PGOPTIONS", "-c default_transaction_read_only=on", 1)
      setenv("PGSERVICE", "no_such_service", 1)
      setenv("PGAPPNAME", "stranger", 1)
      setenv("PGPORT", "1", 1)
      setenv("PG_OTHER", "kept", 1)
      let connection = try Connection(ConnectionConfiguration(configuration))
      guard try connection.text("show default_transaction_read_only") == "off" else { exit(2) }
      guard try connection.text("show application_name") == "shelflife" else { exit(3) }
      guard getenv("PGPORT") == nil, getenv("PG_OTHER") != nil else { exit(4) }
    }
  }
}
