import { Fault } from '../../base/fault.ts'
import { classify, moduleToProve, type Classification } from '../../task/classify.ts'
import { toTask } from '../../task/seed.ts'
import { createTask } from '../../task/task.ts'
import type { Task } from '../../interface.ts'
import type { Context } from '../context.ts'
import { evidenceOf } from '../evidence.ts'
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
