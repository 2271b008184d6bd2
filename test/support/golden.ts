/** Golden values, kept in `test/golden`: `BLESS=1 npm test` writes them anew, and the diff is the review. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../golden', import.meta.url))

export interface Golden<T> {
  /** The blessed value of that name; when blessing, the value that was found. */
  of(name: string, found: T): T | undefined
  save(): void
}

/** Golden numbers. */
export function blessed(file: string): Golden<bigint> {
  const texts = blessedValues<string>(file)
  return {
    of(name, number) {
      const text = texts.of(name, String(number))
      return text === undefined ? undefined : BigInt(text)
    },
    save: texts.save,
  }
}

/** Golden values of any form that JSON has. */
export function blessedValues<T>(file: string): Golden<T> {
  const path = `${FOLDER}/${file}.json`
  const known = (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}) as Record<string, T>
  const found: Record<string, T> = {}
  const bless = process.env['BLESS'] === '1'
  return {
    of(name, value) {
      found[name] = value
      return bless ? value : known[name]
    },
    save() {
      if (!bless) return
      mkdirSync(FOLDER, { recursive: true })
      writeFileSync(path, `${JSON.stringify(found, null, 2)}\n`)
    },
  }
}
