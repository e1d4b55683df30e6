/// Every size, time and count that the embedded server obeys, in one place.
enum ServerLimits {
  /// The oldest major version of PostgreSQL that the cluster is made with.
  static let oldestMajor = 15
  /// A fresh cluster takes about 40 MB; less free space than this is refused before anything is made.
  static let leastFreeBytes: UInt64 = 64 << 20
  /// Recovery ends with a checkpoint, which may need a new segment of the write-ahead log (16 MiB); as much again is for reading
  /// and for a last backup.
  static let ballastBytes: UInt64 = 32 << 20
  /// With less than this, the ballast counted in, no write begins: the ballast, a segment of the log and some blocks of tables.
  static let leastWritableBytes: UInt64 = 56 << 20
  /// With less than this the disk counts as full, and the ballast is given up without waiting for the server to fail.
  static let emptyDiskBytes: UInt64 = 4 << 20
  /// With this much the ballast is laid up.
  static let plentyBytes: UInt64 = 256 << 20
  /// PostgreSQL cuts paths at 1 024 bytes without a word.
  static let longestDataDirectory = 900
  /// `sockaddr_un.sun_path` without its closing NUL.
  static let longestSocketPath = 107

  static let leaseLineBytes = 4_096
  static let supervisorLogBytes = 256 << 10
  static let serverLogBytes = 4 << 20
  static let serverLogKeptBytes = 256 << 10
  static let childErrorBytes = 8 << 10
  /// Characters of a complaint that a fault repeats.
  static let childWords = 600

  /// How long a supervisor that holds the lock may stay unreachable before the caller is told.
  static let unreachableHolder = Duration.seconds(10)
  /// How often a supervisor may end without a word before the caller is told.
  static let silentEnds = 10

  /// Waits before the first, second, … restart of a server that died, short enough that a till that waits does not give up. One that
  /// dies more often than this before it is healthy again has something wrong with it.
  static let restartDelays: [Duration] =
    [.zero, .zero, .milliseconds(50), .milliseconds(100), .milliseconds(200)] + Array(repeating: .milliseconds(400), count: 15)
  /// Starts in a row that may fail before they reach readiness.
  static let failedStarts = 3
  /// A server that was ready this long is healthy again: the count of its crashes starts anew.
  static let healthyAfter = Duration.seconds(10)

  /// A fast shutdown writes a checkpoint, which a slow disk may hold up.
  static let fastStopPatience = Duration.seconds(60)
  /// A fast shutdown that has not come to its checkpoint by then is stuck, or has a session that does not end.
  static let stuckStopPatience = Duration.seconds(3)
  static let immediateStopPatience = Duration.seconds(5)
  /// Back ends whose postmaster is gone end by themselves, unless they are busy computing.
  static let leftoverPatience = Duration.seconds(2)
}
