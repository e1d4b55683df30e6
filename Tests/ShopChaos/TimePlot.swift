// The samples over time: a panel for each quantity, from zero up.

struct TimePlot {
  private struct Series {
    let name: String
    let values: [Int]
  }

  private static let left = 90
  private static let width = 760
  private static let height = 110
  private static let gap = 50
  private static let colours = ["#0b6e4f", "#b3541e", "#2f4b7c", "#8a8a8a", "#a05195", "#c9a227"]

  private let samples: [Sample]

  init(_ samples: [Sample]) { self.samples = samples }

  private var panels: [(title: String, series: [Series])] {
    func series(_ names: String...) -> [Series] {
      names.map { name in Series(name: name, values: samples.map { $0.values[name] ?? 0 }) }
    }
    return [
      ("Documents acknowledged", [Series(name: "documents", values: samples.map(\.documents))]),
      ("Descriptors and connections", series("sidecar descriptors", "supervisor descriptors", "connections")),
      ("Memory, KiB", series("sidecar KiB", "server KiB")),
      ("Largest tables, KiB", largest { $0.bytes >> 10 }),
      ("Largest indexes of a table, KiB", largest { $0.indexBytes >> 10 }),
      ("Most dead rows", largest(\.deadRows)),
    ]
  }

  /// The tables that have most of it at any time.
  private func largest(_ value: @escaping (Sample.Table) -> Int) -> [Series] {
    let names = samples.first.map { Array($0.tables.keys) } ?? []
    let all = names.map { name in Series(name: name, values: samples.map { $0.tables[name].map(value) ?? 0 }) }
    return Array(all.sorted { ($0.values.max() ?? 0, $1.name) > ($1.values.max() ?? 0, $0.name) }.prefix(Self.colours.count))
  }

  private func panel(_ title: String, _ series: [Series], top: Int) -> String {
    let most = max(1, series.flatMap(\.values).max() ?? 1)
    let (left, width, height) = (Self.left, Self.width, Self.height)
    let duration = max(1, samples.last?.at ?? 1)
    var text = "<text class='head' x='\(left)' y='\(top - 8)'>\(title)</text>\n"
    for (value, y) in [(0, top + height), (most / 2, top + height / 2), (most, top)] {
      text += "<line class='grid' x1='\(left)' y1='\(y)' x2='\(left + width)' y2='\(y)'/>"
      text += "<text class='tick' x='\(left - 6)' y='\(y + 4)'>\(value)</text>\n"
    }
    for (number, one) in series.enumerated() {
      let points = zip(samples, one.values).map { sample, value in
        "\(left + sample.at * width / duration),\(top + height - value * height / most)"
      }
      let colour = Self.colours[number % Self.colours.count]
      text += "<polyline points='\(points.joined(separator: " "))' fill='none' stroke='\(colour)' stroke-width='1.5'/>\n"
      text += "<text x='\(left + width + 12)' y='\(top + 12 + 16 * number)' fill='\(colour)'>\(one.name)</text>\n"
    }
    return text
  }

  var svg: String {
    let panels = panels
    var body = ""
    for (number, panel) in panels.enumerated() {
      body += self.panel(panel.title, panel.series, top: 40 + number * (Self.height + Self.gap))
    }
    let bottom = 40 + panels.count * (Self.height + Self.gap)
    return """
      <svg xmlns='http://www.w3.org/2000/svg' width='1060' height='\(bottom)' font-family='sans-serif' font-size='12'>
      <style>.grid{stroke:#ddd}.tick{text-anchor:end;fill:#666;font-size:10px}.head{font-size:14px}</style>
      <rect width='100%' height='100%' fill='white'/>
      \(body)<text class='tick' x='\(Self.left + Self.width)' y='\(bottom - 14)'>0 to \(samples.last?.at ?? 0) s</text>
      </svg>

      """
  }
}
