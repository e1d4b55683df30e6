// `shelflife doctor`: whether machine, shop and books are as they should be.
import ArgumentParser
import Shelflife
import ShelflifeAPI

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Look at machine, shop, backups and books, and say what to do.",
    discussion: """
      Changes nothing: where there is no shop yet it makes none, and an older schema stays as it is. Where nobody is serving the \
      shop its database is started for as long as this takes. One line for each thing that was looked at: ok, warning (it works, \
      but see to it) or problem. Ends with status 1 if there is a problem.

        shelflife doctor
      """)

  @Flag(help: "Leave out the proof of the books, which reads all of them.")
  var noCheck = false

  @OptionGroup var flags: CommandFlags

  func run() throws {
    try CommandRun.perform(flags) { run in
      let report = try Doctor(run).examine(provingTheBooks: !noCheck)
      return Answer(words: words(report), json: CommandOutput.health(report), isGood: report.isOK)
    }
  }

  private func words(_ report: HealthReport) -> String {
    var lines = report.findings.map { finding in
      let mark = finding.status == .problem ? "PROBLEM" : finding.status.rawValue
      return "\(padded(mark, 8)) \(padded(finding.name, 18)) \(finding.message)" + (finding.advice.map { " \($0)" } ?? "")
    }
    lines += report.checks.flatMap(ProofWords.violations)
    let problems = report.findings.count { $0.status == .problem }
    let warnings = report.findings.count { $0.status == .warning }
    lines.append(
      problems + warnings == 0 ? "All is well." : "\(counted(problems, "problem")), \(counted(warnings, "warning")).")
    return lines.map { Terminal.plain($0) + "\n" }.joined()
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
