/** A receipt that is served under other limits has the bytes of a run under these limits. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isReference } from '../../src/wasm/types.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import type { Receipt, RunLimits } from '../../src/interface.ts'
import { serve } from '../../src/receipt/memo.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { Choices } from '../generate/choices.ts'
import { constantOf } from '../generate/constants.ts'
import { generate } from '../generate/module.ts'
import { recipes, type Recipe } from '../generate/recipe.ts'
import { Bench } from '../support/tasks.ts'
import { argumentOf } from './seen.ts'

const MODULES = 40

/** How many answers were served, by the row of RECEIPT-17. */
const served: Record<string, number> = {}

async function check(recipe: Recipe): Promise<void> {
  const engine = createInlineEngine()
  const choices = new Choices(recipe.calls)
  const { bytes, exports } = generate(recipe, { denied: false })
  for (const { name, type } of exports.slice(0, 3)) {
    if ([...type.params, ...type.results].some(isReference)) continue
    const bench = new Bench(engine)
    const params = type.params.map(kind => argumentOf(kind, constantOf(kind, choices)))
    const task = await bench.task(bytes, { fun: name, params })
    const limits = { gas: 2n ** choices.pick([32n, 31n, 33n]), pages: choices.pick([16, 2, 64]) }
    const { receipt } = await bench.execute(task, limits)
    for (const asked of around(receipt)) {
      const answer = serve(receipt, asked)
      if (answer === undefined) continue
      const row = `${rowOf(receipt)} → ${rowOf(answer)}`
      served[row] = (served[row] ?? 0) + 1
      const run = await bench.execute(task, asked)
      expect(encodeReceipt(answer).bytes, `${row} under ${asked.gas} gas, ${asked.pages} pages`).toEqual(run.bytes)
    }
  }
}

/** Limits at which something may change. */
function around({ meta: { gasUsed, peakPages, limits } }: Receipt): RunLimits[] {
  const gas = [gasUsed, gasUsed - 1n, gasUsed / 2n, gasUsed - gasUsed / 8n, 1n, 0n, limits.gas + 1n]
  const pages = [limits.pages, peakPages, peakPages - 1, limits.pages + 1]
  return gas.flatMap(amount => (amount < 0n ? [] : pages.filter(n => n >= 0).map(n => ({ gas: amount, pages: n }))))
}

function rowOf({ out }: Receipt): string {
  if ('ok' in out) return 'ok'
  return out.error.code === 'out-of-gas' ? 'out-of-gas' : out.error.kind
}

it('serves what a run would give, for generated modules (RECEIPT-17)', async () => {
  await fc.assert(fc.asyncProperty(recipes(), check), { seed: 17, numRuns: MODULES })
  expect(Object.keys(served)).toEqual(
    expect.arrayContaining(['ok → ok', 'ok → out-of-gas', 'trap → out-of-gas', 'out-of-gas → out-of-gas']),
  )
}, 120_000)
