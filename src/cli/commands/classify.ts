import type { CID } from 'multiformats/cid'
import { admit, rejectionOf } from '../../admission/admit.ts'
import { Fault } from '../../base/fault.ts'
import { PROFILE_1 } from '../../profile/v1.ts'
import { PROFILE_1_VIRTUAL } from '../../profile/virtual.ts'
import { classify, moduleToProve, type Classification, type ModuleEvidence } from '../../task/classify.ts'
import { toTask } from '../../task/seed.ts'
import { createTask } from '../../task/task.ts'
import type { Task } from '../../interface.ts'
import { MAX_FILE_BYTES, type Context } from '../context.ts'
import { readInput } from '../inputs.ts'
import type { Output } from '../output.ts'
import { bold, yellow } from '../terminal.ts'
import { EXIT, UsageError } from '../usage.ts'

/** Computes the safety class of the work that a JSON file describes. */
export async function classifyFile(context: Context, file: string): Promise<number> {
  const work = parse(file, await readInput(file))
  const module = moduleToProve(work)
  const evidence = module === null ? undefined : await evidenceOf(context, module)
  const found = classify(work, evidence)
  const task = found.kind === 'pure-function' ? asTask(work) : undefined
  const { kind, guarantees, proved, evidence: facts, tuple } = found
  await context.answer({ kind, class: found.class, guarantees, proved, evidence: facts, tuple, task }, output =>
    print(output, found, task),
  )
  return EXIT.done
}

function parse(file: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The result of admission, under the profile `pure` or else `virtual`. Undefined if the module cannot be loaded: then the class is not proved. */
async function evidenceOf(context: Context, module: CID): Promise<ModuleEvidence | undefined> {
  try {
    const bytes = await context.loadFile(module, MAX_FILE_BYTES)
    const { admitted, findings } = admit(bytes, PROFILE_1)
    if (admitted !== undefined) return { admitted: true }
    const isVirtual = admit(bytes, PROFILE_1_VIRTUAL).admitted !== undefined
    return isVirtual ? { admitted: true, profile: PROFILE_1_VIRTUAL.id } : { rejection: rejectionOf(findings) }
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'block-missing') throw error
    context.output.note(
      `The module ${module} is not in the store, so its class cannot be proved. Add it, or give a --gateway to fetch it from.`,
    )
    return undefined
  }
}

/** The task that an object of a seed stands for; undefined if it describes no call. */
function asTask(work: unknown): Task | undefined {
  try {
    return createTask(toTask(work))
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}

function print(output: Output, found: Classification, task: Task | undefined): void {
  const { retry, race, cache, voucher, lock } = found.guarantees
  output.field('class', bold(found.class), ...(found.proved ? [] : [yellow(' (not proved)')]))
  output.field('kind', found.kind)
  output.field('retry', retry)
  output.field('race', race)
  output.field('cache', cache)
  output.field('voucher', voucher)
  output.field('lock', lock)
  found.evidence.forEach(({ what, says }, i) => output.field(i === 0 ? 'because' : '', `${what}: ${says}`))
  if (task !== undefined) output.field('task', `${task.args.fun} of ${task.args.mod}, ABI ${task.args.abi}`)
}
