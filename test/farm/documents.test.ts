/** Jobs, transcripts and ledgers: what is written is what is read, and nothing else is. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { decodeStrict, encodeStrict } from '../../src/base/dag-cbor.ts'
import { createFsLedger } from '../../src/farm/fs-ledger.ts'
import { classOf, decodeJob, encodeJob, jobId } from '../../src/farm/job.ts'
import { createMemoryLedger, type FarmLedger } from '../../src/farm/ledger.ts'
import { decodeTranscript, encodeTranscript, type Transcript } from '../../src/farm/transcript.ts'
import { isLane } from '../../src/farm/transport.ts'
import { DATA, faultOf, OTHER_TASK, PROFILE, TASK } from '../receipt/sample.ts'

const JOB = { task: TASK, profile: PROFILE, limits: { gas: 1024n, pages: 16 } }

describe('the class of limits (FARM-2)', () => {
  test.each([
    [0n, 0, 0n, 0],
    [1n, 1, 1n, 1],
    [3n, 3, 4n, 4],
    [4n, 4, 4n, 4],
    [3_000_000n, 100, 4_194_304n, 128],
    [2n ** 62n - 1n, 65_535, 2n ** 62n, 65_536],
    [2n ** 62n, 65_536, 2n ** 62n, 65_536],
  ])('%s gas and %s pages', (gas, pages, ...expected) => {
    const limits = classOf({ gas, pages })
    expect([limits.gas, limits.pages]).toEqual(expected)
  })

  test('is the least power of two that is not less', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 2n ** 62n), fc.integer({ min: 1, max: 65_536 }), (gas, pages) => {
        const limits = classOf({ gas, pages })
        expect([limits.gas >= gas, limits.gas / 2n < gas, limits.pages >= pages, limits.pages / 2 < pages]).toEqual(
          Array(4).fill(true),
        )
        expect([limits.gas & (limits.gas - 1n), limits.pages & (limits.pages - 1)]).toEqual([0n, 0])
        expect(classOf(limits)).toEqual(limits)
      }),
    )
  })
})

describe('a job (FARM-1)', () => {
  test('is read as it was written', () => {
    expect(decodeJob(encodeJob(JOB))).toEqual(JOB)
    expect(jobId(decodeJob(encodeJob(JOB)))).toBe(`${TASK}.${PROFILE}.1024.16`)
  })

  test.each([
    ['another key', { ...JOB, more: 1 }],
    ['no profile', { task: TASK, limits: JOB.limits }],
    ['text in the place of a link', { ...JOB, task: String(TASK) }],
    ['too much gas', { ...JOB, limits: { gas: 2n ** 62n + 1n, pages: 1 } }],
    ['half a page', { ...JOB, limits: { gas: 1n, pages: 0.5 } }],
  ])('with %s is refused', (_, job) => {
    expect(faultOf(() => decodeJob(encodeStrict(job)))).toMatchObject({ code: 'bad-task' })
  })

  test.each([
    ['a', true],
    ['7', true],
    ['eu-west_1', true],
    ['x'.repeat(32), true],
    ['x'.repeat(33), false],
    ['', false],
    ['-a', false],
    ['a b', false],
    ['a:b', false],
    [7, false],
  ])('%j is the name of a lane: %s (FARM-3)', (name, expected) => expect(isLane(name)).toBe(expected))
})

const TRANSCRIPT: Transcript = {
  ...JOB,
  confirmations: 2,
  evidence: [
    { lane: 'a', by: 'did:key:zA', receipt: DATA, envelope: OTHER_TASK },
    { lane: 'b', by: 'did:key:zB', fault: { code: 'timeout', message: 'late' } },
    { lane: 'c', refused: 'no signature' },
    { lane: 'd', deaths: 3 },
  ],
  settled: 'refereed',
  receipt: DATA,
  liars: [{ by: 'did:key:zC', receipt: OTHER_TASK, differs: ['out.ok[0]'] }],
  judge: TASK,
}

describe('a transcript (FARM-13)', () => {
  test('is read as it was written', () => {
    expect(decodeTranscript(encodeTranscript(TRANSCRIPT).bytes)).toEqual(TRANSCRIPT)
    const { receipt, judge, ...rest } = TRANSCRIPT
    const unsettled: Transcript = { ...rest, settled: 'unsettled' }
    expect(decodeTranscript(encodeTranscript(unsettled).bytes)).toEqual(unsettled)
    expect([receipt, judge]).toEqual([DATA, TASK])
  })

  const raw = decodeStrict(encodeTranscript(TRANSCRIPT).bytes) as Record<string, unknown>
  test.each<[string, Record<string, unknown>, string]>([
    ['another key', { more: 1 }, 'more'],
    ['another settlement', { settled: 'guessed' }, 'settled'],
    ['a receipt that was not accepted', { settled: 'unsettled' }, 'judge'],
    ['evidence of two kinds', { evidence: [{ lane: 'a', refused: 'x', deaths: 1 }] }, 'evidence[0].deaths'],
    ['evidence of no kind', { evidence: [{ lane: 'a', by: 'x' }] }, 'evidence[0].receipt'],
    ['no confirmations', { confirmations: 0 }, 'confirmations'],
    ['a liar without a receipt', { liars: [{ by: 'x', differs: [] }] }, 'liars[0].receipt'],
  ])('with %s is refused', (_, change, field) => {
    expect(faultOf(() => decodeTranscript(encodeStrict({ ...raw, ...change })))).toMatchObject({
      code: 'bad-receipt',
      field,
    })
  })
})

describe('a ledger (FARM-11)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const ledgers: [string, () => FarmLedger][] = [
    ['in memory', createMemoryLedger],
    ['in a file', () => createFsLedger(join(folder, 'one.ndjson'))],
  ]

  test.each(ledgers)('%s sums up judgements, and knows the last transcript of a task', async (_, make) => {
    const ledger = make()
    expect((await ledger.histories()).size).toBe(0)
    expect(await ledger.transcript(TASK)).toBe(undefined)
    await ledger.add({
      task: TASK,
      transcript: DATA,
      rulings: [
        ['w', 'agreed'],
        ['v', 'lied'],
      ],
    })
    await ledger.add({
      task: TASK,
      transcript: OTHER_TASK,
      rulings: [
        ['w', 'agreed'],
        ['v', 'fault'],
      ],
    })
    expect((await ledger.histories()).get('w')).toMatchObject({ streak: 2, lies: 0 })
    expect((await ledger.histories()).get('v')).toMatchObject({ streak: 0, lies: 1, faults: 1 })
    expect(await ledger.transcript(TASK)).toEqual(OTHER_TASK)
    expect(await ledger.transcript(OTHER_TASK)).toBe(undefined)
  })

  test('in a file is for several processes, and for those that come later', async () => {
    const path = join(folder, 'shared.ndjson')
    const [one, two] = [createFsLedger(path), createFsLedger(path)]
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        (i % 2 === 0 ? one : two).add({ task: TASK, transcript: DATA, rulings: [['w', 'agreed']] }),
      ),
    )
    for (const ledger of [one, two, createFsLedger(path)])
      expect((await ledger.histories()).get('w')).toMatchObject({ streak: 20 })
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('in a file skips lines that a crash has cut, and what is no judgement', async () => {
    const path = join(folder, 'cut.ndjson')
    const ledger = createFsLedger(path)
    await ledger.add({ task: TASK, transcript: DATA, rulings: [['w', 'agreed']] })
    const line = readFileSync(path, 'utf8')
    appendFileSync(path, `${line.trim().slice(0, 40)}`)
    await ledger.add({ task: TASK, transcript: DATA, rulings: [['w', 'agreed']] })
    appendFileSync(
      path,
      `\n{"task":1}\n[]\nnull\n${line.trim().replace('agreed', 'praised')}\n${'x'.repeat(200_000)}\n`,
    )
    await ledger.add({ task: TASK, transcript: DATA, rulings: [['w', 'agreed']] })
    for (const one of [ledger, createFsLedger(path)])
      expect((await one.histories()).get('w')).toMatchObject({ streak: 3, lies: 0 })
  })

  test('in a file takes no line that it would not read again, wherever the reads of the file end', async () => {
    const path = join(folder, 'long.ndjson')
    const ledger = createFsLedger(path)
    const rulings = Array.from({ length: 6000 }, (_, i) => [`worker ${i}`, 'lied'] as const)
    const entry = { task: TASK, transcript: DATA, rulings }
    await expect(ledger.add(entry)).rejects.toMatchObject({ code: 'too-large' })
    const line = JSON.stringify({ task: String(TASK), transcript: String(DATA), rulings })
    writeFileSync(path, `${line}\n`.repeat(20))
    await ledger.add({ task: TASK, transcript: DATA, rulings: [['w', 'agreed']] })
    expect([...(await ledger.histories()).keys()]).toEqual(['w'])
  })

  test('that cannot be written is a fault', async () => {
    writeFileSync(join(folder, 'file'), '')
    const ledger = createFsLedger(join(folder, 'file', 'ledger'))
    await expect(ledger.add({ task: TASK, transcript: DATA, rulings: [] })).rejects.toMatchObject({
      code: 'store-failed',
    })
  })
})
