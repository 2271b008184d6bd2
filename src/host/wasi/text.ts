/** Encodes and decodes UTF-8. */
import { isUtf8 } from '../../base/utf8.ts'

const ENCODER = /* @__PURE__ */ new TextEncoder()
const DECODER = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true })

export function encode(text: string): Uint8Array {
  return ENCODER.encode(text)
}

/** The number of bytes up to which a loop is faster than the host's decoder. */
const SHORT = 64

/** The text that is encoded in the bytes; undefined if they are not UTF-8. */
export function decode(bytes: Uint8Array): string | undefined {
  return (bytes.length <= SHORT ? ascii(bytes) : undefined) ?? decodeAny(bytes)
}

function ascii(bytes: Uint8Array): string | undefined {
  let text = ''
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i]! >= 0x80) return undefined
    text += String.fromCharCode(bytes[i]!)
  }
  return text
}

function decodeAny(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes, 0, bytes.length) ? DECODER.decode(bytes) : undefined
}
