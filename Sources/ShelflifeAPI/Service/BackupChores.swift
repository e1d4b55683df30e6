// Chores for backups: one a day without anybody asking, proved at once; and databases that nobody needs any longer are dropped.
import Shelflife
import Synchronization

extension Chore {
  private static let leftoversAfter = Duration.seconds(60)
  private static let leftoversInterval = Duration.seconds(3_600)

  /// Takes the day's backup and proves it, unless today has one already, by whoever it was taken.
  ///
  /// - Parameter quiet: how long a process serves before the first look, and between two of them.
  static func dailyBackup(after quiet: Duration) -> Chore {
    let doubtful = Mutex<Set<String>>([])
    return Chore(
      name: "daily backup",
      isDue: { moment in
        guard moment.startedAt.duration(to: moment.uptime) >= quiet else { return false }
        return moment.lastRun.map { $0.duration(to: moment.uptime) >= quiet } ?? true
      },
      run: { tools in
        let service = tools.service
        guard let backups = service.backups, let shop = service.keeper.present, service.keeper.standing.ownerExists == true
        else { return }
        defer { service.lookAtBackups() }
        let watch = BackupWatch(interrupt: tools.interrupt, progress: { _, _ in }, isCancelled: { tools.isStopped() })
        let day = try backups.runDaily(
          of: shop, at: service.clock.now(), doubtful: doubtful.withLock { $0 }, watch: watch)
        guard let day else { return }
        if let taken = day.taken {
          service.log.write(.info, "daily backup taken", ["path": taken.path, "bytes": String(taken.bytes)])
          if let problem = taken.copyProblem { service.log.write(.warning, "no second copy", ["cause": problem]) }
        }
        switch day.proof {
        case .success(let proof) where proof.isOK: service.log.write(.info, "backup proved", ["path": day.path])
        case .success:
          service.log.write(.error, "the books in the newest backup do not balance", ["path": day.path])
          doubtful.withLock { _ = $0.insert(day.path) }
        case .failure(let fault):
          service.log.write(.warning, "a backup was not proved", ["path": day.path, "cause": fault.description.name])
          doubtful.withLock { _ = $0.insert(day.path) }
        }
      })
  }

  /// Drops scratch databases of killed processes, and shops that a restore replaced a day ago.
  static func leftovers() -> Chore {
    Chore(
      name: "leftovers",
      isDue: { moment in
        moment.lastRun.map { $0.duration(to: moment.uptime) >= leftoversInterval }
          ?? (moment.startedAt.duration(to: moment.uptime) >= leftoversAfter)
      },
      run: { tools in
        guard let shop = tools.service.keeper.present else { return }
        for name in try Leftovers.clear(beside: shop, at: tools.service.clock.now()) {
          tools.service.log.write(.info, "database dropped", ["name": name])
        }
      })
  }
}
