// Two plain panels: latencies at one in flight, and rates, both on logarithmic scales.
import Glibc

struct Plot {
  private static let left = 330
  private static let width = 620
  private static let row = 22

  /// A logarithmic axis over powers of ten.
  private struct Axis {
    let lowest: Int
    let highest: Int
    let unit: Unit

    init(_ values: [Int], _ unit: Unit) {
      self.unit = unit
      var low = 1
      while low * 10 <= values.min() ?? 1 { low *= 10 }
      var high = low * 10
      while high < values.max() ?? 1 { high *= 10 }
      lowest = low
      highest = high
    }

    /// In pixels from the picture's left.
    func place(_ value: Int) -> Int {
      left
        + Int(
          (log(Double(max(value, lowest)) / Double(lowest)) / log(Double(highest) / Double(lowest)) * Double(width)).rounded())
    }

    func grid(from top: Int, to bottom: Int) -> String {
      var text = ""
      var tick = lowest
      while tick <= highest {
        text += "<line class='grid' x1='\(place(tick))' y1='\(top)' x2='\(place(tick))' y2='\(bottom)'/>\n"
        text += "<text class='tick' x='\(place(tick))' y='\(bottom + 14)'>\(unit.text(tick))</text>\n"
        tick *= 10
      }
      return text
    }
  }

  private static func label(_ subject: Subject, _ y: Int) -> String {
    let name = "\(subject.work), \(subject.contender)" + (subject.inFlight > 1 ? ", \(subject.inFlight)" : "")
    return "<text class='name' x='\(left - 10)' y='\(y + 4)'>\(name)</text>\n"
  }

  private static func colour(_ subject: Subject) -> String { subject.contender == Name.ours ? "#0b6e4f" : "#8a8a8a" }

  /// A row a subject: a line from p50 to p99 with a mark at each of p50, p95 and p99.
  private static func latencies(_ figures: [Figure], top: Int) -> (text: String, bottom: Int) {
    let quantiles = figures.filter { ["p50", "p95", "p99"].contains($0.quantity) }
    let axis = Axis(quantiles.map(\.value), .nanoseconds)
    var text = ""
    var y = top
    for subject in quantiles.filter({ $0.quantity == "p50" }).map(\.subject) {
      y += row
      let marks = quantiles.filter { $0.subject == subject }.map { axis.place($0.value) }
      text += label(subject, y)
      text += "<line x1='\(marks[0])' y1='\(y)' x2='\(marks[2])' y2='\(y)' stroke='\(colour(subject))' stroke-width='2'/>\n"
      for (mark, radius) in zip(marks, [6, 4, 3]) {
        text += "<circle cx='\(mark)' cy='\(y)' r='\(radius)' fill='\(colour(subject))'/>\n"
      }
    }
    return (axis.grid(from: top + 8, to: y + row / 2) + text, y + row)
  }

  /// A bar a subject.
  private static func rates(_ figures: [Figure], top: Int) -> (text: String, bottom: Int) {
    let rates = figures.filter { $0.quantity == "rate" }
    let axis = Axis(rates.map(\.value), .perSecond)
    var text = ""
    var y = top
    for figure in rates {
      y += row
      text += label(figure.subject, y)
      text +=
        "<rect x='\(left)' y='\(y - 6)' width='\(axis.place(figure.value) - left)' height='12' fill='\(colour(figure.subject))'/>\n"
    }
    return (axis.grid(from: top + 8, to: y + row / 2) + text, y + row)
  }

  static func svg(_ report: Report) -> String {
    let figures = report.figures
    let first = latencies(figures, top: 50)
    let second = rates(figures, top: first.bottom + 60)
    let height = second.bottom + 30
    return """
      <svg xmlns='http://www.w3.org/2000/svg' width='\(left + width + 60)' height='\(height)' font-family='sans-serif' font-size='12'>
      <style>.grid{stroke:#ddd}.tick{text-anchor:middle;fill:#666;font-size:10px}.name{text-anchor:end}.head{font-size:15px}</style>
      <rect width='100%' height='100%' fill='white'/>
      <text class='head' x='20' y='30'>Latency, one at a time: p50, p95, p99</text>
      \(first.text)<text class='head' x='20' y='\(first.bottom + 40)'>Rate, by calls in flight or clients</text>
      \(second.text)</svg>

      """
  }
}
