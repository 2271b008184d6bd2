import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admit } from '../../src/admission/admit.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { PROFILE_1_VIRTUAL } from '../../src/profile/virtual.ts'
import { Coverage } from './coverage.ts'
import { generate } from './module.ts'
import { recipeOf, recipes } from './recipe.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('generated modules', () => {
  it('are admitted, and accepted by the engine', () => {
    fc.assert(
      fc.property(recipes(), recipe => {
        const { bytes } = generate(recipe, { denied: false })
        const { findings } = admit(bytes, PROFILE_1)
        if (findings.length > 0) throw new Error(`${JSON.stringify(findings[0])}: ${hex(bytes)}`)
        if (!WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)) throw new Error(`the engine refuses ${hex(bytes)}`)
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  it('are admitted as programs that call functions of WASI', () => {
    fc.assert(
      fc.property(recipes(), recipe => {
        const { bytes, exports } = generate(recipe, { denied: false, wasi: 'virtual' })
        const { findings } = admit(bytes, PROFILE_1_VIRTUAL)
        if (findings.length > 0) throw new Error(`${JSON.stringify(findings[0])}: ${hex(bytes)}`)
        if (!exports.some(({ name }) => name === '_start')) throw new Error(`it has no _start: ${hex(bytes)}`)
      }),
      { seed: 1, numRuns: 200 },
    )
  })

  it('use every instruction of the table, where control can reach it', () => {
    const coverage = new Coverage()
    for (let seed = 1; seed <= 1000; seed++) {
      const { bytes } = generate(recipeOf(seed), { denied: false })
      coverage.add(admit(bytes, PROFILE_1).admitted!.module)
    }
    console.log(coverage.line)
    expect(coverage.missing).toEqual([])
  })

  it('are the same for the same recipe', () => {
    const recipe = recipeOf(7)
    expect(hex(generate(recipe, { denied: true }).bytes)).toBe(hex(generate(recipe, { denied: true }).bytes))
  })

  it('are almost empty if nothing is chosen', () => {
    const nothing = { head: [], segments: [], functions: [{ head: [], statements: [] }], calls: [] }
    const { bytes, exports } = generate(nothing, { denied: false })
    expect(exports).toEqual([{ name: 'f0', type: { params: [], results: [] } }])
    expect(bytes.length).toBeLessThan(120)
  })
})
