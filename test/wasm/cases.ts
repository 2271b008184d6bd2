/** Tables of modules: a title, the sections, and the verdict. */
import { describe, expect, test } from 'vitest'
import { FUNCREF } from '../../src/wasm/types.ts'
import { body, engineAccepts, list, type, verdict, wasm, type Bytes } from './bytes.ts'

export type Case = readonly [title: string, sections: Bytes, expected: string]

export const NONE = type([], [])
/** Sections that make function 0 a function `() → ()`. They take 6 + 4 and, at the end, 6 bytes. */
export const TYPES = list(1, NONE)
export const FUNCTION = list(3, 0)
export const CODE = list(10, body([]))
export const FUNCTION_TABLE = list(4, [FUNCREF, 0, 9])
export const ZERO = [0x41, 0, 0x0b]

/** Bytes before the code of a body after `TYPES` and `FUNCTION`: the header too, and section, count, size, groups. */
export const C = 8 + 6 + 4 + 5

/** Makes a test for each row. All verdicts except features and limits are also compared with the engine. */
export function cases(title: string, rows: readonly Case[]): void {
  describe(title, () => {
    test.each(rows)('%s', (_, sections, expected) => {
      const bytes = wasm(sections)
      expect(verdict(bytes)).toBe(expected)
      if (!/^(feature|limit)/.test(expected)) expect(engineAccepts(bytes)).toBe(expected === 'valid')
    })
  })
}
