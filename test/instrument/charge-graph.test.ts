/** Charges in few places, with the same sums (docs/spec/gas.md, GAS-1). */
import { describe, expect, test } from 'vitest'
import { ChargeGraph, EXACT_NODE, MAX_LAG } from '../../src/instrument/optimise/charge-graph/charge-graph.ts'
import { planGas } from '../../src/instrument/gas/analysis/plan.ts'
import { MODES } from '../../src/instrument/modes.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assembled } from '../support/fixtures.ts'
import { Random } from '../support/random.ts'

/** The charges of the blocks of a function in the fast mode, with its entry, without the price of the entry. */
async function chargesOf(body: string, type = '(param i32) (local i32)'): Promise<number[]> {
  const { module } = await assembled(`(module (memory 1) (func $f ${type} ${body}) (func $g))`)
  const { charges } = planGas(module, module.bodies[0]!, PRICES, MODES.fast)
  return [...charges]
}

/** Prices of 1 for every instruction that is not free, and 0 for entering a function. */
const PRICES = {
  ...PROFILE_1.schedule,
  instructions: Object.fromEntries(
    Object.entries(PROFILE_1.schedule.instructions).map(([name, price]) => [name, price === 0 ? 0 : 1]),
  ),
  entry: { flat: 0, perUnit: 0 },
} as typeof PROFILE_1.schedule

const set = (n: number): string => '(local.set 1 (i32.const 0))'.repeat(n)

describe('charges of a function', () => {
  test.each<[title: string, body: string, charges: number[]]>([
    ['straight code charges once', set(2), [4]],
    ['code that always runs is charged once', `(if (local.get 0) (then ${set(1)})) ${set(3)}`, [0, 2, 8]],
    [
      'both arms charge for the code around them',
      `(if (local.get 0) (then ${set(1)}) (else ${set(2)})) ${set(3)}`,
      [0, 10, 12, 0],
    ],
    ['arms that cost the same', `(if (local.get 0) (then ${set(2)}) (else ${set(2)}))`, [0, 6, 6, 0]],
    [
      'an arm that leaves charges what was not charged yet',
      `(if (local.get 0) (then ${set(1)} (return))) ${set(3)}`,
      [0, 4, 0, 8],
    ],
    [
      'and no more than it runs',
      `(if (local.get 0) (then ${set(1)} (return))) (loop ${set(9)} (br_if 0 (local.get 0)))`,
      [2, 2, 0, 0, 20, 0],
    ],
    ['an arm that traps charges nothing', `(if (local.get 0) (then ${set(4)} unreachable)) ${set(1)}`, [0, 0, 0, 4]],
    ['a callee checks charges that come later', `(call $g) ${set(1)}`, [0, 3]],
    [
      'but no charges that came before',
      `(if (local.get 0) (then (call $g) ${set(1)}) (else ${set(1)})) ${set(3)}`,
      [0, 0, 11, 10, 0],
    ],
    [
      'the lag at a call is bounded',
      `${set(MAX_LAG / 2 - 1)} (call $g) ${set(1)} (call $g) ${set(1)}`,
      [0, MAX_LAG + 2, 2],
    ],
    [
      'the counter is exact at an instruction charged by its operand',
      `(if (local.get 0) (then ${set(2)} (return))) (memory.fill (i32.const 0) (i32.const 0) (i32.const 9)) ${set(1)} (if (local.get 0) (then ${set(2)}))`,
      [0, 6, 0, 10, 4, 0],
    ],
    [
      'a loop checks charges that come after it',
      `${set(1)} (loop ${set(1)} (br_if 0 (local.get 0))) ${set(2)}`,
      [0, 4, 6],
    ],
    [
      'but no charges before its first iteration',
      `(if (local.get 0) (then ${set(1)}) (else ${set(1)})) (loop ${set(1)} (br_if 0 (local.get 0))) ${set(3)}`,
      [0, 4, 4, 0, 4, 6],
    ],
    ['the counter does not lag at a tail call', `(if (local.get 0) (then (call $g))) (return_call $g)`, [0, 1, 0, 3]],
  ])('%s', async (_, body, charges) => expect(await chargesOf(body)).toEqual(charges))

  test('a loop around a switch charges once each time', async () => {
    const arms = '(block '.repeat(4)
    const body = `(loop $again ${arms} (br_table 0 1 2 3 (local.get 0)) ) ${set(1)} (br 2)) ${set(2)} (br 1)) ${set(3)}) (br_if $again (local.get 0)))`
    const charges = await chargesOf(body)
    const { module } = await assembled(`(module (func $f (param i32) (local i32) ${body}))`)
    const { ends } = planGas(module, module.bodies[0]!, PRICES, MODES.fast)
    expect(ends.length).toBe(charges.length)
    // Nothing is charged before the loop. Each path through the loop has at most one charge.
    expect(charges.filter(charge => charge !== 0).length).toBeLessThanOrEqual(4)
  })
})

test('in any graph, each path between two exact points charges the sum of its prices, and few blocks charge', () => {
  const random = new Random(11)
  for (let round = 0; round < 300; round++) {
    const graph = new ChargeGraph()
    const nodes = [EXACT_NODE, ...Array.from({ length: random.below(8) }, () => graph.node())]
    const edges = Array.from({ length: 1 + random.below(20) }, () => ({
      before: nodes[random.below(nodes.length)]!,
      behind: nodes[random.below(nodes.length)]!,
      price: random.below(4) * 7,
      weight: random.below(5),
    }))
    for (const { before, behind, price, weight } of edges) graph.block(before, behind, price, weight)
    const charges = graph.solve().byBlock
    expect(charges.length).toBe(edges.length)
    for (let walk = 0; walk < 20; walk++) {
      let [at, price, charge] = [EXACT_NODE as number, 0, 0]
      for (let step = 0; step < 30; step++) {
        const ways = edges.map((edge, i) => ({ ...edge, i })).filter(edge => edge.before === at)
        if (ways.length === 0) break
        const way = ways[random.below(ways.length)]!
        price += way.price
        charge += charges[way.i]!
        at = way.behind
        if (at === EXACT_NODE) expect(charge).toBe(price)
      }
    }
    for (const [i, { price }] of edges.entries()) if (price === 0) expect(charges[i]).toBe(0)
  }
})

test('in any graph, the counter is not ahead at a check, and its lag is bounded', () => {
  const random = new Random(12)
  let ahead = 0
  for (let round = 0; round < 500; round++) {
    const graph = new ChargeGraph()
    const looks = Array.from({ length: 1 + random.below(5) }, () => graph.checkedNode())
    const nodes = [EXACT_NODE, ...looks, ...Array.from({ length: random.below(5) }, () => graph.node())]
    for (let edge = 0; edge < 20; edge++) {
      graph.block(
        nodes[random.below(nodes.length)]!,
        nodes[random.below(nodes.length)]!,
        random.below(4) * 999,
        random.below(5),
      )
    }
    let charges = graph.solve()
    if (looks.some(node => charges.ahead(node) > 0)) ahead++
    for (let trial = 1; graph.pinChecked(charges, trial >= 3); trial++) {
      expect(trial).toBeLessThan(5)
      charges = graph.solve()
    }
    for (const node of looks) {
      expect(charges.ahead(node)).toBeLessThanOrEqual(0)
      expect(charges.ahead(node)).toBeGreaterThanOrEqual(-MAX_LAG)
    }
  }
  expect(ahead).toBeGreaterThan(50)
})

test('an unreachable block charges nothing', () => {
  const graph = new ChargeGraph()
  graph.block(EXACT_NODE, EXACT_NODE, 5, 1)
  graph.deadBlock()
  expect(graph.solve().byBlock).toEqual([5, 0])
})
