import { describe, expect, test } from 'vitest'
import { PROFILE_1 } from '../../src/profile/v1.ts'

const { instructions, bulk, entry, instantiation, host } = PROFILE_1.schedule

describe('the prices of profile 1 (GAS-7)', () => {
  test.each(Object.entries({ instructions, bulk, entry, host, instantiation }))(
    '%s are integers within their bounds',
    (group, prices) => {
      const most = group === 'instantiation' ? 2 ** 27 : 2 ** 20
      const wrong = Object.entries(prices).filter(([, price]) => !Number.isInteger(price) || price < 0 || price > most)
      expect(wrong).toEqual([])
    },
  )

  test('only the classes of GAS-6 are free', () => {
    const all = Object.entries({ ...instructions, ...bulk, ...entry, ...instantiation, ...host })
    expect(all.filter(([, price]) => price === 0)).toEqual([['free', 0]])
  })

  test('the greatest price of preparing a module is a safe integer', () => {
    const { limits } = PROFILE_1
    const counts: Record<keyof typeof instantiation, number> = {
      flat: 1,
      perByte: limits.moduleBytes,
      perCustomByte: limits.totalBytes,
      perFunction: limits.functions,
      perPage: 65_536,
      perSlot: limits.tables * limits.tableSlots,
      perSegment: limits.elementSegments + limits.dataSegments,
      perGlobal: limits.globals,
      perLocalWord: limits.totalLocalWords,
      perBranchTarget: limits.totalBranchTargets,
      perCarriedValue: limits.carriedValues,
      perKeptValue: limits.functions * limits.keptValues,
      perExportedWord: limits.exportedWords,
    }
    for (const [name, count] of Object.entries(counts)) {
      // The number of kept values is only bounded for each body, so it is multiplied as a bigint.
      if (name !== 'perKeptValue') expect(count * 2 ** 27).toBeLessThanOrEqual(2 ** 53)
      expect(count * instantiation[name as keyof typeof instantiation]).toBeLessThan(2 ** 62)
    }
  })
})
