/** Stores modules that random tests have found: a folder of modules, each with a `.json` file of the same name. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'

/** Stores a module with its facts. Returns its name, which is the beginning of its hash. */
export function keepIn(folder: string, bytes: Uint8Array, facts: unknown): string {
  const name = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}${name}.wasm`, bytes)
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify(facts, null, 2)}\n`)
  return name
}

/** All modules in a folder, by name. */
export function keptIn<T>(folder: string): { readonly name: string; readonly bytes: Uint8Array; readonly facts: T }[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter(file => file.endsWith('.json'))
    .sort()
    .map(file => {
      const name = file.slice(0, -'.json'.length)
      const bytes = new Uint8Array(readFileSync(`${folder}${name}.wasm`))
      return { name, bytes, facts: JSON.parse(readFileSync(folder + file, 'utf8')) as T }
    })
}
