// Chores for backups: one a day without anybody asking, proved at once; and databases that nobody needs any longer are dropped.
import Shelflife

extension Chore {
  /// How often it is looked whether today has its backup.
  private static let interval = Duration.seconds(1_800)
  private static let leftoversAfter = Duration.seconds(60)
  private static let leftoversInterval = Duration.seconds(3_600)

  /// Takes the day's backup and proves it, unless today has one already, by whoever it was taken.
  static func dailyBackup(after quiet: Duration) -> Chore {
    Chore(
      name: "daily backup",
      isDue: { moment in
        guard moment.startedAt.duration(to: moment.uptime) >= quiet else { return false }
        return moment.lastRun.map { $0.duration(to: moment.uptime) >= min(interval, quiet) } ?? true
      },
      run: { tools in
        let service = tools.service
        guard let backups = service.backups, let shop = service.keeper.present, service.keeper.standing.ownerExists == true
        else { return }
        defer { service.lookAtBackups() }
        let watch = BackupWatch(interrupt: tools.interrupt, progress: { _, _ in }, isCancelled: { tools.isStopped() })
        guard let day = try backups.runDaily(of: shop, at: service.clock.now(), watch: watch) else { return }
        if let taken = day.taken {
          service.log.write(.info, "daily backup taken", ["path": taken.path, "bytes": String(taken.bytes)])
          if let problem = taken.copyProblem { service.log.write(.warning, "no second copy", ["cause": problem]) }
        }
        switch day.proof {
        case .some(let proof) where !proof.isOK:
          service.log.write(.error, "the books in the newest backup do not balance", ["path": proof.path])
        case .some(let proof): service.log.write(.info, "backup proved", ["path": proof.path])
        case nil: service.log.write(.warning, "backups cannot be proved on this server", [:])
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
