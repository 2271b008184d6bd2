/** wasm-metering 0.2.1 without changes: it calls the host for each block, and supports WebAssembly 1.0 only. */
import { createRequire } from 'node:module'

interface Package {
  meterWASM(bytes: Buffer, options: { readonly meterType: 'i32' }): Uint8Array
}

/** The greatest size for which it is used, in bytes, since it takes quadratic time. */
const MAX_BYTES = 100_000

/** The metered module, or the reason why there is none. */
export function meterLegacy(bytes: Uint8Array): Uint8Array | string {
  if (bytes.length > MAX_BYTES) return 'too large'
  const { meterWASM } = createRequire(import.meta.url)('wasm-metering') as Package
  try {
    const metered = new Uint8Array(meterWASM(Buffer.from(bytes), { meterType: 'i32' }))
    return WebAssembly.validate(metered) ? metered : 'invalid output'
  } catch {
    return 'refused'
  }
}
