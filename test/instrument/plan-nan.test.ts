/** The NaN plan: which NaNs are made canonical, and where (docs/spec/profile.md, PROFILE-14). */
import { expect, test } from 'vitest'
import { planNan } from '../../src/instrument/nan/analysis/plan.ts'
import { assembled } from '../support/fixtures.ts'

/** The producers that make their NaNs canonical, by number, and the sinks that make an operand canonical. */
async function planOf(body: string, type: string): Promise<string> {
  const { module } = await assembled(
    `(module (memory 1) (func $f ${type} ${body}) (func $look (param f64)) (global $g (mut f64) (f64.const 0)))`,
  )
  const { producers, sinks } = planNan(module, module.bodies[0]!, module.functions[0]!)
  const at = producers.flatMap((made, i) => (made ? [`producer ${i}`] : []))
  return [...at, ...[...sinks.keys()].map(sink => `sink ${sink}`)].join(', ') || 'nobody'
}

const F = '(param $x f64) (param $n i32) (local $s f64) (local $t f64)'
const G = `${F.replace(' (local $s', ' (result f64) (local $s')}`
const V = '(param $n i32) (local $s v128)'
const add = (a: string, b: string): string => `(f64.add ${a} ${b})`
const [x, s, t] = ['(local.get $x)', '(local.get $s)', '(local.get $t)']
const store = (value: string): string => `(f64.store (i32.const 0) ${value})`
const again = '(br_if 0 (local.get $n))'

test.each<[title: string, type: string, body: string, expected: string]>([
  ['arithmetic does not observe bits', F, `(drop (f64.lt ${add(x, add(x, x))} ${x}))`, 'nobody'],
  ['a store observes bits', F, store(add(x, add(x, x))), 'producer 1'],
  ['calls observe bits', F, `(call $look ${add(x, x)})`, 'producer 0'],
  ['globals', F, `(global.set $g ${add(x, x)})`, 'producer 0'],
  ['reinterpretation', F, `(drop (i64.reinterpret_f64 ${add(x, x)}))`, 'producer 0'],
  ['results are observed', G, add(x, x), 'producer 0'],
  ['truncation does not observe bits', F, `(drop (i32.trunc_sat_f64_s ${add(x, x)}))`, 'nobody'],
  [
    'a local is observed if its uses are',
    F,
    `(local.set $s ${add(x, x)}) (local.set $t ${add(s, x)}) ${store(t)}`,
    'producer 1',
  ],
  [
    'one local may hold several values',
    F,
    `(local.set $s ${add(x, x)}) ${store(s)} (local.set $s ${add(x, x)}) (drop (f64.eq ${s} ${s}))`,
    'producer 0',
  ],
  [
    'a sum in a loop is made canonical where it is stored after the loop',
    F,
    `(loop (local.set $s ${add(s, x)}) ${again}) ${store(s)}`,
    'sink 0',
  ],
  ['or where the function ends', G, `(loop (local.set $s ${add(s, x)}) ${again}) ${s}`, 'sink end'],
  ['or where it returns', G, `(loop (local.set $s ${add(s, x)}) ${again}) (return ${s})`, 'sink 0'],
  [
    'but not if it may be a parameter',
    F,
    `(local.set $s ${x}) (block (loop (br_if 1 (local.get $n)) (local.set $s ${add(s, x)}) (br 0))) ${store(s)}`,
    'producer 0',
  ],
  [
    'unless the parameter cannot reach the store',
    F,
    `(local.set $s ${x}) (loop (local.set $s ${add(s, x)}) ${again}) ${store(s)}`,
    'sink 0',
  ],
  [
    'but not if it may be a constant NaN',
    F,
    `(local.set $s (f64.const nan:0x1)) (block (loop (br_if 1 (local.get $n)) (local.set $s ${add(s, x)}) (br 0))) ${store(s)}`,
    'producer 0',
  ],
  [
    'unless the constant is a number',
    F,
    `(local.set $s (f64.const 1)) (block (loop (br_if 1 (local.get $n)) (local.set $s ${add(s, x)}) (br 0))) ${store(s)}`,
    'sink 0',
  ],
  [
    'unless it is a converted integer',
    F,
    `(local.set $s (f64.convert_i32_s (local.get $n))) (block (loop (br_if 1 (local.get $n)) (local.set $s ${add(s, x)}) (br 0))) ${store(s)}`,
    'sink 0',
  ],
  ['a sum that is stored in its loop', F, `(loop (local.set $s ${add(s, x)}) ${store(s)} ${again})`, 'producer 0'],
  [
    'a sum that a call in the loop observes is also canonical after it',
    F,
    `(loop (local.set $s ${add(s, x)}) (call $look ${s}) ${again}) ${store(s)}`,
    'producer 0',
  ],
  [
    'results of blocks are the values that leave them',
    F,
    `${store(`(if (result f64) (local.get $n) (then ${add(x, x)}) (else ${x}))`)} (drop (f64.eq (block (result f64) ${add(x, x)}) ${x}))`,
    'producer 0',
  ],
  [
    'a branch carries its value',
    F,
    `${store(`(block (result f64) (drop (br_if 0 ${add(x, x)} (local.get $n))) ${x})`)}`,
    'producer 0',
  ],
  [
    'a branch does not observe bits if the consumer of the block does not',
    F,
    `(drop (f64.lt (block (result f64) (drop (f64.eq (br_if 0 ${add(x, x)} (local.get $n)) ${x})) ${x}) ${x}))`,
    'nobody',
  ],
  [
    'select passes on its operands',
    F,
    `${store(`(select ${add(x, x)} ${add(x, x)} (local.get $n))`)} (drop (f64.lt (select ${add(x, x)} ${x} (local.get $n)) ${x}))`,
    'producer 0, producer 1',
  ],
  ['neg does not observe the sign', F, `(drop (f64.lt (f64.neg ${add(x, x)}) (f64.abs ${add(x, x)})))`, 'nobody'],
  [
    'but its stored result has a sign',
    F,
    `(loop (local.set $s ${add(s, x)}) ${again}) ${store(`(f64.neg ${s})`)}`,
    'producer 0',
  ],
  ['unless abs removes it', F, `(loop (local.set $s ${add(s, x)}) ${again}) ${store(`(f64.abs ${s})`)}`, 'sink 0'],
  [
    'copysign observes the sign of its second operand',
    F,
    `(drop (f64.lt (f64.copysign ${add(x, x)} ${add(x, x)}) ${x}))`,
    'producer 1',
  ],
  [
    'lanes of a sum',
    V,
    `(loop (local.set $s (f32x4.add (local.get $s) (local.get $s))) ${again})
    (f32.store (i32.const 0) (f32x4.extract_lane 0 (local.get $s)))`,
    'sink 0',
  ],
  [
    'lanes of another shape observe bits',
    V,
    `(drop (f64x2.add (f32x4.add (local.get $s) (local.get $s)) (local.get $s)))`,
    'producer 0',
  ],
  [
    'integer lanes observe bits',
    V,
    `(drop (i32x4.add (f32x4.add (local.get $s) (local.get $s)) (local.get $s)))`,
    'producer 0',
  ],
  [
    'sums of two lane shapes are kept apart',
    V,
    `(if (local.get $n) (then (loop (local.set $s (f32x4.add (local.get $s) (local.get $s))) ${again}))
    (else (loop (local.set $s (f64x2.add (local.get $s) (local.get $s))) ${again}))) (v128.store (i32.const 0) (local.get $s))`,
    'producer 0, producer 1',
  ],
  [
    'pmin passes on the bits of one operand',
    V,
    `(v128.store (i32.const 0) (f32x4.pmin (f32x4.add (local.get $s) (local.get $s)) (local.get $s)))`,
    'producer 0',
  ],
  ['unreachable code does not count', F, `(return) ${store(add(x, x))}`, 'nobody'],
])('%s', async (_, type, body, expected) => expect(await planOf(body, type)).toBe(expected))
