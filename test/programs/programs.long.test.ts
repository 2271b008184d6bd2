/** Programs of ordinary toolchains in wasm-fixtures/wasi: their results, and the reproduction of their receipts. */
import { afterAll, describe, expect, test } from 'vitest'
import {
  createExecutor,
  createInlineEngine,
  createMemoryStore,
  createVerifier,
  exportCar,
  importCar,
} from '../../src/index.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { blessed } from '../support/golden.ts'
import { CASES } from './cases.ts'
import { keptTree, LIMITS, resultOf, runCase, shown, taskOf, text } from './run-case.ts'

const gold = blessed('programs')
afterAll(() => gold.save())

const engine = createInlineEngine()
afterAll(() => engine.close())

describe.each(Object.entries(CASES))('%s', (name, ran) => {
  test('has exactly this result and gas (WASI-24, WASI-26)', async () => {
    const { store, execution } = await runCase(engine, ran)
    const { exit, stdout, stderr, files } = resultOf(execution)
    expect({
      exit,
      stdout: text(stdout),
      stderr: text(stderr),
      ...(files !== undefined && { files: shown(await keptTree(store, files)) }),
    }).toEqual(ran.comes)
    const { gasUsed } = execution.receipt.meta
    expect(gasUsed).toBe(gold.of(name, gasUsed))
    const executor = createExecutor({ store, engine, profile: ran.profile })
    const enough = await executor.execute(execution.task, { ...LIMITS, gas: gasUsed })
    expect(enough.receipt.out).toEqual(execution.receipt.out)
    const less = await executor.execute(execution.task, { ...LIMITS, gas: gasUsed - 1n })
    expect(less.receipt.out).toEqual({ error: { kind: 'trap', code: 'out-of-gas' } })
  })

  test('is reproduced from an archive in an empty store', async () => {
    const { store, execution } = await runCase(engine, ran)
    const fresh = createMemoryStore()
    await importCar(fresh, await exportCar(store, [execution.cid]))
    const verifying = createInlineEngine()
    try {
      const verifier = createVerifier({ store: fresh, engine: verifying, profiles: [ran.profile] })
      expect(await verifier.verify(execution.cid)).toMatchObject({ verdict: 'reproduced' })
    } finally {
      await verifying.close()
    }
  })

  test.skipIf(ran.profile === PROFILE_1)(
    'is rejected by the profile without clocks and randomness (WASI-19)',
    async () => {
      const { store, task } = await taskOf(engine, ran)
      const { receipt } = await createExecutor({ store, engine }).execute(task, LIMITS)
      expect(receipt.out).toMatchObject({ error: { kind: 'rejection', code: 'import' } })
    },
  )
})
