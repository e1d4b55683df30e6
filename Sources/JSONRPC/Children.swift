/// The values inside containers that are still open, for the JSON reader.

/// A stack whose top is moved, not copied, into the array of its container.
struct Children<Element>: ~Copyable {
  private var storage = UnsafeMutableBufferPointer<Element>(start: nil, count: 0)
  private(set) var count = 0

  deinit {
    storage[..<count].deinitialize()
    storage.deallocate()
  }

  /// The element at an index below `count`.
  subscript(index: Int) -> Element {
    _read { yield storage[index] }
  }

  mutating func append(_ element: consuming Element) {
    if count == storage.count { grow() }
    storage.initializeElement(at: count, to: element)
    count += 1
  }

  /// Takes everything from an index on off the stack.
  mutating func take(from first: Int) -> [Element] {
    var children: [Element] = []
    children.reserveCapacity(count - first)
    for index in first..<count { children.append(storage.moveElement(from: index)) }
    count = first
    return children
  }

  private mutating func grow() {
    let larger = UnsafeMutableBufferPointer<Element>.allocate(capacity: max(8, 2 * storage.count))
    _ = larger.moveInitialize(fromContentsOf: storage[..<count])
    storage.deallocate()
    storage = larger
  }
}
