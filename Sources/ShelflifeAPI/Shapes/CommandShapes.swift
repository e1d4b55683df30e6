// What the commands beside the pipe print with --json: one object each, from the shapes of the methods where there are such.
import JSONRPC
import Shelflife

/// One thing that was looked at on this machine, and how it stands.
package struct Finding: Sendable, Equatable {
  package enum Status: String, Sendable, CaseIterable { case ok, warning, problem }

  /// What was looked at, in kebab-case.
  package let name: String
  package let status: Status
  package let message: String
  /// What to do about it.
  package let advice: String?

  package init(_ name: String, _ status: Status, _ message: String, advice: String? = nil) {
    self.name = name
    self.status = status
    self.message = message
    self.advice = advice
  }
}

/// All that was looked at, and the proof of the books.
package struct HealthReport: Sendable {
  package let findings: [Finding]
  package let checks: [CheckResult]

  package init(findings: [Finding], checks: [CheckResult]) {
    self.findings = findings
    self.checks = checks
  }

  /// True where nothing must be put right.
  package var isOK: Bool { !findings.contains { $0.status == .problem } && checks.allSatisfy(\.isOK) }
}

/// From which schema to which a database goes, or went.
package struct SchemaStep: Sendable {
  package let from: Int
  package let to: Int
  package let isDone: Bool

  package init(from: Int, to: Int, isDone: Bool) {
    self.from = from
    self.to = to
    self.isDone = isDone
  }
}

/// The versions of the parts.
package struct Versions: Sendable {
  package let program: String
  package let libpq: String
  /// PostgreSQL's programs; nil where none were found.
  package let programs: (version: String, directory: String)?

  package init(program: String, libpq: String, programs: (version: String, directory: String)?) {
    self.program = program
    self.libpq = libpq
    self.programs = programs
  }
}

extension Shape where Value == Finding {
  static let finding: Shape = .result(
    .required("name", .text, "What was looked at.", \.name),
    .required("status", .text, "ok, warning or problem.", \.status.rawValue),
    .required("message", .text, "How it stands.", \.message),
    .optional("advice", .text, "What to do about it.", \.advice))
}

extension Shape where Value == HealthReport {
  static let healthReport: Shape = .result(
    .required("ok", .bool, "True where nothing must be put right.", \.isOK),
    .required("findings", .array(of: .finding), "What was looked at.", \.findings),
    .required("checks", .array(of: .checkResult), "The proof of the books; empty where it was not made.", \.checks))
}

extension Shape where Value == SchemaStep {
  static let schemaStep: Shape = .result(
    .required("from", .integer, "The schema of the database as it was found.", \.from),
    .required("to", .integer, "The schema of the program.", \.to),
    .required("upToDate", .bool, "Whether the database has the program's schema now.") { @Sendable in
      $0.isDone || $0.from == $0.to
    })
}

extension Shape where Value == Versions {
  private static let programs: Shape<(version: String, directory: String)> = .result(
    .required("version", .text, "Of postgres.", from: { @Sendable in $0.version }),
    .required("directory", .text, "Where they are.") { @Sendable in $0.directory })

  static let versions: Shape = .result(
    .required("version", .text, "The program.", \.program),
    .required("protocolVersion", .text, "What clients may rely on.", from: { @Sendable _ in SystemMethods.protocolVersion }),
    .required("schemaVersion", .integer, "The schema that it keeps a shop in.", from: { @Sendable _ in Provision.schemaVersion }),
    .required("libpq", .text, "The library that speaks with PostgreSQL.", \.libpq),
    .nullable("postgresql", programs, "PostgreSQL's programs; null where none were found.") { @Sendable in $0.programs })
}

private struct ProvedBackup: Sendable {
  let done: BackupDone
  let proof: BackupProof?
}

extension Shape where Value == ProvedBackup {
  fileprivate static let provedBackup: Shape = .result(
    .members(of: .backup, \.done), .optional("proof", .backupProof, "What proving it found, if that was asked for.", \.proof))
}

extension Shape where Value == [ListedBackup] {
  fileprivate static let backups: Shape = .result(
    .required("items", .array(of: .listedBackup), "Every backup, newest first.", \.self))
}

private struct Refused: Sendable {
  let error: RPCError
}

extension Shape where Value == RPCError {
  fileprivate static let refusal: Shape = .result(
    .required("code", .text, "The stable name.", \.dataCode), .required("message", .text, "For people.", \.message),
    .required("details", .anything, "More, or null.") { @Sendable error in
      do { return try error.details.map { try JSONReader.read($0[...]) } ?? .null } catch { return .null }
    })
}

extension Shape where Value == Refused {
  fileprivate static let refused: Shape = .result(.required("error", .refusal, "Why it was not done.", \.error))
}

/// The objects themselves.
package enum CommandOutput {
  package static func backup(_ done: BackupDone, _ proof: BackupProof?) -> [UInt8] {
    encode(.provedBackup, ProvedBackup(done: done, proof: proof))
  }

  package static func backups(_ backups: [ListedBackup]) -> [UInt8] { encode(.backups, backups) }
  package static func proof(_ proof: BackupProof) -> [UInt8] { encode(.backupProof, proof) }
  package static func copy(_ done: BackupDone) -> [UInt8] { encode(.copiedBackup, done) }
  package static func restored(_ restored: Restored) -> [UInt8] { encode(.restored, restored) }
  package static func health(_ report: HealthReport) -> [UInt8] { encode(.healthReport, report) }
  package static func step(_ step: SchemaStep) -> [UInt8] { encode(.schemaStep, step) }
  package static func versions(_ versions: Versions) -> [UInt8] { encode(.versions, versions) }

  /// `{"error": {code, message, details}}`.
  package static func failure(_ fault: Fault) -> [UInt8] {
    encode(.refused, Refused(error: RPCError(fault, moneyScale: 0)))
  }

  /// The same for a defect, whose cause is told on stderr only.
  package static var defect: [UInt8] {
    encode(.refused, Refused(error: .internalError(incident: Random.hex(12))))
  }

  private static func encode<Value>(_ shape: Shape<Value>, _ value: Value) -> [UInt8] { shape.encode(value, moneyScale: 0) }
}
