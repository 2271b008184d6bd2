/**
 * Measures the verification of a receipt, relative to running the bare function once. The module has been prepared
 * before.
 */
import { createExecutor, createVerifier, type Engine } from '../../src/index.ts'
import { KERNELS, moduleOf, type Kernel } from '../kernels.ts'
import { interleave, timed, type Measured } from '../measure.ts'
import { prepare } from '../prepare.ts'
import { builtThread, LIMITS, storeWith } from '../tasks.ts'
import { createTask } from '../../src/index.ts'
import { columns, fixed, markdownTable, type Options, type Suite } from '../suite.ts'

export interface VerifyRow {
  readonly name: string
  readonly bare: Measured
  readonly verify: Measured
}

export interface VerifyResult {
  readonly receipts: readonly VerifyRow[]
}

/** Integer kernels, so that the difference to the bare run is the verifier, and not the cost of canonical NaNs. */
const CHOSEN = ['fibonacci', 'queens', 'json', 'sha256', 'crc32', 'pi']
const HEAD = ['receipt of', 'bare run, ms', 'verify, ms', 'beyond, ms', 'quartiles']

export const verify: Suite<VerifyResult> = {
  title: 'verifying a receipt of a prepared module, beyond the bare run',
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
    return { receipts }
  },
  report: ({ receipts }) => markdownTable(HEAD, receipts.map(cells)),
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
