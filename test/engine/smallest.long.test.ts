/**
 * Every accepted module can be instrumented on the smallest host: a worker of Chromium, which has half the stack of a
 * page. Each kind of depth is tried at its limit.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { admit } from '../../src/admission/admit.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { body, list, name, repeat, type, wasm, type Bytes } from '../wasm/bytes.ts'

const CHILD = fileURLToPath(new URL('smallest-child.mjs', import.meta.url))
/** The stack of a worker of Chromium, in KB. */
const STACK = 492

const I32 = 0x7f
const ZERO = [0x41, 0]
const DROP = 0x1a
const END = 0x0b
const LOAD = [0x28, 0, 0]
const SQRT = 0x9f
/** A branch out of the block if a local is not zero. */
const BR_IF = [0x20, 0, 0x0d, 0]

const module = (...code: Bytes[]): Uint8Array =>
  wasm(
    list(1, type([], []), type([I32], [I32])),
    list(3, 0),
    list(5, [0, 1]),
    list(7, [name('f'), 0, 0]),
    list(10, body(code, [[2, I32]])),
  )

const inEach =
  (open: Bytes, close: Bytes, inner: Bytes = [ZERO, repeat(50, LOAD), DROP]) =>
  (count: number): Uint8Array =>
    module(repeat(count, open), inner, repeat(count, close))

/** Code around a value that `inner` pushes. */
const around =
  (open: Bytes, close: Bytes) =>
  (count: number): Uint8Array =>
    module(repeat(count, open), ZERO, repeat(count, close), DROP)

const DEEP: readonly (readonly [title: string, make: (count: number) => Uint8Array])[] = [
  ['blocks without branches', inEach([ZERO, DROP, 0x02, 0x40], END)],
  ['blocks', inEach([ZERO, DROP, 0x02, 0x40, BR_IF], END)],
  ['nested blocks that begin at the same place', inEach([0x02, 0x40], END)],
  ['nested blocks that begin at the same place, with code after them', inEach([0x02, 0x40], [END, ZERO, LOAD, DROP])],
  ['nested blocks that begin at the same place, with branches', inEach([0x02, 0x40], [BR_IF, END])],
  ['thirty of those in an if, over and over', inEach([repeat(30, 0x02, 0x40), 0x20, 0, 0x04, 0x40], repeat(31, END))],
  ['ifs', inEach([0x20, 0, 0x04, 0x40, BR_IF], END)],
  ['ifs without branches', inEach([0x20, 0, 0x04, 0x40], END)],
  ['elses', inEach([0x20, 0, 0x04, 0x40, BR_IF, 0x05, BR_IF], END)],
  ['loops', inEach([0x03, 0x40], [BR_IF, END])],
  ['loops that end', inEach([0x03, 0x40], END)],
  ['loops in blocks', inEach([0x02, 0x40, 0x03, 0x40, 0x20, 0, 0x0d, 1], [BR_IF, END, END])],
  ['ranges in ifs', inEach([ZERO, 0x04, 0x40, ZERO, ZERO, ZERO, 0xfc, 11, 0], END)],
  ['loops that take a value', n => module(ZERO, repeat(n, 0x03, 1, ZERO, 0x0d, 0), repeat(n, END), DROP)],
  ['blocks that take a value', n => module(ZERO, repeat(n, 0x02, 1, ZERO, 0x0d, 0), repeat(n, END), DROP)],
  ['ifs that take a value', n => module(ZERO, repeat(n, ZERO, 0x04, 1, ZERO, 0x0d, 0), repeat(n, 0x05, END), DROP)],
  ['blocks of a value', around([0x02, I32, ZERO, ZERO, 0x0d, 0, DROP], END)],
  ['blocks of a value in operands', around([ZERO, 0x02, I32, ZERO, ZERO, 0x0d, 0, DROP], [END, 0x6a])],
  [
    'ifs of a value in operands',
    around([ZERO, 0x20, 0, 0x04, I32, ZERO, ZERO, 0x0d, 0, DROP], [0x05, ZERO, END, 0x6a]),
  ],
  ['ifs of a value in loads', around([0x20, 0, 0x04, I32, ZERO, ZERO, 0x0d, 0, DROP], [0x05, ZERO, END, LOAD])],
  ['loads of loads', n => module(ZERO, repeat(n, LOAD), DROP)],
  ['loads of sums of loads', n => module(ZERO, repeat(n, LOAD, ZERO, 0x6a), DROP)],
  ['sums of sums', n => module(ZERO, repeat(n, ZERO, 0x6a), DROP)],
  ['sums of the next sum', n => module(repeat(n + 1, ZERO, LOAD), repeat(n, 0x6a), DROP)],
  ['quotients of quotients', n => module(ZERO, repeat(n, ZERO, 0x6d), DROP)],
  ['square roots', n => module(0x44, repeat(8, 0), repeat(n, SQRT), DROP)],
  ['square roots of vectors', n => module(0xfd, 0x0c, repeat(16, 0), repeat(n, 0xfd, 0xef, 1), DROP)],
  ['growths', n => module(ZERO, repeat(n, 0x40, 0), DROP)],
]

/** The largest module that the limits allow, up to a number of items. */
function deepest(make: (count: number) => Uint8Array): Uint8Array {
  let [low, high] = [1, 20_000]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (admit(make(middle), PROFILE_1).admitted === undefined) high = middle
    else low = middle
  }
  return make(low)
}

test('every accepted module can be instrumented in every mode (PROFILE-9, PROFILE-10)', { timeout: 300_000 }, () => {
  const input = DEEP.map(([, make]) => Buffer.from(deepest(make)).toString('base64')).join('\n')
  const { stdout } = spawnSync(process.execPath, [`--stack-size=${STACK}`, CHILD], {
    input,
    encoding: 'utf8',
    timeout: 280_000,
  })
  const said = stdout.split('\n')
  expect(DEEP.map(([title], i) => `${title}: ${said[i]}`)).toEqual(DEEP.map(([title]) => `${title}: ok ok ok`))
})
