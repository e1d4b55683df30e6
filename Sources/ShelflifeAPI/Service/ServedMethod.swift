// A method with its handler, its types closed over: what the dispatcher looks up by name and runs.
import JSONRPC
import Shelflife

/// How a method does its work; the lane follows from it.
enum Handler<Input: Sendable, Output: Sendable>: Sendable {
  /// Answered where it arrives. Must not block and needs no database.
  case immediate(@Sendable (Input, Service, Call) throws -> Output)
  case read(@Sendable (Input, ReadTransaction, Job) throws -> Output)
  /// A read of a few rows, for which somebody waits at a till. It waits for nothing but its transaction and does not compute for long:
  /// whoever has read the call may run it.
  case quickRead(@Sendable (Input, ReadTransaction) throws -> Output)
  /// A read that takes its turn among the writes: it sees every write before it and none behind it. `after` runs once it is done
  /// and before it is answered.
  case dividingRead(@Sendable (Input, ReadTransaction, Job) throws -> Output, after: @Sendable (Output, Service) -> Void)
  /// `after` runs once the write is committed and before it is answered.
  case write(
    @Sendable (Input, WriteTransaction) throws -> Output, after: @Sendable (Output, CallInfo, Service) -> Void = { _, _, _ in })
  /// A write that ends the caller's session: it also waits for the reads before it, which are judged by that session.
  case parting(
    @Sendable (Input, WriteTransaction) throws -> Output, after: @Sendable (Output, CallInfo, Service) -> Void)
  /// The first closure hashes on the password worker and makes the write that then takes its turn.
  case hashing(
    @Sendable (Input, CallInfo, ShopSession, Service) throws -> @Sendable (WriteTransaction) throws -> Output,
    after: @Sendable (Output, CallInfo, Service) -> Void = { _, _, _ in })
  case login(@Sendable (Input, CallInfo, ShopSession, Service) throws -> Output, isBinding: @Sendable (JSONObject) -> Bool)
  case sale(@Sendable (Input) -> SaleRequest, result: @Sendable (Sale) -> Output)
  /// Runs beside the lanes, one at a time, on connections of its own.
  case long(@Sendable (Input, CallInfo, Service, Job) throws -> Output)
  /// Has the process for itself.
  case exclusive(@Sendable (Input, CallInfo, Service, Job) throws -> Output)

  var lane: Lane {
    switch self {
    case .immediate: .immediate
    case .read, .quickRead, .dividingRead: .read
    case .write, .parting, .sale: .write
    case .hashing: .hashingWrite
    case .login: .password
    case .long: .long
    case .exclusive: .exclusive
    }
  }
}

/// A write that needs only its turn.
typealias PreparedWrite = @Sendable (ShopSession, CallInfo, Service, Job) throws -> [UInt8]

/// A write that was tried: if its commit went through although the answer was lost, this is what it answers.
struct AttemptedWrite: Sendable {
  let stored: [UInt8]
  let shown: [UInt8]
  let settle: @Sendable () -> Void
}

/// What is left to do for one call once its params are read.
enum Work: Sendable {
  case immediate(@Sendable (Service, Call) throws -> [UInt8])
  case read(@Sendable (ShopSession, CallInfo, Job) throws -> [UInt8])
  case write(PreparedWrite)
  case hashing(@Sendable (ShopSession, CallInfo, Service) throws -> PreparedWrite)
  case login(@Sendable (ShopSession, CallInfo, Service) throws -> [UInt8])
  case sale(SaleRequest, encode: @Sendable (Sale, _ moneyScale: Int) -> [UInt8])
  case alone(@Sendable (CallInfo, Service, Job) throws -> [UInt8])
}

/// A declared method that can be called. Made once, at start.
struct ServedMethod: Sendable {
  let declaration: MethodDeclaration
  /// The lane in which a call with these params takes its turn. One that changes the sessions runs alone, once every call before it is
  /// answered: it must touch none of those calls and all that follow.
  let turn: @Sendable (JSONObject) -> Lane
  /// Whether the thread that has read a call may run it: nobody minds what comes behind it being read a little later.
  let isQuick: Bool
  /// Reads the params: what is left to do, and the canonical bytes of the call for its key's digest.
  let bind: @Sendable (JSONObject, CommonMembers, _ moneyScale: Int) throws(ShapeFault) -> (work: Work, canonical: [UInt8])

  var name: String { declaration.name }
  var lane: Lane { declaration.lane }
  var access: Access { declaration.access }

  init<Input, Output>(_ method: Method<Input, Output>, _ handler: Handler<Input, Output>) {
    precondition(method.lane == handler.lane, "\(method.name): its handler belongs to another lane than it declares")
    let declaration = method.declaration
    self.declaration = declaration
    isQuick =
      switch handler {
      case .quickRead, .sale: true
      default: false
      }
    turn =
      switch handler {
      case .login(_, let isBinding): { isBinding($0) ? .exclusive : .password }
      case .parting, .exclusive: { _ in .exclusive }
      case .dividingRead: { _ in .write }
      default: { _ in declaration.lane }
      }
    bind = { params, common, moneyScale throws(ShapeFault) in
      let input = try method.read(params, common, moneyScale: moneyScale)
      let canonical =
        declaration.lane.isWrite ? method.canonical(input, moneyScale: moneyScale) : []
      return (handler.work(input, result: method.result, moneyScale: moneyScale), canonical)
    }
  }
}

extension Handler {
  fileprivate func work(_ input: Input, result: Shape<Output>, moneyScale: Int) -> Work {
    switch self {
    case .immediate(let body):
      return .immediate { service, call in result.encode(try body(input, service, call), moneyScale: moneyScale) }
    case .dividingRead(let body, let after):
      return .read { session, info, job in
        let (value, context) = try session.read(info) { try body(input, $0, job) }
        after(value, job.service)
        return result.encode(value, moneyScale: context.store.currency.minorDigits)
      }
    case .read(let body):
      return .read { session, info, job in
        let (value, context) = try session.read(info) { try body(input, $0, job) }
        return result.encode(value, moneyScale: context.store.currency.minorDigits)
      }
    case .quickRead(let body):
      return Handler.read { input, read, _ in try body(input, read) }.work(input, result: result, moneyScale: moneyScale)
    case .write(let body, let after), .parting(let body, let after):
      return .write(Self.prepared(result, after) { try body(input, $0) })
    case .hashing(let prepare, let after):
      return .hashing { session, info, service in
        let body = try prepare(input, info, session, service)
        return Self.prepared(result, after) { try body($0) }
      }
    case .login(let body, _):
      return .login { session, info, service in result.encode(try body(input, info, session, service), moneyScale: moneyScale) }
    case .sale(let request, let output):
      return .sale(request(input)) { sale, scale in result.encode(output(sale), moneyScale: scale) }
    case .long(let body), .exclusive(let body):
      return .alone { info, service, job in result.encode(try body(input, info, service, job), moneyScale: moneyScale) }
    }
  }

  /// A write that answers with its result, secrets shown, and stores it without them.
  private static func prepared(
    _ result: Shape<Output>, _ after: @escaping @Sendable (Output, CallInfo, Service) -> Void,
    _ body: @escaping @Sendable (WriteTransaction) throws -> Output
  ) -> PreparedWrite {
    { session, info, service, job in
      let answer = try session.write(
        info,
        encode: { (value: Output, context: CallContext) in
          let scale = context.store.currency.minorDigits
          let attempted = AttemptedWrite(
            stored: result.encode(value, moneyScale: scale, omitsSecrets: true), shown: result.encode(value, moneyScale: scale),
            settle: { after(value, info, service) })
          job.attempted = attempted
          return attempted.stored
        }, body)
      switch (answer, job.attempted) {
      case (.done, let made?):
        made.settle()
        return made.shown
      case (.replayed(.bytes(let bytes)), let tried?) where tried.stored == bytes:
        // Found under the key on a later try: it is this call's own.
        tried.settle()
        return tried.shown
      case (.replayed(.bytes(let bytes)), _): return bytes
      default: throw Fault.idempotencyKeyReused
      }
    }
  }
}
