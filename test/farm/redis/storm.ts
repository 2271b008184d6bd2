/**
 * A farm in a storm: four worker processes on two lanes, of which one lies and one ends itself, while Redis and the
 * workers are killed at random moments. Every task has to be answered, once and right; every lie that was answered has
 * to be charged to who told it, and to nobody else.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { CID } from 'multiformats/cid'
import { getBlock } from '../../../src/content/block.ts'
import { importCar } from '../../../src/content/car.ts'
import { createFsStore } from '../../../src/content/fs-store.ts'
import { createMemoryStore } from '../../../src/content/memory-store.ts'
import { addFile } from '../../../src/content/unixfs.ts'
import { createInlineEngine } from '../../../src/engine/engine.ts'
import { writeKeyFile } from '../../../src/envelope/key-file.ts'
import { generateKey } from '../../../src/envelope/key.ts'
import { createBullTransport } from '../../../src/farm/bull-transport.ts'
import { checkTranscript } from '../../../src/farm/check.ts'
import { createFarm, type Farm } from '../../../src/farm/farm.ts'
import { createFsLedger } from '../../../src/farm/fs-ledger.ts'
import { decodeTranscript } from '../../../src/farm/transcript.ts'
import { createTask } from '../../../src/task/task.ts'
import { createVerifier } from '../../../src/verifier/verifier.ts'
import { assemble } from '../../../wasm-fixtures/wat.ts'
import { WATS } from '../../support/tasks.ts'
import { RedisServer } from './server.ts'

const WORKER = fileURLToPath(new URL('./worker.mjs', import.meta.url))
const LIMITS = { gas: 10n ** 9n, pages: 16 }
const PREFIX = 'storm'
/** The time after which a dead worker is noticed, in milliseconds. */
const LOCK_MS = 3000
/** The probabilities of a lie of the liar, and of the end of the worker that ends itself. */
const LIES = 0.1
const DIES = 0.03
/** The number of tasks that are submitted at once. */
const AT_ONCE = 24

/** How hard the storm is. */
export interface Storm {
  readonly tasks: number
  readonly kills: number
}

interface Place {
  readonly name: string
  readonly did: string
  readonly settings: Readonly<Record<string, unknown>>
}

/** Worker processes, each of which is started again when it has ended. */
class Workers {
  readonly #processes = new Map<string, ChildProcess>()
  readonly #places: readonly Place[]
  /** The command by which a process gets a network of its own, if this host allows it. */
  readonly #apart: readonly string[]
  #isStarted = false
  #isOver = false
  /** How often workers have ended. */
  ended = 0
  /** The tasks about which the liar has lied. */
  readonly lies: string[] = []

  constructor(places: readonly Place[]) {
    this.#places = places
    const apart = ['unshare', '--map-root-user', '--net']
    this.#apart = spawnSync(apart[0]!, [...apart.slice(1), 'true']).status === 0 ? apart : []
  }

  get areApart(): boolean {
    return this.#apart.length > 0
  }

  /** Starts all workers. Resolves when each has begun to serve. */
  async start(): Promise<void> {
    await Promise.all(this.#places.map(place => this.#begin(place)))
    this.#isStarted = true
  }

  kill(n: number): void {
    this.#processes.get(this.#places[n % this.#places.length]!.name)?.kill('SIGKILL')
  }

  async end(): Promise<void> {
    this.#isOver = true
    for (const process of this.#processes.values()) process.kill('SIGKILL')
    await Promise.all([...this.#processes.values()].map(process => process.exitCode ?? once(process, 'exit')))
  }

  #begin(place: Place): Promise<void> {
    const words = [...this.#apart, process.execPath, WORKER, JSON.stringify(place.settings)]
    const worker = spawn(words[0]!, words.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#processes.set(place.name, worker)
    return new Promise((resolve, reject) => {
      let isReady = false
      createInterface({ input: worker.stdout }).on('line', line => {
        if (line !== 'ready') return void this.lies.push(line)
        isReady = true
        resolve()
      })
      worker.once('exit', () => {
        if (this.#isOver) return
        this.ended++
        if (!isReady && !this.#isStarted) return reject(new Error(`the worker ${place.name} does not start`))
        // One that starts while Redis is down ends at once, and is started again.
        setTimeout(() => this.#isOver || this.#begin(place).catch(reject), isReady ? 0 : 500)
      })
    })
  }
}

/** Runs a storm. Throws an error if something is wrong. */
export async function weatherStorm({ tasks, kills }: Storm, log: (line: string) => void): Promise<void> {
  const server = new RedisServer()
  await server.start()
  const folder = join(server.folder, 'store')
  const store = createFsStore(folder, { durable: 'soon' })
  const places: Place[] = []
  for (const [name, lane, lies, dies] of [
    ['honest-a', 'a', 0, 0],
    ['liar-a', 'a', LIES, 0],
    ['honest-b', 'b', 0, 0],
    ['dying-b', 'b', 0, DIES],
  ] as const) {
    const keyFile = join(server.folder, `${name}.pem`)
    const key = await generateKey()
    await writeKeyFile(keyFile, key)
    const queue = { address: server.address, prefix: PREFIX, lockMs: LOCK_MS }
    const settings = { ...queue, lane, keyFile, folder, index: join(server.folder, 'index'), lies, dies }
    places.push({ name, did: key.did, settings })
  }
  const ledgerFile = join(server.folder, 'ledger')
  const ledger = createFsLedger(ledgerFile)
  const transport = createBullTransport({ connection: server.address, prefix: PREFIX, lockMs: LOCK_MS })
  const farm = createFarm({
    transport,
    store,
    ledger,
    // Every answer is checked: a worker that lies now and then would be trusted in between.
    policy: { trustAfter: Infinity },
    patienceMs: 60_000,
  })
  const workers = new Workers(places)
  try {
    const mod = await addFile(store, await assemble(WATS.add))
    await workers.start()
    log(`four workers on two lanes${workers.areApart ? ', each in a network of its own' : ''}`)
    let answered = 0
    let restarts = 0
    /** Kills a worker or Redis, in turns. */
    const kill = async (n: number): Promise<void> => {
      if (n % 2 === 0) return workers.kill(n / 2)
      restarts++
      await server.kill()
      await server.start()
    }
    // The kills are spread over the work.
    const isTime = (n: number): boolean => answered >= ((n + 1) * tasks) / (kills + 2)
    const storm = (async () => {
      for (const n of Array.from({ length: kills }).keys()) {
        while (!isTime(n)) await pause(20)
        await pause(Math.random() * 300)
        await kill(n)
      }
    })()
    const begun = Date.now()
    const wrong: string[] = []
    await each(tasks, AT_ONCE, async n => {
      const task = createTask({ mod, fun: 'f', params: [BigInt(n), 7n], abi: 'core' })
      const { receipt } = await farm.submit(task, LIMITS)
      if (!('ok' in receipt.out) || (receipt.out.ok as readonly bigint[])[0] !== BigInt(n) + 7n) wrong.push(String(n))
      if (++answered % Math.ceil(tasks / 5) === 0) log(`${answered} tasks are answered`)
    })
    await storm
    const seconds = ((Date.now() - begun) / 1000).toFixed(0)
    log(
      `${tasks} tasks in ${seconds} s; Redis was killed ${restarts} times, and workers have ended ${workers.ended} times`,
    )
    requireThat(wrong.length === 0, `these answers are wrong: ${wrong.join(', ')}`)
    await requireJustice(farm, store, ledgerFile, places[1]!.did, tasks, workers.lies, log)
  } finally {
    await workers.end()
    await farm.close({ abort: true })
    await transport.close()
    await store.close()
    await server.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Checks that each task was judged once, and that the liar alone was charged, for each lie that was answered. */
async function requireJustice(
  farm: Farm,
  store: ReturnType<typeof createFsStore>,
  ledgerFile: string,
  liar: string,
  tasks: number,
  told: readonly string[],
  log: (line: string) => void,
): Promise<void> {
  const lines = readFileSync(ledgerFile, 'utf8').split('\n').filter(Boolean)
  const entries = lines.map(line => JSON.parse(line) as { task: string; transcript: string })
  requireThat(new Set(entries.map(({ task }) => task)).size === tasks, 'not all tasks were judged')
  requireThat(entries.length === tasks, `${entries.length} judgements on ${tasks} tasks`)
  const disputes: string[] = []
  for (const { task, transcript: name } of entries) {
    const transcript = decodeTranscript(await getBlock(store, CID.parse(name)))
    const signed = transcript.evidence.filter(item => 'receipt' in item)
    const falseOnes = signed.filter(({ receipt }) => !receipt.equals(transcript.receipt!))
    const charged = transcript.liars.map(({ by, receipt }) => `${by} ${receipt}`).sort()
    const expected = falseOnes.map(({ by, receipt }) => `${by} ${receipt}`).sort()
    requireThat(charged.join() === expected.join(), `the lies about ${task} were charged wrongly`)
    requireThat(
      transcript.liars.every(({ by }) => by === liar),
      `an honest worker was charged for ${task}`,
    )
    if (falseOnes.length > 0) disputes.push(task)
  }
  const unknown = disputes.filter(task => !told.includes(task))
  requireThat(unknown.length === 0, `nobody has told the lies about ${unknown.join(', ')}`)
  requireThat(disputes.length > 0, 'no lie was told')
  for (const task of disputes.slice(0, 3)) {
    const copy = createMemoryStore()
    const { roots } = await importCar(copy, (await farm.transcript(CID.parse(task)))!)
    const verifier = createVerifier({ store: copy, engine: createInlineEngine() })
    const { holds, findings } = await checkTranscript(copy, roots[0]!, verifier)
    requireThat(holds, `the transcript of ${task} does not hold: ${JSON.stringify(findings)}`)
  }
  log(
    `${told.length} lies were told, and ${disputes.length} of them answered: all were charged to the liar, and to nobody else`,
  )
  log(`the transcripts of ${Math.min(3, disputes.length)} disputes were checked from their CARs alone`)
}

/** Does some work for 0, 1, …, with so much of it at once. */
async function each(count: number, atOnce: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  const one = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, one))
}

function requireThat(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
