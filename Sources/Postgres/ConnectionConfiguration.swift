// Where the database is and how a session with it is set up.
import CLibPQ
import Glibc

/// What a connection is made from. Its description never shows the password.
package struct ConnectionConfiguration: Sendable {
  /// libpq's keywords, in its own order.
  private var keywords: [(name: String, value: String)]
  /// Shown in the server's list of sessions unless the connection string names another.
  package var applicationName = "shelflife"
  /// Session settings beyond the fixed ones, for example `("search_path", "shelf")`; a later one wins.
  package var settings: [(name: String, value: String)] = []
  /// Whether the connection string itself holds a password or a key's passphrase.
  package private(set) var spellsSecret = false
  /// Called on the connection's own thread with every notice of the server; nil drops them.
  package var onNotice: (@Sendable (Notice) -> Void)?

  /// Settings of every session, stronger than what the server, the database or the role says.
  static let fixedSettings: [(name: String, value: String)] = [
    ("TimeZone", "UTC"), ("DateStyle", "ISO, YMD"), ("IntervalStyle", "postgres"), ("bytea_output", "hex"),
    ("standard_conforming_strings", "on"), ("client_min_messages", "warning"),
    ("default_transaction_isolation", "read committed"), ("default_transaction_deferrable", "off"),
  ]

  /// What is assumed where the connection string is silent. A connection on which nothing arrives any more is given up after two seconds,
  /// whether something of ours is on its way or not. A server that takes long to answer is not silent, since its machine acknowledges;
  /// one that takes nothing in for so long, with all buffers full, is given up too, so who sends much asks for more time.
  private static let defaults: [(name: String, value: String)] = [
    ("gssencmode", "disable"), ("keepalives_idle", "1"), ("keepalives_interval", "1"), ("keepalives_count", "2"),
    ("tcp_user_timeout", "2000"),
  ]

  /// Reads a `postgresql://` URI or a list of `keyword=value`; several hosts are tried in their order. Where it is silent on how to prove
  /// oneself and whom to trust, the inherited variables for that hold (`InheritedEnvironment`).
  /// Throws `.misuse`, without the text, when it is neither.
  package init(_ connectionString: String) throws(PostgresError) {
    InheritedEnvironment.scrub()
    guard !connectionString.utf8.contains(0) else { throw .misuse("connection string: it holds a NUL") }
    var complaint: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(connectionString, &complaint) else {
      let text = complaint.map { String(cString: $0) } ?? ""
      PQfreemem(complaint)
      throw .misuse("connection string: \(Self.unquoted(text))")
    }
    defer { PQconninfoFree(options) }
    keywords = []
    var namesPassFile = false
    var option = options
    while let name = option.pointee.keyword {
      if let value = option.pointee.val {
        keywords.append((String(cString: name), String(cString: value)))
        if String(cString: name) == "passfile" { namesPassFile = true }
        // libpq's own mark for what is not to be shown.
        if option.pointee.dispchar.map({ String(cString: $0) }) == "*" { spellsSecret = true }
      } else if let value = option.pointee.envvar.flatMap({ InheritedEnvironment.value(of: String(cString: $0)) }) {
        keywords.append((String(cString: name), value))
      }
      option += 1
    }
    // A file that the string names is meant rather than a password that is inherited.
    if namesPassFile && !spellsSecret { self["password"] = nil }
  }

  /// A server behind a unix socket in `socketDirectory`.
  package init(socketDirectory: String, port: Int = 5432, user: String, database: String, password: String? = nil) {
    keywords = [("host", socketDirectory), ("port", String(port)), ("user", user), ("dbname", database)]
    if let password { keywords.append(("password", password)) }
  }

  /// What libpq says about a bad connection string without the parts it quotes, which may hold the password.
  private static func unquoted(_ text: String) -> String {
    guard let first = text.firstIndex(of: "\""), let last = text.lastIndex(of: "\"") else {
      return text.filter { !$0.isNewline }
    }
    return (text[..<first] + "…" + text[text.index(after: last)...]).filter { !$0.isNewline }
  }

  /// The value of one of libpq's keywords (`host`, `port`, `dbname`, `user`, …).
  package subscript(keyword: String) -> String? {
    get { keywords.last { $0.name == keyword }?.value }
    set {
      keywords.removeAll { $0.name == keyword }
      if let newValue { keywords.append((keyword, newValue)) }
    }
  }

  /// The same server, another database.
  package func with(database: String) -> Self {
    var copy = self
    copy["dbname"] = database
    return copy
  }

  /// The same server, another role.
  package func with(user: String, password: String? = nil) -> Self {
    var copy = self
    copy["user"] = user
    copy["password"] = password
    return copy
  }

  /// The same with one more session setting.
  package func with(setting name: String, _ value: String) -> Self {
    var copy = self
    copy.settings.append((name, value))
    return copy
  }

  package var database: String? { self["dbname"] }
}

extension ConnectionConfiguration {
  /// One host of the list, with the keywords libpq is to be called with.
  struct Target {
    let label: String
    let keywords: [(name: String, value: String)]
  }

  /// How long a host may take; nil is for ever.
  package var hostTimeout: Duration? {
    guard let seconds = self["connect_timeout"].flatMap({ Int($0) }) else {
      return isLocal ? Limits.connectTimeout : Limits.connectTimeoutElsewhere
    }
    return seconds <= 0 ? nil : .seconds(max(2, seconds))
  }

  /// Whether all hosts are unix sockets.
  private var isLocal: Bool {
    self["hostaddr"] == nil && Self.list(self["host"]).allSatisfy { $0.isEmpty || $0.hasPrefix("/") || $0.hasPrefix("@") }
  }

  /// The hosts in the order in which they are tried. Tried one by one, since libpq leaves time limits to its caller.
  var targets: [Target] {
    let wanted = self["target_session_attrs"] ?? "any"
    return (wanted == "prefer-standby" ? ["standby", "any"] : [wanted]).flatMap { attributes in
      hosts.map { host in
        var one = host
        one["target_session_attrs"] = attributes
        return Target(label: host.label, keywords: one.complete)
      }
    }
  }

  /// The same for each single host of the list, in its order.
  package var hosts: [Self] {
    let hosts = Self.list(self["host"])
    let addresses = Self.list(self["hostaddr"])
    let ports = Self.list(self["port"])
    return (0..<max(hosts.count, addresses.count, 1)).map { index in
      var one = self
      one["host"] = hosts.indices.contains(index) ? hosts[index] : nil
      one["hostaddr"] = addresses.indices.contains(index) ? addresses[index] : nil
      one["port"] = ports.count == 1 ? ports[0] : ports.indices.contains(index) ? ports[index] : nil
      return one
    }
  }

  /// A single host and its port, for people.
  package var label: String { "\(self["host"] ?? self["hostaddr"] ?? "local socket"):\(self["port"] ?? "5432")" }

  private static func list(_ text: String?) -> [String] {
    text.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? []
  }

  private var complete: [(name: String, value: String)] {
    var all = keywords
    for item in Self.defaults where self[item.name] == nil { all.append(item) }
    for name in ["options", "client_encoding", "fallback_application_name"] { all.removeAll { $0.name == name } }
    let own = (Self.fixedSettings + settings).map { "-c \(Self.escaped("\($0.name)=\($0.value)"))" }
    all.append(("options", ([self["options"]].compactMap { $0 } + own).joined(separator: " ")))
    all.append(("client_encoding", "UTF8"))
    all.append(("fallback_application_name", applicationName))
    return all
  }

  private static func escaped(_ text: String) -> String {
    String(text.flatMap { $0 == "\\" || $0.isWhitespace ? ["\\", $0] : [$0] })
  }
}

extension ConnectionConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String {
    let shown = ["host", "hostaddr", "port", "dbname", "user"].compactMap { name in self[name].map { "\(name)=\($0)" } }
    return shown.joined(separator: " ")
  }

  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The `PG…` variables this process inherited: libpq would obey them behind our back.
package enum InheritedEnvironment {
  /// Those that say how to prove oneself and whom to trust, which hold for a connection string that is silent on it. Where to connect, as
  /// whom and with which settings is for the string alone.
  private static let kept: Set = [
    "PGPASSWORD", "PGPASSFILE", "PGREQUIREAUTH", "PGCHANNELBINDING", "PGREQUIREPEER", "PGSSLMODE", "PGSSLNEGOTIATION",
    "PGSSLCERT",
    "PGSSLKEY", "PGSSLCERTMODE", "PGSSLROOTCERT", "PGSSLCRL", "PGSSLCRLDIR", "PGSSLSNI", "PGSSLMINPROTOCOLVERSION",
    "PGSSLMAXPROTOCOLVERSION",
  ]

  /// What was kept when all were taken away.
  private static let values: [String: String] = {
    var names: [String] = []
    var values: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let line = String(cString: text)
      let name = line.prefix { $0 != "=" }
      if name.hasPrefix("PG") && name.utf8.allSatisfy({ (65...90).contains($0) }) {
        names.append(String(name))
        let value = line.dropFirst(name.count + 1)
        if kept.contains(String(name)), !value.isEmpty { values[String(name)] = String(value) }
      }
      entry += 1
    }
    for name in names { unsetenv(name) }
    return values
  }()

  /// Removes them from the environment, once a process; best called first in `main`, before there are threads.
  /// Every connection calls it too.
  package static func scrub() { _ = values }

  static func value(of name: String) -> String? { values[name] }
}
