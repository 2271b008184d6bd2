/**
 * Names for what lies outside of WebAssembly 2.0 with tail calls, so that a refusal says which proposal a module uses
 * instead of "unknown opcode". No profile accepts any of these.
 */

/** The proposal that an opcode belongs to, or undefined if it is nobody's. `code` as in the instruction table. */
export function foreignInstruction(prefix: number, sub: number): string | undefined {
  if (prefix === 0xfb) return 'gc'
  if (prefix === 0xfc) return sub >= 0x13 && sub <= 0x16 ? 'wide-arithmetic' : undefined
  if (prefix === 0xfd) return sub >= 0x100 && sub <= 0x113 ? 'relaxed-simd' : undefined
  if (prefix === 0xfe) return 'threads'
  if ((prefix >= 0x06 && prefix <= 0x0a) || prefix === 0x18 || prefix === 0x19 || prefix === 0x1f) return 'exceptions'
  if (prefix === 0x14 || prefix === 0x15 || (prefix >= 0xd4 && prefix <= 0xd6)) return 'function-references'
  if (prefix === 0xd3) return 'gc'
  if (prefix >= 0xe0 && prefix <= 0xe6) return 'stack-switching'
  return undefined
}

/** The proposal that the flags of a memory's or table's limits ask for, or undefined if they are 2.0's. */
export function foreignLimits(flags: number): string | undefined {
  if (flags <= 0x01 || flags > 0x0f) return undefined
  if ((flags & 0x08) !== 0) return 'custom-page-sizes'
  if ((flags & 0x04) !== 0) return 'memory64'
  return 'threads'
}

/** The proposal that a form of type belongs to, in the type section or where a value type stands. */
export function foreignType(byte: number): string | undefined {
  if (byte === 0x63 || byte === 0x64) return 'function-references'
  if (byte === 0x69 || byte === 0x74) return 'exceptions'
  if ((byte >= 0x5d && byte <= 0x5f) || byte === 0x4e || byte === 0x4f || byte === 0x50) return 'gc'
  if ((byte >= 0x6a && byte <= 0x6e) || (byte >= 0x71 && byte <= 0x73) || byte === 0x77 || byte === 0x78) return 'gc'
  return undefined
}

/** The proposal that a section belongs to. */
export function foreignSection(id: number): string | undefined {
  return id === 13 ? 'exceptions' : id === 14 ? 'stringref' : undefined
}
