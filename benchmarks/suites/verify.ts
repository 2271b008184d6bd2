/**
 * Measures the verification of a receipt, relative to running the bare function once, and the number of receipts that are
 * verified in a second. The modules have been prepared before.
 */
import type { CID } from 'multiformats/cid'
import { createExecutor, createVerifier, type BlockStore, type Engine } from '../../src/index.ts'
import { KERNELS, moduleOf, type Kernel } from '../kernels.ts'
import { interleave, timed, type Contender, type Measured } from '../measure.ts'
import { prepare } from '../prepare.ts'
import { builtThread, LIMITS, storeWith, taskOf, tinyTasks, type Tiny } from '../tasks.ts'
import { createTask } from '../../src/index.ts'
import { columns, fixed, markdownTable, type Options, type Suite } from '../suite.ts'

export interface VerifyRow {
  readonly name: string
  readonly bare: Measured
  readonly verify: Measured
}

/** Receipts of different tiny tasks that `verifyMany` verifies in a second: median, and quartiles. */
export interface ManyRow {
  readonly task: string
  readonly threads: number
  readonly perSecond: { readonly median: number; readonly q1: number; readonly q3: number }
}

export interface VerifyResult {
  readonly receipts: readonly VerifyRow[]
  /** Absent in results of earlier versions. */
  readonly many?: readonly ManyRow[]
}

/** Integer kernels, so that the difference to the bare run is the verifier, and not the cost of canonical NaNs. */
const CHOSEN = ['fibonacci', 'queens', 'json', 'sha256', 'crc32', 'pi']
const THREADS = [1, 2]
const HEAD = ['receipt of', 'bare run, ms', 'verify, ms', 'beyond, ms', 'quartiles']

export const verify: Suite<VerifyResult> = {
  title: 'verifying a receipt of a prepared module, beyond the bare run; receipts of tiny tasks verified in a second',
  async run(options, log) {
    const engine = builtThread()
    const receipts: VerifyRow[] = []
    log(columns(HEAD, [20, 12, 12, 12, 16]))
    try {
      for (const size of ['quick', 'full'] as const) {
        if (options.quick && size === 'full') continue
        for (const kernel of KERNELS.filter(({ name }) => CHOSEN.includes(name) && options.kernels.test(name))) {
          const row = await measure(kernel, size, engine, options)
          receipts.push(row)
          log(columns(cells(row), [20, 12, 12, 12, 16]))
        }
      }
    } finally {
      await engine.close()
    }
    const many: ManyRow[] = []
    for (const threads of THREADS) {
      for (const tiny of tinyTasks()) {
        const row = await measureMany(tiny, threads, options)
        many.push(row)
        log(columns([`${row.task}, threads: ${threads}`, Math.round(row.perSecond.median), 'receipts/s'], [42, 9, 11]))
      }
    }
    return { receipts, many }
  },
  report: ({ receipts, many = [] }) =>
    [
      markdownTable(HEAD, receipts.map(cells)),
      ...(many.length === 0
        ? []
        : ['', markdownTable(['receipts of', 'threads', 'per second', 'quartiles'], many.map(manyCells))]),
    ].join('\n'),
}

/** Claims of different tasks of one module, by `verifyMany`, from a store in memory. */
async function measureMany(tiny: Tiny, threads: number, { quick, rounds }: Options): Promise<ManyRow> {
  const count = quick ? 20 : 1000
  const engine = builtThread(threads)
  try {
    const { store, mod } = await storeWith(tiny.bytes)
    const claims = await receiptsOf(tiny, mod, count, store, engine)
    const verifier = createVerifier({ store, engine })
    const contender: Contender = {
      name: 'many',
      run: () =>
        timed(async () => {
          const verification = verifier.verifyMany(claims)
          for await (const result of verification)
            if ('fault' in result || result.verdict !== 'reproduced') throw new Error(`${tiny.name}: not reproduced`)
          if (verification.counts.reproduced !== count) throw new Error(`${tiny.name}: ${count} expected`)
        }),
    }
    const turns = { rounds: rounds ?? (quick ? 2 : 11), warmups: quick ? 1 : 4, warmupMs: quick ? 0 : 500 }
    const { ms } = (await interleave([contender], turns)).get('many')!
    const rate = (time: number): number => (count / time) * 1000
    return { task: tiny.name, threads, perSecond: { median: rate(ms.median), q1: rate(ms.q3), q3: rate(ms.q1) } }
  } finally {
    await engine.close()
  }
}

async function receiptsOf(tiny: Tiny, mod: CID, count: number, store: BlockStore, engine: Engine): Promise<CID[]> {
  const executor = createExecutor({ store, engine })
  const cids: CID[] = []
  for (let i = 0; i < count; i++) cids.push((await executor.execute(taskOf(tiny, mod, i), LIMITS)).cid)
  return cids
}

function manyCells({ task, threads, perSecond: { median, q1, q3 } }: ManyRow): (string | number)[] {
  return [task, threads, Math.round(median), `${Math.round(q1)}–${Math.round(q3)}`]
}

async function measure(
  kernel: Kernel,
  size: 'quick' | 'full',
  engine: Engine,
  { quick, rounds }: Options,
): Promise<VerifyRow> {
  const { store, mod } = await storeWith(moduleOf(kernel))
  const params = kernel.args(size)
  const task = createTask({ mod, fun: kernel.fun, params: params.map(shortened), abi: kernel.abi })
  const { cid, receipt } = await createExecutor({ store, engine }).execute(task, LIMITS)
  if (!('ok' in receipt.out)) throw new Error(`${kernel.name}: ${JSON.stringify(receipt.out)}`)
  const verifier = createVerifier({ store, engine })
  const bare = (await prepare({ ...kernel, args: () => params.map(shortened) }, size, ['bare'])).guests.get('bare')!
  const contenders = [
    { name: 'bare', run: () => bare.run().ms },
    {
      name: 'verify',
      run: () =>
        timed(async () => {
          const { verdict } = await verifier.verify(cid)
          if (verdict !== 'reproduced') throw new Error(`${kernel.name}: ${verdict}`)
        }),
    },
  ]
  const measured = await interleave(contenders, {
    rounds: rounds ?? (quick ? 3 : 15),
    warmups: quick ? 1 : 5,
    warmupMs: quick ? 0 : 300,
  })
  return { name: `${kernel.name}, ${size}`, bare: measured.get('bare')!, verify: measured.get('verify')! }
}

/** Shortens a parameter to a megabyte, since parameters are part of the task. */
function shortened(arg: bigint | Uint8Array): bigint | Uint8Array {
  return typeof arg === 'bigint' ? arg : arg.slice(0, 1_000_000)
}

function cells({ name, bare, verify: own }: VerifyRow): (string | number)[] {
  return [
    name,
    fixed(bare.ms.median),
    fixed(own.ms.median),
    fixed(own.beyond.median),
    `${fixed(own.beyond.q1)}–${fixed(own.beyond.q3)}`,
  ]
}
