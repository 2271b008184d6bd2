/**
 * Recognises values of other realms. An iframe, a `vm` context and some test runners have global classes of their own,
 * which form a *realm*. A `Uint8Array` of another realm holds bytes, but `instanceof Uint8Array` is false for it.
 */

/**
 * True if a value is a `Uint8Array` of any realm or subclass, such as Node's `Buffer`, and its bytes are accessible.
 */
export function isBytes(value: unknown): value is Uint8Array {
  return isByteArray(value) && !isDetached(value)
}

/**
 * True if a value is a `Uint8Array` without its bytes: its buffer was transferred, or was shrunk to end before the
 * array. Such an array has length 0, and would be mistaken for an empty one.
 */
export function isDetachedBytes(value: unknown): boolean {
  return isByteArray(value) && isDetached(value)
}

function isByteArray(value: unknown): value is Uint8Array {
  // This getter, which all typed arrays inherit, reads an internal slot. An own property of the array cannot replace
  // it.
  return Reflect.get(Uint8Array.prototype, Symbol.toStringTag, value) === 'Uint8Array'
}

function isDetached(bytes: Uint8Array): boolean {
  // In Node 20, optimised code that has met a resizable buffer returns the old length of a transferred array. The
  // length of the buffer is 0 then.
  if (bytes.buffer.byteLength > 0 && bytes.length > 0) return false
  try {
    // Older platforms have no property `detached`. This throws if the buffer was transferred.
    void new Uint8Array(bytes.buffer)
    // This also throws if the buffer was shrunk to end before the array.
    Uint8Array.prototype.indexOf.call(bytes, 0)
    return false
  } catch {
    return true
  }
}

/**
 * The same bytes, not copied, as a plain `Uint8Array` of this realm. Methods of a subclass may do something else:
 * `slice` of a `Buffer` does not copy.
 */
export function plain(bytes: Uint8Array): Uint8Array {
  const own = Object.getPrototypeOf(bytes) === Uint8Array.prototype
  return own ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** True if an object was made by `{…}` in any realm, or has no prototype. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf')
}

/** True if a value is an error of any realm. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || /^\[object (?:Error|DOMException)\]$/.test(Object.prototype.toString.call(value))
}

/** The message of a thrown value, which may be no error. */
export function messageOf(thrown: unknown): string {
  try {
    return isError(thrown) ? thrown.message : String(thrown)
  } catch {
    return 'the thrown value cannot be read'
  }
}

/** The code of a thrown error, such as `ENOENT` of a file system; undefined if it has none. */
export function codeOf(thrown: unknown): string | undefined {
  const code: unknown = isError(thrown) ? (thrown as { readonly code?: unknown }).code : undefined
  return typeof code === 'string' ? code : undefined
}
