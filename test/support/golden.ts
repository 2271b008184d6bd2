/** Golden values in `test/golden`. `npm run bless` (scripts/bless) updates them, and shows which fields change. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../golden', import.meta.url))

export interface Golden<T> {
  /** The golden value of that name. While values are collected, the found value itself. */
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

/** Golden values of any JSON type. */
export function blessedValues<T>(file: string): Golden<T> {
  const path = `${FOLDER}/${file}.json`
  const known = (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}) as Record<string, T>
  const found: Record<string, T> = {}
  // The folder for found values, which `npm run bless` compares. Nothing in `test/golden` changes here.
  const target = process.env['GOLDEN_FOUND']
  return {
    of(name, value) {
      found[name] = value
      return target === undefined ? known[name] : value
    },
    save() {
      if (target === undefined) return
      mkdirSync(target, { recursive: true })
      writeFileSync(`${target}/${file}.json`, `${JSON.stringify(found, null, 2)}\n`)
    },
  }
}
