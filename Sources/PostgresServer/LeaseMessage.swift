/// What the supervisor tells those who hold its lease: one tab-separated line each.

/// How far the cluster's start has come.
package struct ClusterProgress: Sendable, Equatable {
  package enum Stage: String, Sendable {
    case creating, starting, stopping
  }

  package let stage: Stage
  /// 0 … 100 over the whole way to readiness.
  package let percentage: Int
  package let message: String
}

/// Where the ready server is.
struct ServerAddress: Equatable, Sendable {
  let socketDirectory: String
  let port: Int
  let superuser: String
  let programDirectory: String
}

enum LeaseMessage: Equatable, Sendable {
  case progress(ClusterProgress)
  case ready(ServerAddress)
  case failed(ServerFault)
  /// Said by a supervisor that found another one holding the directory.
  case busy

  /// The line with its newline.
  var line: [UInt8] {
    let fields: [String] =
      switch self {
      case .progress(let progress): ["progress", progress.stage.rawValue, String(progress.percentage), progress.message]
      case .ready(let address):
        ["ready", address.socketDirectory, String(address.port), address.superuser, address.programDirectory]
      case .failed(let fault): ["failed", fault.code.rawValue, fault.isRetryable ? "retryable" : "final", fault.message]
      case .busy: ["busy"]
      }
    let text = fields.map(Self.escaped).joined(separator: "\t")
    return Array(text.utf8.prefix(ServerLimits.leaseLineBytes - 1)) + [UInt8(ascii: "\n")]
  }

  /// Nil for a line that this version does not know: a newer supervisor may say more.
  init?(line: String) {
    let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map { Self.unescaped(String($0)) }
    switch (fields[0], fields.count) {
    case ("progress", 4):
      guard let stage = ClusterProgress.Stage(rawValue: fields[1]), let percentage = Int(fields[2]) else { return nil }
      self = .progress(ClusterProgress(stage: stage, percentage: min(max(percentage, 0), 100), message: fields[3]))
    case ("ready", 5):
      guard let port = Int(fields[2]) else { return nil }
      self = .ready(
        ServerAddress(socketDirectory: fields[1], port: port, superuser: fields[3], programDirectory: fields[4]))
    case ("failed", 4):
      let code = ServerFault.Code(rawValue: fields[1]) ?? .supervisorFailed
      self = .failed(ServerFault(code, fields[3], isRetryable: fields[2] == "retryable"))
    case ("busy", 1): self = .busy
    default: return nil
    }
  }

  private static func escaped(_ field: String) -> String {
    var text = ""
    for scalar in field.unicodeScalars {
      switch scalar {
      case "%": text += "%25"
      case "\t": text += "%09"
      case "\n": text += "%0A"
      case "\r": text += "%0D"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  private static func unescaped(_ field: String) -> String {
    var text = ""
    for (index, piece) in field.split(separator: "%", omittingEmptySubsequences: false).enumerated() {
      if index > 0, let code = UInt8(piece.prefix(2), radix: 16) {
        text.unicodeScalars.append(Unicode.Scalar(code))
        text += piece.dropFirst(2)
      } else {
        text += piece
      }
    }
    return text
  }
}

/// Gathers bytes into lines; a line past the bound is dropped with all before it.
struct LineBuffer: Sendable {
  private var bytes: [UInt8] = []

  mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  mutating func next() -> String? {
    guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
      if bytes.count > ServerLimits.leaseLineBytes { bytes.removeAll() }
      return nil
    }
    defer { bytes.removeSubrange(...end) }
    return String(decoding: bytes[..<end], as: UTF8.self)
  }
}
