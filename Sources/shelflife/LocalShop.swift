// The shop that flags and environment name: the embedded cluster of a data directory, or a server behind a URL.
import PostgresServer
import Shelflife

/// A way to one shop. Any number of processes may be on it at a time. Safe from any thread.
final class LocalShop: Sendable {
  private enum Way: Sendable {
    case url(String, ServerMemory)
    case cluster(LeaseHolder)
  }

  private let way: Way

  init(_ configuration: Configuration) throws(ServerFault) {
    if let url = configuration.databaseURL {
      way = .url(url, ServerMemory(file: try DataDirectory(configuration.dataDirectory).servers))
    } else {
      way = .cluster(
        LeaseHolder(
          try EmbeddedCluster(
            dataDirectory: configuration.dataDirectory, programDirectory: configuration.programDirectory,
            roles: Provision.roles)))
    }
  }

  /// Brings the database up and makes it fit to serve: what is missing is made, an older schema is brought up to date. Blocks.
  func prepare(_ progress: @Sendable (Int, String) -> Void) throws(ProvisionFailure) -> PreparedDatabase {
    switch way {
    case .url(let url, let memory):
      progress(50, "connecting")
      return try Provision.shared(url: url, memory: memory)
    case .cluster(let lease): return try lease.prepare(progress)
    }
  }

  /// Brings the database up and looks at it, and changes nothing. Blocks.
  func look(_ progress: @Sendable (Int, String) -> Void) throws(ProvisionFailure) -> ShopSight {
    switch way {
    case .url(let url, let memory):
      progress(50, "connecting")
      return try Provision.look(url: url, memory: memory)
    case .cluster(let lease): return try lease.look(progress)
    }
  }

  /// Ends the wait for a database that is on its way; one that is there stays, so that work on it can be ended in order.
  func giveUpWaiting() {
    if case .cluster(let lease) = way { lease.giveUpWaiting() }
  }

  /// Lets the database go and ends whatever is under way; may be called again.
  func release() {
    if case .cluster(let lease) = way { lease.release() }
  }
}
