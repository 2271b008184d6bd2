/** Documents of other systems from a stranger: reading ends in a value that is written as it was read, or in a fault that it names. */
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { Fault, type FaultCode } from '../../../src/base/fault.ts'
import { Float } from '../../../src/base/float.ts'
import { formatMarked, parseMarked } from '../../../src/base/marked-json.ts'
import { decodeMarked, encodeMarked } from '../../../src/base/marked-cbor.ts'
import { readMarked } from '../../../src/base/marked-value.ts'
import { formatTask, readTask } from '../../../src/task/forms/read.ts'
import { translateTask } from '../../../src/task/forms/translate.ts'
import { encodeTask } from '../../../src/task/task.ts'
import { mutated } from '../../fuzz/mutations.ts'
import {
  ADD_ONE_WORKFLOW,
  EXAMPLE,
  IMAGE_PIPELINE,
  instruction,
  IPVM_TASK,
  NONCED_WORKFLOW,
  task,
  UCAN02,
  UCAN_INVOCATION,
  UCAN_TASK,
} from './samples.ts'

const SAMPLES = [
  ADD_ONE_WORKFLOW,
  IMAGE_PIPELINE,
  NONCED_WORKFLOW,
  IPVM_TASK,
  UCAN02,
  UCAN_INVOCATION,
  UCAN_TASK,
  instruction('f', '[1.0,1,"a",{"b":null}]'),
  task(instruction('f', '[true]')),
].map(text => readTask(text))

const RUNS = { numRuns: 1_500, seed: 20_261_127 }

/** What reading gives, or nothing for one of the faults. */
function orFault<T>(read: () => T, codes: readonly FaultCode[]): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    expect(codes).toContain(error.code)
    expect(typeof error.detail['field']).toBe('string')
    return undefined
  }
}

/** Reads, and expects that writing what was read gives the same; translates, and expects a task or a fault. */
function check(input: Uint8Array | string): boolean {
  const read = orFault(() => readTask(input), ['bad-task'])
  if (read === undefined) return false
  expect(readTask(read.bytes)).toEqual(read)
  expect(readTask(formatTask(read))).toEqual(read)
  for (let call = 0; call < Math.min(read.calls.length, 3); call++) {
    const made = orFault(() => translateTask(read, { call, abi: 'core' }), ['bad-task', 'unsupported-task'])
    if (made !== undefined) expect(encodeTask(made.task).cid.code).toBe(0x71)
  }
  return true
}

describe('never anything but a value or a fault (TASK-1)', () => {
  it('of mutated dag-cbor', () => {
    let sound = 0
    fc.assert(
      fc.property(mutated(SAMPLES.map(({ bytes }) => bytes)), bytes => void (sound += Number(check(bytes)))),
      RUNS,
    )
    expect(sound).toBeGreaterThan(20)
  })

  it('of mutated text', () => {
    let sound = 0
    const texts = SAMPLES.map(sample => new TextEncoder().encode(formatTask(sample)))
    fc.assert(
      fc.property(mutated(texts), bytes => void (sound += Number(check(bytes)))),
      RUNS,
    )
    expect(sound).toBeGreaterThan(20)
  })

  it('of any JSON', () =>
    fc.assert(
      fc.property(fc.json(), text => void check(text)),
      { ...RUNS, numRuns: 500 },
    ))

  it('of documents with other values in their fields', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom({ '/': EXAMPLE }, { '/': 1 }, new Float(1), 1n << 70n))
    const field = fc.tuple(fc.constantFrom(...SAMPLES), fc.nat(), value)
    fc.assert(
      fc.property(field, ([sample, at, other]) => {
        const document = JSON.parse(formatTask(sample)) as object
        const places = placesIn(document)
        const [holder, key] = places[at % places.length]!
        holder[key] = other
        orFault(() => readTask(document), ['bad-task'])
      }),
      RUNS,
    )
  })
})

/** All places of a document, as a list or map and a key in it. */
function placesIn(value: object): [Record<string, unknown>, string][] {
  return Object.entries(value).flatMap(([key, inner]) => [
    [value as Record<string, unknown>, key] as [Record<string, unknown>, string],
    ...(typeof inner === 'object' && inner !== null ? placesIn(inner) : []),
  ])
}

describe('values (TASK-4)', () => {
  const leaf = fc.oneof(
    fc.constantFrom(null, true, false, CID.parse(EXAMPLE)),
    fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => new Float(value)),
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 20 }),
  )
  const { value } = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(
        fc.string({ unit: 'binary' }).filter(key => key !== '/'),
        tie('value'),
        { maxKeys: 4 },
      ),
    ),
  }))

  it('come back from dag-cbor and from dag-json as they were', () =>
    fc.assert(
      fc.property(value, given => {
        const read = readMarked(given, '')
        const bytes = encodeMarked(read)
        expect(encodeMarked(readMarked(decodeMarked(bytes), ''))).toEqual(bytes)
        expect(encodeMarked(readMarked(parseMarked(formatMarked(read)), ''))).toEqual(bytes)
      }),
      RUNS,
    ))
})
