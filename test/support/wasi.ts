import { readFileSync } from 'node:fs'
import { ROOT } from './fixtures.ts'

/** A program of wasm-fixtures/wasi. */
export function wasiProgram(name: string): Uint8Array {
  return new Uint8Array(readFileSync(`${ROOT}/wasi/${name}/${name}.wasm`))
}
