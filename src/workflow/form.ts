/** The form of workflows (docs/spec/workflow.md). Types only. */
import type { CID } from 'multiformats/cid'
import type { Param, Task, Value } from '../interface.ts'
import type { SafetyClass } from '../task/classes.ts'
import type { ParamInput } from '../task/task.ts'

/** Tasks by labels, some of which wait for others. */
export interface Workflow {
  /** The tasks by their labels, which have 1 to 64 letters, digits, `_`, `-` and `.`. */
  readonly tasks: Readonly<Record<string, WorkflowTask>>
}

/** One task of a workflow. */
export interface WorkflowTask {
  /**
   * The work: a task in which awaits may stand in the place of the module and of parameters and their parts, or work of another
   * kind in a form that `classify` knows. An await is a map such as `{ 'await/ok': 'resize' }`.
   */
  readonly run: Value
  /** The safety class that is declared for the work. */
  readonly safety?: SafetyClass
  /** Labels of tasks that this one comes after, although it needs no result of theirs. Sorted, each once. */
  readonly after?: readonly string[]
}

/** A workflow as it may be given. Integers may be numbers, and a task need not have a nonce. */
export interface WorkflowInput {
  /** The tasks by their labels. */
  readonly tasks: Readonly<Record<string, WorkflowTaskInput>>
}

/** A task of a workflow as it may be given. */
export interface WorkflowTaskInput {
  /** The work, with awaits. */
  readonly run: ParamInput | Task
  /** The safety class that is declared for the work. */
  readonly safety?: SafetyClass
  /** Labels of tasks that this one comes after. */
  readonly after?: readonly string[]
}

/** What of a task is awaited: its result, its error, or either. */
export type Branch = 'ok' | 'error' | '*'

/** A place in a workflow where what another task came to is to stand. */
export interface Await {
  /** The path of the place in the document, such as `tasks.b.run.args.params[0]`. */
  readonly field: string
  readonly branch: Branch
  /** The label of the awaited task. */
  readonly label: string
  /** The part of the awaited value: keys of maps, indices of lists, and names in directories. Empty for all of it. */
  readonly path: readonly (string | number)[]
}

/** The work of a task that can be run here: a call, as in a `Task`, with awaits. */
export interface WasmRun {
  readonly mod: CID | Await
  readonly fun: string
  readonly params: readonly Param[]
  readonly abi: string
  readonly nonce: Uint8Array
}
