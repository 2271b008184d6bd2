/** wasm-metering 0.2.1, as it comes: a call of the host per block, for the first version of WebAssembly. */
import { createRequire } from 'node:module'

interface Package {
  meterWASM(bytes: Buffer, options: { readonly meterType: 'i32' }): Uint8Array
}

/** It takes quadratic time; beyond this it is not asked. */
const MAX_BYTES = 100_000

/** The metered module, or why there is none. */
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
