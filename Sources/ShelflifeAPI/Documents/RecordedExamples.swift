/// Documents: one or more calls of each method with what they answered, as they were recorded from the program itself.
import JSONRPC

/// The examples in `Examples/examples.ndjson`, one a line, in the order in which they were played to one shop.
enum RecordedExamples {
  /// Whoever has built the program has these lines: what is wrong with them is found before anybody runs it.
  static let byMethod: [String: [MethodDeclaration.Example]] = {
    var examples: [String: [MethodDeclaration.Example]] = [:]
    for line in PackageResources.examples_ndjson.split(separator: UInt8(ascii: "\n")) {
      guard let (method, example) = read(line) else { preconditionFailure("a line of the examples is no example") }
      examples[method, default: []].append(example)
    }
    return examples
  }()

  private static func read(_ line: ArraySlice<UInt8>) -> (String, MethodDeclaration.Example)? {
    let json: JSON
    do { json = try JSONReader.read(line) } catch { return nil }
    guard case .object(let object) = json, case .string(let method)? = object["method"], case .string(let name)? = object["name"],
      let params = object["params"], let result = object["result"]
    else { return nil }
    return (method, MethodDeclaration.Example(name: name, params: params, result: result))
  }
}
