// recalls.*: blocking a maker's batch and finding who has it.
import JSONRPC
import Shelflife

enum RecallMethods {
  static let all: [ServedMethod] = []
}
