// Every size and time of the driver, in one place.

/// Bounds of the driver.
enum Limits {
  /// How long one host may take to accept a connection, unless the connection string says.
  static let connectTimeout: Duration = .seconds(5)
  /// The same over a network, where a host that is gone says nothing.
  static let connectTimeoutElsewhere: Duration = .seconds(2)
  /// Once a cancel request is out: how long the server may take to settle before the connection is given up.
  static let cancelGrace: Duration = .seconds(5)
  /// How long a cancel request may stay without effect before it is sent again (one that hits between two statements is lost).
  static let cancelRepeat: Duration = .milliseconds(250)
  /// How long a rollback may take before the connection is given up.
  static let rollbackGrace: Duration = .seconds(5)
  /// How long a COMMIT may take, whatever the deadline and interrupt of the call say: its outcome is worth more than its time.
  static let commitGrace: Duration = .seconds(10)
  /// Bytes queued in a pipeline after which they are pushed to the server while its answers are read.
  static let pipelineFlush = 64 * 1024
  /// Bytes of a copy that are queued before they are pushed to the server.
  static let copyPiece = 64 * 1024
  /// Tries of a transaction that fails by serialization or deadlock.
  static let transactionAttempts = 6
  /// First pause between two tries, in microseconds; doubles with each, and is drawn at random below that.
  static let retryPause = 500
  /// Reads of a socket in one liveness check.
  static let probeReads = 16
  /// First capacity of the parameter buffer, in bytes.
  static let parameterBytes = 4096
  /// A parameter buffer that grew beyond this is given back after its use.
  static let parameterBytesKept = 1 << 20
  /// Descriptors that are watched for others, at most.
  static let bystanders = 4
  /// Stack of the thread that sends a cancel request.
  static let cancelStack = 256 * 1024
}
