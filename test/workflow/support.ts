/** Workflows for tests: modules in a store, and calls of them with awaits. */
import type { CID } from 'multiformats/cid'
import { Fault } from '../../src/base/fault.ts'
import { getBlock } from '../../src/content/block.ts'
import { createMemoryStore, type MemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { createInlineEngine, type Engine } from '../../src/engine/engine.ts'
import { createExecutor, type Executor, type ExecutorOptions } from '../../src/executor/executor.ts'
import { createMemoryMemo } from '../../src/executor/memory-memo.ts'
import type { MemoStore } from '../../src/executor/memo-store.ts'
import type { Receipt } from '../../src/interface.ts'
import { decodeReceipt } from '../../src/receipt/receipt.ts'
import type { ParamInput } from '../../src/task/task.ts'
import { createWorkflow } from '../../src/workflow/document.ts'
import type { TaskEnd, WorkflowRun } from '../../src/workflow/ends.ts'
import type { Workflow, WorkflowTaskInput } from '../../src/workflow/form.ts'
import { runWorkflow, type RunWorkflowOptions } from '../../src/workflow/run.ts'
import type { WorkflowLimits } from '../../src/workflow/budget.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { LIMITS, WATS } from '../support/tasks.ts'

/** Sums, quotients that may trap, and a loop without end. */
export const NUMBERS = await assemble(`(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1)))
  (func (export "both") (param i32) (result i32 i32) (local.get 0) (i32.mul (local.get 0) (local.get 0)))
  (func (export "forever") (param i32) (loop (br 0))))`)

/** Gives the bytes that it is given. */
export const ECHO = await assemble(WATS.echo)

/** An await as it stands in a document. */
export const ok = (...target: readonly (string | number)[]): ParamInput => awaited('await/ok', target)
export const error = (...target: readonly (string | number)[]): ParamInput => awaited('await/error', target)
export const either = (...target: readonly (string | number)[]): ParamInput => awaited('await/*', target)

function awaited(key: string, target: readonly (string | number)[]): ParamInput {
  return { [key]: target.length === 1 ? target[0]! : target }
}

/** An engine that counts its jobs, and keeps the names of the functions in their order. */
export class Counting implements Engine {
  readonly #engine = createInlineEngine()
  readonly called: string[] = []

  compute(...args: Parameters<Engine['compute']>): ReturnType<Engine['compute']> {
    this.called.push(args[0].fun)
    return this.#engine.compute(...args)
  }

  close(): Promise<void> {
    return this.#engine.close()
  }
}

/** A host: a store with the modules, a memo and an engine. */
export class Host {
  readonly store: MemoryStore
  readonly memo: MemoStore
  readonly engine: Counting
  readonly executor: Executor
  readonly numbers: CID
  readonly echo: CID

  private constructor(base: Pick<Host, 'store' | 'memo' | 'numbers' | 'echo'>, more: Partial<ExecutorOptions>) {
    this.store = base.store
    this.memo = base.memo
    this.numbers = base.numbers
    this.echo = base.echo
    this.engine = new Counting()
    this.executor = createExecutor({ store: this.store, engine: this.engine, memo: this.memo, ...more })
  }

  static async make(more: Partial<ExecutorOptions> = {}): Promise<Host> {
    const store = createMemoryStore()
    const [numbers, echo] = [await addFile(store, NUMBERS), await addFile(store, ECHO)]
    return new Host({ store, memo: createMemoryMemo(), numbers, echo }, more)
  }

  /** Another executor and engine over the same store and memo, as after a crash. */
  again(more: Partial<ExecutorOptions> = {}): Host {
    return new Host(this, more)
  }

  call(fun: string, ...params: readonly ParamInput[]): WorkflowTaskInput {
    return { run: { cmd: '/wasm/run', args: { mod: this.numbers, fun, params, abi: 'core' } } }
  }

  bytes(...params: readonly ParamInput[]): WorkflowTaskInput {
    return { run: { cmd: '/wasm/run', args: { mod: this.echo, fun: 'f', params, abi: 'bytes' } } }
  }

  run(
    tasks: Workflow | Readonly<Record<string, WorkflowTaskInput>>,
    options: RunWorkflowOptions = {},
    limits: WorkflowLimits = LIMITS,
  ): Promise<WorkflowRun> {
    const workflow = isWorkflow(tasks) ? tasks : createWorkflow({ tasks })
    return runWorkflow(this.executor, workflow, limits, options)
  }

  async receipt(cid: CID): Promise<Receipt> {
    return decodeReceipt(await getBlock(this.store, cid))
  }
}

function isWorkflow(tasks: object): tasks is Workflow {
  return !('run' in (Object.values(tasks)[0] as object))
}

/** The results, errors and other ends of all tasks, in short. */
export function shortly({ tasks }: Pick<WorkflowRun, 'tasks'>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(tasks).map(([label, end]) => [label, short(end)]))
}

function short(end: TaskEnd): unknown {
  if (end.state === 'waiting') return `waiting on ${end.waitingOn.join(', ')}`
  if (end.state === 'fault') return `fault ${end.fault.code}`
  return 'ok' in end.out ? end.out.ok : `error ${end.out.error.code}`
}

/** The fault that some work throws at once. */
export function faultOf(work: () => unknown): Fault {
  try {
    work()
  } catch (fault) {
    if (fault instanceof Fault) return fault
    throw fault
  }
  throw new Error('no fault')
}
