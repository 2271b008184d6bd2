/**
 * Values recognised by what they are, not by their class. An iframe, a `vm` context and a test runner that makes one have
 * classes of their own, a *realm*: a `Uint8Array` from there holds bytes, and is no instance of the `Uint8Array` of this file.
 */

/** True if a value is a `Uint8Array` of any realm, or of a subclass such as Node's `Buffer`, and its bytes are there. */
export function isBytes(value: unknown): value is Uint8Array {
  return isByteArray(value) && !isGone(value)
}

/**
 * True if a value is a `Uint8Array` whose bytes were taken away: its buffer was transferred, or shrunk to end before it. It has
 * length 0 then, and would pass for no bytes at all.
 */
export function lostBytes(value: unknown): boolean {
  return isByteArray(value) && isGone(value)
}

function isByteArray(value: unknown): value is Uint8Array {
  // The getter that all typed arrays inherit reads what the array was made as, so that no property in front of it misleads.
  return Reflect.get(Uint8Array.prototype, Symbol.toStringTag, value) === 'Uint8Array'
}

function isGone(bytes: Uint8Array): boolean {
  // Compiled code of Node 20 gives a transferred array its old length once it has met a resizable buffer. Its buffer has none.
  if (bytes.buffer.byteLength > 0 && bytes.length > 0) return false
  try {
    // Older platforms have no property that tells. This throws if the buffer was transferred,
    void new Uint8Array(bytes.buffer)
    // and this also if it was shrunk to end before the array.
    Uint8Array.prototype.indexOf.call(bytes, 0)
    return false
  } catch {
    return true
  }
}

/**
 * The same bytes, not copied, as a `Uint8Array` of this realm and of no subclass: methods of subclasses do other things, as
 * `slice` of a `Buffer`, which does not copy.
 */
export function plain(bytes: Uint8Array): Uint8Array {
  const own = Object.getPrototypeOf(bytes) === Uint8Array.prototype
  return own ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** True if an object is one of `{…}` in any realm: not of a class, and not a list. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf')
}

/** True if a value is an error of any realm. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || /^\[object (?:Error|DOMException)\]$/.test(Object.prototype.toString.call(value))
}

/** What a thrown value says, in words. */
export function messageOf(thrown: unknown): string {
  try {
    return isError(thrown) ? thrown.message : String(thrown)
  } catch {
    return 'what was thrown has no words'
  }
}

/** The code of a thrown value, such as `ENOENT` of a file system. */
export function codeOf(thrown: unknown): string | undefined {
  const code: unknown = isError(thrown) ? (thrown as { readonly code?: unknown }).code : undefined
  return typeof code === 'string' ? code : undefined
}
