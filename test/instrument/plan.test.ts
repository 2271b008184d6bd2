/** The gas plan: where metered blocks begin and end, and what they cost. */
import { describe, expect, test } from 'vitest'
import type { Schedule } from '../../src/interface-profile.ts'
import type { GasPlan } from '../../src/instrument/gas/analysis/gas-plan.ts'
import { planGas } from '../../src/instrument/gas/analysis/plan.ts'
import { MODES } from '../../src/instrument/modes.ts'
import { STEP } from '../../src/instrument/gas/analysis/steps.ts'
import { INSTRUCTIONS } from '../../src/wasm/instructions.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assembled } from '../support/fixtures.ts'

const STEP_NAMES = new Map(Object.entries(STEP).map(([name, step]) => [step as number, name]))

/** The prices of these tests, which do not depend on those of a profile. */
const SCHEDULE: Schedule = {
  ...PROFILE_1.schedule,
  instructions: {
    ...PROFILE_1.schedule.instructions,
    load: 10,
    divide: 40,
    floatDivide: 40,
    convert: 16,
    branchTable: 24,
    call: 24,
    callIndirect: 40,
    bulk: 200,
    grow: 1_000,
  },
}

/** The plan as lines `ending price`, with the anchors inside each block before its end. */
async function planOf(text: string, index = 0): Promise<string[]> {
  const { module } = await assembled(text)
  return lines(planGas(module, module.bodies[index]!, SCHEDULE, MODES.precise))
}

const nameOf = (step: number): string => STEP_NAMES.get(step) ?? INSTRUCTIONS[step]!.name

function lines({ charges, ends }: GasPlan): string[] {
  return ends.map((end, i) => `${nameOf(end)} ${charges[i]}`)
}

const func = (body: string, type = ''): string =>
  `(module (memory 1) (table 2 funcref) (type $v (func)) (func $f ${type} ${body}) (func $g))`

describe('what ends a metered block (GAS-1)', () => {
  test.each<[title: string, text: string, blocks: string[]]>([
    ['nothing', func(''), ['end 0']],
    [
      'plain instructions continue the block',
      func('local.get 0 i32.const 1 i32.add local.set 0', '(param i32)'),
      ['end 11'],
    ],
    ['free instructions cost nothing', func('nop (block (block nop)) (drop (i32.const 1))'), ['end 1']],
    [
      'an instruction that may trap ends its block',
      func('(drop (i32.load (i32.load (i32.const 0))))'),
      ['i32.load 11', 'i32.load 10', 'end 0'],
    ],
    ['division', func('(drop (i32.div_s (i32.const 1) (i32.const 2)))'), ['i32.div_s 42', 'end 0']],
    ['floats do not trap', func('(drop (f64.div (f64.const 1) (f64.const 2)))'), ['end 42']],
    ['truncation may trap', func('(drop (i32.trunc_f64_s (f64.const 2)))'), ['i32.trunc_f64_s 17', 'end 0']],
    ['saturating truncation does not', func('(drop (i32.trunc_sat_f64_s (f64.const 2)))'), ['end 17']],
    ['calls', func('call $g (call_indirect (type $v) (i32.const 0))'), ['call 24', 'call_indirect 41', 'end 0']],
    ['a tail call ends the code', func('return_call $g'), ['return_call 24']],
    ['growth does not trap', func('(drop (memory.grow (i32.const 1)))'), ['end 1001']],
    [
      'bulk instructions may trap',
      func('(memory.fill (i32.const 0) (i32.const 0) (i32.const 9))'),
      ['memory.fill 203', 'end 0'],
    ],
    ['unreachable is free and ends the block', func('i32.const 1 drop unreachable'), ['unreachable 1']],
  ])('%s', async (_, text, blocks) => expect(await planOf(text)).toEqual(blocks))
})

describe('control (GAS-1, GAS-6)', () => {
  test.each<[title: string, text: string, blocks: string[]]>([
    [
      'if without else joins at its end',
      func('(if (i32.const 1) (then (drop (i32.const 2)))) (drop (i32.const 3))'),
      ['if 9', 'endIf 1', 'end 1'],
    ],
    [
      'if with else',
      func('(if (i32.const 1) (then (drop (i32.const 2))) (else nop (drop (i32.const 3)) (drop (i32.const 4))))'),
      ['if 9', 'else 1', 'endIf 2', 'end 0'],
    ],
    [
      'if with parameters and results',
      func(`(i32.const 5) (if (param i32) (result i32) (i32.const 1)
      (then (i32.add (i32.const 2))) (else (nop))) drop`),
      ['if 10', 'else 9', 'endIf 0', 'end 0'],
    ],
    [
      'code after two arms that leave is unreachable',
      func('(if (i32.const 1) (then (return)) (else (unreachable))) (drop (i32.const 9))'),
      ['if 9', 'return 0', 'else 0', 'unreachable 0', 'endIf 0'],
    ],
    [
      'a loop begins a block',
      func('(drop (i32.const 1)) (loop (br_if 0 (i32.const 0)))'),
      ['loop 1', 'br_if 9', 'end 0'],
    ],
    [
      'a loop with parameters',
      func('(i32.const 1) (loop (param i32) (i32.const 0) (br_if 0) drop)'),
      ['loopWithParams 1', 'br_if 9', 'end 0'],
    ],
    [
      'a block with a branch to its end joins there',
      func('(block (br_if 0 (i32.const 0)) (drop (i32.const 1))) (drop (i32.const 2))'),
      ['br_if 9', 'join 1', 'end 1'],
    ],
    ['a block without branches does not', func('(block (drop (i32.const 1))) (drop (i32.const 2))'), ['end 2']],
    [
      'a block with branches in unreachable code does not',
      func('(block (br 1) (br 0)) (drop (i32.const 2))'),
      ['br 8', 'join 0', 'end 0'],
    ],
    [
      'unreachable code is not part of a block',
      func('(return) (drop (i32.load (i32.const 1))) (loop (br 0))'),
      ['return 0'],
    ],
    ['code after an endless loop is unreachable', func('(loop (br 0)) (drop (i32.const 1))'), ['loop 0', 'br 8']],
    [
      'br_table joins at all its targets',
      func('(block (block (br_table 0 1 0 (i32.const 1))) (drop (i32.const 2)))'),
      ['br_table 25', 'join 0', 'join 1', 'end 0'],
    ],
    [
      'a branch to the function joins at its end',
      func('(br_if 0 (i32.const 1)) (drop (i32.const 2))'),
      ['br_if 9', 'join 1', 'end 0'],
    ],
    ['br_table to the function only', func('(br_table 0 0 (i32.const 1))'), ['br_table 25', 'join 0', 'end 0']],
  ])('%s', async (_, text, blocks) => {
    expect(await planOf(text)).toEqual(blocks)
  })
})

test('a plan records whether code calls', async () => {
  const of = async (text: string): Promise<boolean> => {
    const { module } = await assembled(text)
    return planGas(module, module.bodies[0]!, PROFILE_1.schedule, MODES.precise).hasCalls
  }
  expect(
    await Promise.all([func('call $g'), func('return_call $g'), func(''), func('unreachable call $g')].map(of)),
  ).toEqual([true, true, false, false])
})

test('steps are the anchors of the code in order, without moves and constants', async () => {
  const { module } = await assembled(
    func(
      '(local i32) (local.set 0 (i32.eqz (i32.load (i32.const 3)))) (block (br_if 0 (local.get 0))) (drop (ref.null func))',
    ),
  )
  const { steps } = planGas(module, module.bodies[0]!, PROFILE_1.schedule, MODES.precise)
  expect([...steps].map(nameOf)).toEqual(['i32.load', 'i32.eqz', 'br_if', 'join', 'end'])
})
