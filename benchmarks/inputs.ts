/** Inputs of kernels that take bytes. They are the same on every machine. */
import { readFileSync } from 'node:fs'
import { hills, stations } from '../wasm-fixtures/inputs/make.ts'

const encoder = new TextEncoder()

/** `n` 32-bit numbers from a linear congruential generator, little-endian. */
export function numbers(n: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4 * n))
  for (let i = 0, state = 12345; i < n; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes.setUint32(4 * i, state, true)
  }
  return new Uint8Array(bytes.buffer)
}

/** A JSON array with the readings of the weather stations, repeated. */
export function readings(times: number): Uint8Array {
  return encoder.encode(`[${Array.from({ length: times }, stations).join(',')}]`)
}

/** The text of the readings, cut or repeated to a length in bytes. */
export function text(bytes: number): Uint8Array {
  const once = encoder.encode(stations())
  return Uint8Array.from({ length: bytes }, (_, i) => once[i % once.length]!)
}

/** A picture in grey tones. */
export function picture(width: number, height: number): Uint8Array {
  return new Uint8Array(hills(width, height))
}

/** The Forth program of the fixtures, in which Ackermann's function is called more often. */
export function forth(times: number): Uint8Array {
  const source = readFileSync(new URL('../wasm-fixtures/inputs/primes.forth', import.meta.url), 'utf8')
  return encoder.encode(`${source}\n: again 0 ${times} 0 do 2 9 ackermann + loop ;\nagain . cr\n`)
}

export function ascii(words: string): Uint8Array {
  return encoder.encode(words)
}
