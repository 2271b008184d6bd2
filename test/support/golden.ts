/** Golden numbers, kept in `test/golden`: `BLESS=1 npm test` writes them anew, and the diff is the review. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../golden', import.meta.url))

export interface Golden {
  /** The blessed number of that name; when blessing, the number that was found. */
  of(name: string, found: bigint): bigint | undefined
  save(): void
}

export function blessed(file: string): Golden {
  const path = `${FOLDER}/${file}.json`
  const known = (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}) as Record<string, string>
  const found: Record<string, string> = {}
  const bless = process.env['BLESS'] === '1'
  return {
    of(name, number) {
      found[name] = String(number)
      if (bless) return number
      return known[name] === undefined ? undefined : BigInt(known[name])
    },
    save() {
      if (!bless) return
      mkdirSync(FOLDER, { recursive: true })
      writeFileSync(path, `${JSON.stringify(found, null, 2)}\n`)
    },
  }
}
