// The growing block of memory into which parameters are written, reused from call to call.

/// Bytes that only grow until they are reset.
package struct ByteBuffer: ~Copyable {
  @usableFromInline var start: UnsafeMutableRawPointer
  @usableFromInline var capacity: Int
  /// Bytes written.
  @usableFromInline var count = 0

  package init(capacity: Int) {
    self.capacity = capacity
    start = .allocate(byteCount: capacity, alignment: 8)
  }

  deinit { start.deallocate() }

  /// Empties the buffer; one that grew beyond `kept` bytes gives its memory back.
  mutating func reset(kept: Int, first: Int) {
    count = 0
    guard capacity > kept else { return }
    start.deallocate()
    capacity = first
    start = .allocate(byteCount: capacity, alignment: 8)
  }

  @inlinable mutating func reserve(_ more: Int) {
    if count + more > capacity { grow(more) }
  }

  @usableFromInline mutating func grow(_ more: Int) {
    let wanted = max(capacity * 2, count + more)
    let larger = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 8)
    larger.copyMemory(from: start, byteCount: count)
    start.deallocate()
    start = larger
    capacity = wanted
  }

  @inlinable mutating func append<Value: FixedWidthInteger>(bigEndian value: Value) {
    reserve(MemoryLayout<Value>.size)
    start.storeBytes(of: value.bigEndian, toByteOffset: count, as: Value.self)
    count += MemoryLayout<Value>.size
  }

  @inlinable package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    reserve(bytes.count)
    (start + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }

  @inlinable package mutating func append(utf8 text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  package mutating func append(_ value: Int16) { append(bigEndian: value) }
  package mutating func append(_ value: Int32) { append(bigEndian: value) }
  package mutating func append(_ value: Int64) { append(bigEndian: value) }
  package mutating func append(_ value: UInt64) { append(bigEndian: value) }

  /// All that was written, for the duration of the call.
  package func withBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
    body(UnsafeRawBufferPointer(start: start, count: count))
  }

  @inlinable mutating func patch(_ value: Int32, at offset: Int) {
    start.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Int32.self)
  }
}
