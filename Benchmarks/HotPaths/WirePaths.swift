// The wire: whole lines through a peer, and replies and trees by themselves.
import Glibc
import JSONRPC
import Shelflife
import ShelflifeAPI

enum WirePaths {
  static var all: [HotPath] {
    [
      HotPath(name: "wire.ping", times: 2_000) { try ping() },
      HotPath(name: "wire.sale", times: 1_000) { try saleRequest() },
      HotPath(name: "reply.sale", times: 1_000) { try saleReply() },
      HotPath(name: "reply.inventory", times: 1) { try inventoryReply() },
      HotPath(name: "json.read", times: 500) { try readTree() },
      HotPath(name: "json.write", times: 1_000) { try writeTree() },
    ]
  }

  /// `system.ping`, from its line to its reply, by the dispatcher that serves it.
  private static func ping() throws -> (Int) throws -> Void {
    let options = Service.Options(version: "1", till: try Samples.till, clock: .starting(at: Samples.now), bcryptCost: 10)
    let service = try Service(
      options,
      database: DatabaseSource(
        prepare: { _ throws(ProvisionFailure) in throw ProvisionFailure(reason: "none", logText: "", isTransient: false) },
        release: {}),
      log: ServiceLog { _, _, _ in }, shutDown: {})
    let dispatcher = Dispatcher(service: service)
    return { times in try serve(#"{"jsonrpc":"2.0","id":1,"method":"system.ping"}"#, times, dispatcher) }
  }

  /// `sales.create` of three lines, from its line to the request that the shop is given; the answer is next to nothing.
  private static func saleRequest() throws -> (Int) throws -> Void {
    let items = Samples.products.prefix(3).map { #"{"productId":"\#($0.id.text)","qty":2,"expectedUnitPrice":"4.50"}"# }
    let params = #"{"items":[\#(items.joined(separator: ","))],"paymentMethod":"CARD","idempotencyKey":"till-1-000001"}"#
    let line = #"{"jsonrpc":"2.0","id":1,"method":"sales.create","params":\#(params)}"#
    return { times in try serve(line, times, SaleReader()) }
  }

  /// Reads a call as the dispatcher does, its canonical form for the digest of its key included.
  private struct SaleReader: CallHandler {
    private let method = Method("sales.create", "", access: .signedIn, lane: .write, params: .saleRequest, result: .sale)
    private let nothing = Array("{}".utf8)

    func isImmediate(_ method: String) -> Bool { false }

    func accept(_ call: Call) {
      do {
        let request = try method.read(call.params, method.common(call.params), moneyScale: 2)
        consume(method.canonical(request, moneyScale: 2))
        call.reply(result: nothing)
      } catch {
        call.fail(.methodNotFound)
      }
    }
  }

  private static func saleReply() throws -> (Int) throws -> Void {
    let group = Samples.group(of: 1)
    let sale = try Samples.receipt(of: group.sales[0], group.lots)
    return { times in
      for _ in 0..<times {
        guard Shape.sale.encode(sale, moneyScale: 2).count > 1_000 else { throw Unexpected("a short reply") }
      }
    }
  }

  /// A page of 500 products with five lots each.
  private static func inventoryReply() throws -> (Int) throws -> Void {
    let shape = Shape.page(of: .stockedProduct)
    let page = Page(items: (0..<500).map(Samples.stockedProduct), nextCursor: "next")
    return { times in
      for _ in 0..<times {
        guard shape.encode(page, moneyScale: 2).count > 500_000 else { throw Unexpected("a short page") }
      }
    }
  }

  private static func readTree() throws -> (Int) throws -> Void {
    let text = Samples.tree
    return { times in
      for _ in 0..<times { consume(try JSONReader.read(text)) }
    }
  }

  private static func writeTree() throws -> (Int) throws -> Void {
    let text = Samples.tree
    let tree = try JSONReader.read(text)
    return { times in
      for _ in 0..<times {
        var writer = JSONWriter()
        writer.value(tree)
        guard writer.bytes.count == text.count else { throw Unexpected("another tree") }
      }
    }
  }

  /// Serves the same line over and over, from one file into another.
  private static func serve(_ line: String, _ times: Int, _ handler: some CallHandler) throws {
    guard let input = tmpfile(), let output = tmpfile() else { throw Unexpected("no temporary files") }
    defer {
      fclose(input)
      fclose(output)
    }
    let request = Array((line + "\n").utf8)
    for _ in 0..<times { fwrite(request, 1, request.count, input) }
    rewind(input)
    lseek(fileno(input), 0, SEEK_SET)
    Peer(input: fileno(input), output: fileno(output), handler: handler) { _ in }.run()
    var status = stat()
    fstat(fileno(output), &status)
    rewind(output)
    var bytes = [UInt8](repeating: 0, count: 512)
    let first = bytes[..<fread(&bytes, 1, bytes.count, output)].prefix { $0 != UInt8(ascii: "\n") }
    guard String(decoding: first, as: UTF8.self).contains("\"result\":"), Int(status.st_size) == times * (first.count + 1) else {
      throw Unexpected("\(status.st_size) bytes in \(times) replies, the first: \(String(decoding: first, as: UTF8.self))")
    }
  }
}
