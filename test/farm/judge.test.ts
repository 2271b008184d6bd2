/** What a judge makes of workers that lie, fail, forge and die. */
import type { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import { encodeStrict } from '../../src/base/dag-cbor.ts'
import { getBlock } from '../../src/content/block.ts'
import { importCar } from '../../src/content/car.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { generateKey } from '../../src/envelope/key.ts'
import { signReceipt } from '../../src/envelope/sign.ts'
import { faultAnswer, receiptAnswer } from '../../src/farm/answer.ts'
import { checkTranscript } from '../../src/farm/check.ts'
import type { FarmEventMap } from '../../src/farm/events.ts'
import { classOf, replicaId } from '../../src/farm/job.ts'
import { NO_HISTORY } from '../../src/farm/policy.ts'
import { decodeTranscript } from '../../src/farm/transcript.ts'
import type { Receipt, Task, Verdict } from '../../src/interface.ts'
import { encodeProfile } from '../../src/profile/document.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { encodeTask } from '../../src/task/task.ts'
import { createVerifier } from '../../src/verifier/verifier.ts'
import { OTHER_TASK } from '../receipt/sample.ts'
import { WATS } from '../support/tasks.ts'
import { falsified, LIMITS, sceneOf, type Scene } from './scene.ts'

const faultOf = (promise: Promise<unknown>): Promise<Fault> =>
  promise.then(
    () => new Fault('internal', 'no fault'),
    error => error as Fault,
  )

/** The types of the events of a farm, with their workers or lanes. */
function listen(scene: Scene, ...types: (keyof FarmEventMap)[]): string[] {
  const heard: string[] = []
  for (const type of types)
    scene.farm.events.addEventListener(type, event => {
      const detail = (event as unknown as CustomEvent<Record<string, unknown>>).detail
      heard.push(`${type} ${String(detail['by'] ?? detail['lane'] ?? detail['settled'] ?? '')}`.trim())
    })
  return heard
}

/** The transcript of a task, checked from its CAR alone. */
async function check(scene: Scene, task: Task | CID) {
  const cid = 'args' in task ? encodeTask(task).cid : task
  const car = (await scene.farm.transcript(cid))!
  const store = createMemoryStore()
  const { roots } = await importCar(store, car)
  return checkTranscript(store, roots[0]!, createVerifier({ store, engine: createInlineEngine() }))
}

describe('a lie (FARM-7)', () => {
  test('splits two workers; one more is asked, the referee decides, and the liar alone is charged', async () => {
    const scene = sceneOf()
    const heard = listen(scene, 'split', 'lie', 'settled')
    const honest = [await scene.honest('a'), await scene.honest('c')]
    const liar = await scene.liar('b')
    const task = await scene.task()
    let answer = await scene.farm.submit(task, LIMITS)
    // Which lanes are asked first follows from the job. One with the liar among them is looked for.
    let asked = task
    for (let n = 2n; heard.length < 3 && n < 20n; n++) {
      heard.length = 0
      asked = await scene.task(WATS.add, [n, n])
      answer = await scene.farm.submit(asked, LIMITS)
    }
    expect(heard).toEqual(['split', `lie ${liar.did}`, 'settled refereed'])
    expect(answer.bytes).toEqual((await scene.executor.execute(asked, LIMITS)).bytes)
    const histories = await scene.ledger.histories()
    expect(histories.get(liar.did)).toMatchObject({ streak: 0, lies: 1 })
    for (const { did } of honest) expect(histories.get(did) ?? NO_HISTORY).toMatchObject({ lies: 0 })
    const { holds, transcript, findings } = await check(scene, asked)
    expect(findings.filter(finding => !finding.holds)).toEqual([])
    expect(holds).toBe(true)
    expect(transcript.liars.map(({ by, differs }) => [by, differs])).toEqual([[liar.did, ['out.ok[0]']]])
    expect(transcript.evidence).toHaveLength(3)
  })

  test('of all workers: each is charged, and no receipt is accepted', async () => {
    const scene = sceneOf()
    const liars = [await scene.liar('a', () => true, 1n), await scene.liar('b', () => true, 2n)]
    const task = await scene.task()
    const fault = await faultOf(scene.farm.submit(task, LIMITS))
    expect(fault.code).toBe('no-agreement')
    const histories = await scene.ledger.histories()
    for (const { did } of liars) expect(histories.get(did)?.lies).toBe(1)
    const { transcript, holds } = await check(scene, task)
    expect([transcript.settled, transcript.receipt, holds]).toEqual(['unsettled', undefined, true])
  })

  test('of all workers at first: the farm asks them again, and accepts the truth', async () => {
    const scene = sceneOf()
    const seen = new Set<string>()
    const once = (lane: string) => () => !seen.has(lane) && Boolean(seen.add(lane))
    await scene.liar('a', once('a'), 1n)
    await scene.liar('b', once('b'), 2n)
    const task = await scene.task()
    const answer = await scene.farm.submit(task, LIMITS)
    expect(answer.receipt.out).toEqual({ ok: [3n] })
    expect((await check(scene, task)).holds).toBe(true)
  })

  test('on which two workers agree is accepted: agreement is no proof (FARM-14)', async () => {
    const scene = sceneOf()
    await scene.liar('a')
    await scene.liar('b')
    const task = await scene.task()
    const answer = await scene.farm.submit(task, LIMITS)
    expect([answer.receipt.out, answer.settled]).toEqual([{ ok: [4n] }, 'confirmed'])
    // But the transcript names who has signed it, and anybody can find it out.
    const { holds, findings } = await check(scene, task)
    expect(holds).toBe(false)
    expect(findings.filter(finding => !finding.holds)).toEqual([
      {
        what: `the receipt ${(await receiptIn(scene, task)).toString()} is true`,
        holds: false,
        why: 'it differs in out.ok[0]',
      },
    ])
  })

  test('that differs in very many parts is charged, and its transcript lists the first ones (FARM-13)', async () => {
    const scene = sceneOf()
    const many = (value: bigint): Receipt['out'] => ({ ok: Array<bigint>(100_000).fill(value) })
    // The referee knows the truth, so that no module has to return so long a list.
    const verify = async (claim: unknown): Promise<Verdict> => {
      const { out } = claim as Receipt
      const isTrue = 'ok' in out && (out.ok as bigint[])[0] === 1n
      const found = isTrue
        ? []
        : (out as { ok: bigint[] }).ok.map((value, i) => ({ field: `out.ok[${i}]`, claimed: value, reproduced: 1n }))
      return isTrue ? { verdict: 'reproduced', mismatches: [] } : { verdict: 'refuted', mismatches: found }
    }
    const judged = sceneOf({ referee: { verify: verify as never }, transport: scene.transport, store: scene.store })
    await scene.odd('a', async (receipt, _, key) => receiptAnswer({ ...receipt, out: many(1n) }, key))
    const liar = await scene.odd('b', async (receipt, _, key) => receiptAnswer({ ...receipt, out: many(2n) }, key))
    const task = await scene.task()
    expect((await judged.farm.submit(task, LIMITS)).settled).toBe('refereed')
    expect((await judged.ledger.histories()).get(liar.did)?.lies).toBe(1)
    const root = (await judged.ledger.transcript(encodeTask(task).cid))!
    const [lie] = decodeTranscript(await getBlock(scene.store, root)).liars
    expect(lie?.differs).toEqual(Array.from({ length: 16 }, (_, i) => `out.ok[${i}]`))
  })

  test('is found by a spot check, and takes all trust away (FARM-10)', async () => {
    const scene = sceneOf({ policy: { trustAfter: 2, leastCheck: 0 }, lanes: ['a'] })
    let n = 0n
    const key = await scene.liar('a', () => n >= 5n)
    const settled: (string | undefined)[] = []
    const streaks: (number | undefined)[] = []
    for (; n < 20n; n++) {
      const answer = await scene.farm.submit(await scene.task(WATS.add, [n, 1n]), LIMITS).catch(() => undefined)
      settled.push(answer?.settled)
      streaks.push((await scene.ledger.histories()).get(key.did)?.streak)
    }
    // With one lane, the referee takes the place of a second worker.
    expect(settled.slice(0, 2)).toEqual(['refereed', 'refereed'])
    expect(settled).toContain('alone')
    expect(streaks.slice(5)).toContain(0)
    expect(settled.at(-1)).toBe(undefined)
  })
})

describe('a fault is no lie (FARM-7)', () => {
  test('another lane is asked, and the worker is not charged', async () => {
    const scene = sceneOf()
    const heard = listen(scene, 'faulted')
    const faulty = await scene.odd('a', async (_, __, key) =>
      faultAnswer(new Fault('host-memory', 'no memory'), key.did),
    )
    const honest = [await scene.honest('b'), await scene.honest('c')]
    for (let n = 0n; heard.length === 0; n++) await scene.farm.submit(await scene.task(WATS.add, [n, n]), LIMITS)
    const histories = await scene.ledger.histories()
    expect(histories.get(faulty.did)).toEqual({ ...NO_HISTORY, faults: 1 })
    for (const { did } of honest) expect(histories.get(did)).toMatchObject({ lies: 0 })
  })

  test('that somebody states for another worker takes no agreement away from it (FARM-10)', async () => {
    const scene = sceneOf({ policy: { replicas: 3 } })
    const honest = await scene.honest('a')
    await scene.honest('b')
    await scene.honest('c')
    await scene.odd('d', async () => faultAnswer(new Fault('host-memory', 'not mine'), honest.did))
    const heard = listen(scene, 'faulted')
    let answers = 0
    for (let n = 0n; heard.length === 0 && n < 30n; n++, answers++)
      await scene.farm.submit(await scene.task(WATS.add, [n, n]), LIMITS)
    expect(heard).toEqual([`faulted ${honest.did}`])
    expect((await scene.ledger.histories()).get(honest.did)).toEqual({
      ...NO_HISTORY,
      agreed: answers,
      streak: answers,
    })
  })

  test('of all workers: the submission ends with it, and the next try runs anew (FARM-4)', async () => {
    const scene = sceneOf()
    let fails = true
    const answer = async (receipt: Receipt, _: unknown, key: Parameters<typeof receiptAnswer>[1]) =>
      fails ? faultAnswer(new Fault('host-memory', 'no memory here'), key.did) : receiptAnswer(receipt, key)
    await scene.odd('a', answer)
    await scene.odd('b', answer)
    const task = await scene.task()
    const fault = await faultOf(scene.farm.submit(task, LIMITS))
    expect([fault.code, fault.message]).toEqual(['host-memory', 'the workers ended with a fault: no memory here'])
    fails = false
    expect((await scene.farm.submit(task, LIMITS)).settled).toBe('confirmed')
  })

  test('of the referee: nobody is charged', async () => {
    const referee = { verify: () => Promise.reject(new Fault('host-memory', 'no memory')) }
    const scene = sceneOf({ referee })
    await scene.honest('a')
    const liar = await scene.liar('b')
    const fault = await faultOf(scene.farm.submit(await scene.task(), LIMITS))
    expect(fault.code).toBe('no-agreement')
    expect(fault.message).toContain('host-memory')
    expect((await scene.ledger.histories()).get(liar.did)).toBe(undefined)
  })

  test('a result whose blocks are missing counts as a fault (FARM-6)', async () => {
    const scene = sceneOf()
    const heard = listen(scene, 'faulted')
    const task = await scene.task(WATS.echo, [new Uint8Array(3000).fill(7)], 'bytes')
    await scene.odd('a', async (receipt, _, key) => {
      const { ok } = receipt.out as unknown as { ok: CID }
      await scene.store.delete(ok)
      return receiptAnswer(receipt, key)
    })
    const fault = await faultOf(scene.farm.submit(task, LIMITS))
    expect([fault.code, heard.length > 0]).toEqual(['block-missing', true])
  })
})

describe('an answer that proves nothing is refused, and charged to nobody (FARM-5)', () => {
  const forge = {
    'no bytes': async () => new Uint8Array(0),
    'bytes that are no document': async () => new Uint8Array([1, 2, 3]),
    'more bytes than a document may have': async () => new Uint8Array(2 ** 21 + 1),
    'a receipt without a signature': async (receipt: Receipt) =>
      encodeStrict({ receipt: encodeReceipt(receipt).bytes }),
    'keys that answers do not have': async (receipt: Receipt, key: never) => {
      const { bytes } = await signReceipt(receipt, key)
      return encodeStrict({ receipt: encodeReceipt(receipt).bytes, envelope: bytes, more: 1 })
    },
    'a signature over another receipt': async (receipt: Receipt, key: never) => {
      const { bytes } = await signReceipt(falsified(receipt), key)
      return encodeStrict({ receipt: encodeReceipt(receipt).bytes, envelope: bytes })
    },
    'a damaged signature': async (receipt: Receipt, key: never) => {
      const bytes = (await signReceipt(receipt, key)).bytes.slice()
      bytes[10]! ^= 1
      return encodeStrict({ receipt: encodeReceipt(receipt).bytes, envelope: bytes })
    },
    'a receipt of another task': async (receipt: Receipt, key: never) =>
      receiptAnswer({ ...receipt, ran: OTHER_TASK }, key),
    'a receipt under other limits': async (receipt: Receipt, key: never) =>
      receiptAnswer({ ...receipt, meta: { ...receipt.meta, limits: { ...receipt.meta.limits, pages: 64 } } }, key),
    'a fault without a name': async () => encodeStrict({ fault: { code: 'timeout', message: '' } }),
    'a fault by a name that is no did:key': async () =>
      encodeStrict({ by: 'x'.repeat(100_000), fault: { code: 'timeout', message: '' } }),
    'a fault whose code is none': async (_: Receipt, key: never) =>
      encodeStrict({ by: (key as { readonly did: string }).did, fault: { code: 'x'.repeat(100_000), message: '' } }),
  }

  test.each(Object.entries(forge))('%s', async (_, make) => {
    const scene = sceneOf()
    const heard = listen(scene, 'refused')
    const forger = await scene.odd('a', (receipt, __, key) => make(receipt, key as never))
    await scene.honest('b')
    await scene.honest('c')
    for (let n = 0n; heard.length === 0 && n < 30n; n++) {
      const answer = await scene.farm.submit(await scene.task(WATS.add, [n, n]), LIMITS)
      expect(answer.receipt.out).toEqual({ ok: [2n * n] })
    }
    expect(heard).toEqual(['refused a'])
    expect((await scene.ledger.histories()).get(forger.did)).toBe(undefined)
  })
})

describe('trust (FARM-9) (FARM-10)', () => {
  test('after ten agreements answers are accepted alone, and now and then checked', async () => {
    const scene = sceneOf()
    await scene.honest('a')
    await scene.honest('b')
    const settled: (string | undefined)[] = []
    for (let n = 0n; n < 36n; n++)
      settled.push((await scene.farm.submit(await scene.task(WATS.add, [n, n]), LIMITS)).settled)
    expect(settled.slice(0, 10)).toEqual(Array(10).fill('confirmed'))
    const later = settled.slice(10)
    expect(new Set(later)).toEqual(new Set(['alone', 'confirmed']))
    expect(later.filter(how => how === 'alone').length).toBeGreaterThan(5)
  })

  test('a worker that answers on two lanes has one vote', async () => {
    const scene = sceneOf()
    const key = await generateKey()
    await scene.honest('a', key)
    await scene.honest('b', key)
    const answer = await scene.farm.submit(await scene.task(), LIMITS)
    expect([answer.settled, answer.by]).toEqual(['refereed', [key.did]])
  })
})

describe('workers that die', () => {
  test('a task with which three have died is set aside, by a fault that names it (FARM-8)', async () => {
    const scene = sceneOf({ lanes: ['a'] })
    const heard = listen(scene, 'poison')
    const task = await scene.task()
    const { cid } = encodeTask(task)
    let died = 0
    const die = async (): Promise<void> => {
      await scene.transport.work({
        lane: 'a',
        worker: 'dying',
        concurrency: 1,
        handle: async () => {
          died++
          scene.transport.kill('dying')
          void die()
          return new Uint8Array(0)
        },
      })
    }
    await die()
    const fault = await faultOf(scene.farm.submit(task, LIMITS))
    expect([fault.code, died, heard]).toEqual(['poison-task', 3, ['poison a']])
    expect(fault.message).toContain(cid.toString())
    expect((await faultOf(scene.farm.submit(task, LIMITS))).code).toBe('poison-task')
    expect(died).toBe(3)
    expect(decodeTranscript(await getBlock(scene.store, (await scene.ledger.transcript(cid))!)).evidence).toEqual([
      { lane: 'a', deaths: 3 },
    ])
  })

  test('what a worker had goes to another one on its lane', async () => {
    const scene = sceneOf()
    await scene.honest('b')
    await scene.transport.work({
      lane: 'a',
      worker: 'dying',
      concurrency: 1,
      handle: async () => {
        scene.transport.kill('dying')
        void scene.honest('a')
        return new Uint8Array(0)
      },
    })
    expect((await scene.farm.submit(await scene.task(), LIMITS)).settled).toBe('confirmed')
  })

  test('a lane whose workers are gone is given up for another one', async () => {
    const scene = sceneOf()
    await scene.honest('b')
    await scene.transport.work({ lane: 'a', worker: 'dying', concurrency: 1, handle: () => new Promise(() => {}) })
    const task = await scene.task()
    const answer = scene.farm.submit(task, LIMITS)
    await new Promise(resolve => setTimeout(resolve, 20))
    scene.transport.kill('dying')
    await scene.honest('c')
    expect((await answer).settled).toBe('confirmed')
  })

  test('a replica that the queue has lost is put there again', async () => {
    const scene = sceneOf({ lanes: ['a'] })
    const heard = listen(scene, 'lost')
    const task = await scene.task()
    const answer = scene.farm.submit(task, LIMITS)
    await new Promise(resolve => setTimeout(resolve, 20))
    const job = { task: encodeTask(task).cid, profile: encodeProfile(PROFILE_1).cid, limits: classOf(LIMITS) }
    await scene.transport.remove('a', replicaId(job, 'a'))
    await scene.honest('a')
    expect((await answer).receipt.out).toEqual({ ok: [3n] })
    expect(heard).toEqual(['lost a'])
  })
})

test('the judge signs what the referee has reproduced (FARM-13)', async () => {
  const key = await generateKey()
  const scene = sceneOf({ key })
  await scene.honest('a')
  const task = await scene.task()
  await scene.farm.submit(task, LIMITS)
  const { transcript, holds } = await check(scene, task)
  expect([transcript.settled, transcript.judge === undefined, holds]).toEqual(['refereed', false, true])
})

async function receiptIn(scene: Scene, task: Task): Promise<CID> {
  const cid = (await scene.ledger.transcript(encodeTask(task).cid))!
  return decodeTranscript(await getBlock(scene.store, cid)).receipt!
}
