/** Modules from other sources: the fixtures, and the examples of a package if it is installed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { assemble, parseHex } from '../../wasm-fixtures/wat.ts'

export interface Sample {
  readonly name: string
  readonly bytes: Uint8Array
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FIXTURES = `${ROOT}wasm-fixtures/`
const PACKAGE = `${ROOT}node_modules/wasm-json-toolkit/test/wasm/`

/** Every module below `wasm-fixtures/`: binary, in text, and in annotated hex. */
export async function fixtures(): Promise<Sample[]> {
  const names = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  const modules = names.filter(file => /\.(wasm|wat|hex)$/.test(file)).sort()
  return Promise.all(modules.map(async file => ({ name: file, bytes: await moduleOf(FIXTURES + file) })))
}

/** Modules of the first test suite of WebAssembly, in the form in which a package of 2017 ships them; none without it. */
export function packaged(): Sample[] {
  if (!existsSync(PACKAGE)) return []
  const names = readdirSync(PACKAGE)
    .filter(file => file.endsWith('.wasm'))
    .sort()
  return names.map(file => ({ name: file, bytes: binary(PACKAGE + file) }))
}

async function moduleOf(path: string): Promise<Uint8Array> {
  if (path.endsWith('.wasm')) return binary(path)
  const text = readFileSync(path, 'utf8')
  return path.endsWith('.hex') ? parseHex(text) : assemble(text)
}

function binary(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path))
}
