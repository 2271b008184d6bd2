/** What was found by chance and must not be lost: a folder of modules, each with a `.json` of the same name beside it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'

/** Writes a module down with what goes with it. Gives the name under which it is kept, which begins its hash. */
export function keepIn(folder: string, bytes: Uint8Array, facts: unknown): string {
  const name = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}${name}.wasm`, bytes)
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify(facts, null, 2)}\n`)
  return name
}

/** All that is kept in a folder, by name. */
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
