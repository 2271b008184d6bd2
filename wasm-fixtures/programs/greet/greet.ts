// Strings in AssemblyScript. `env.abort` is left in, as the compiler does by default.

export function greet(name: string): string {
  return `Hello, ${name.length == 0 ? 'stranger' : name}!`
}

/** By UTF-16 code unit, but pairs of surrogates stay in order. */
export function reverse(text: string): string {
  let result = ''
  for (let i = text.length - 1; i >= 0; i--) {
    const low = text.charCodeAt(i)
    if (i > 0 && (low & 0xfc00) == 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) == 0xd800) {
      i--
      result += text.substring(i, i + 2)
    } else {
      result += String.fromCharCode(low)
    }
  }
  return result
}

/** Each letter a–z and A–Z moved on by `by` places. */
export function caesar(text: string, by: i32): string {
  const step = ((by % 26) + 26) % 26
  const codes = new Array<i32>(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const first = code >= 97 ? 97 : 65
    const isLetter = code >= first && code < first + 26
    codes[i] = isLetter ? first + ((code - first + step) % 26) : code
  }
  return String.fromCharCodes(codes)
}

/** Adler-32 of the buffer. */
export function adler(buffer: ArrayBuffer): u32 {
  const bytes = Uint8Array.wrap(buffer)
  let a: u32 = 1
  let b: u32 = 0
  for (let i = 0; i < bytes.length; i++) {
    a = (a + bytes[i]) % 65521
    b = (b + a) % 65521
  }
  return (b << 16) | a
}

/** The n-th Fibonacci number modulo 2⁶⁴. */
export function fibonacci(n: i32): i64 {
  let a: i64 = 0
  let b: i64 = 1
  for (let i = 0; i < n; i++) {
    const next = a + b
    a = b
    b = next
  }
  return a
}

export function hypotenuse(a: f64, b: f64): f64 {
  return sqrt(a * a + b * b)
}

export function isPalindrome(text: string): bool {
  for (let i = 0, j = text.length - 1; i < j; i++, j--) {
    if (text.charCodeAt(i) != text.charCodeAt(j)) return false
  }
  return true
}

/** Always ends in `env.abort`. */
export function fail(message: string): void {
  throw new Error(message)
}
