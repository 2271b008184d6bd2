/** The types of workflows and their parts (docs/spec/workflow.md). */
import type { CID } from 'multiformats/cid'
import type { Param, Task, Value } from '../interface.ts'
import type { SafetyClass } from '../task/classes.ts'
import type { ParamInput } from '../task/task.ts'

/** A set of tasks with labels. Tasks may wait for one another. */
export interface Workflow {
  /** The tasks by their labels. A label has 1 to 64 letters, digits, `_`, `-` and `.`. */
  readonly tasks: Readonly<Record<string, WorkflowTask>>
}

/** One task of a workflow. */
export interface WorkflowTask {
  /**
   * The work. It is a call, which has the form of a task, or work of another kind in a form that `classify` knows.
   *
   * Awaits may stand in the work. In a call, an await stands for the module, a parameter or a part of a parameter. An
   * example of an await is `{ 'await/ok': 'resize' }`.
   */
  readonly run: Value
  /** The declared safety class of the work. */
  readonly safety?: SafetyClass
  /**
   * The labels of tasks that must end before this one starts, although it awaits nothing of them. They are sorted, and
   * each stands once.
   */
  readonly after?: readonly string[]
}

/** A workflow as a caller may pass it. Integers may be numbers, and a task need not have a nonce. */
export interface WorkflowInput {
  /** The tasks by their labels. */
  readonly tasks: Readonly<Record<string, WorkflowTaskInput>>
}

/** A task of a workflow as a caller may pass it. */
export interface WorkflowTaskInput {
  /** The work, in which awaits may stand. */
  readonly run: ParamInput | Task
  /** The declared safety class of the work. */
  readonly safety?: SafetyClass
  /** The labels of tasks that must end before this one starts. */
  readonly after?: readonly string[]
}

/** The awaited part of another task: its result, its error, or the outcome, which is either of them. */
export type Branch = 'ok' | 'error' | '*'

/** An await, and its place in the workflow. */
export interface Await {
  /** The path of the place in the document, such as `tasks.b.run.args.params[0]`. */
  readonly field: string
  readonly branch: Branch
  /** The label of the awaited task. */
  readonly label: string
  /**
   * The steps to a part of the awaited value: keys of maps, indices of lists, and names in directories. Empty for the
   * whole value.
   */
  readonly path: readonly (string | number)[]
}

/** The parts of a call. They are those of a `Task`, but awaits may stand in them. */
export interface WasmRun {
  readonly mod: CID | Await
  readonly fun: string
  readonly params: readonly Param[]
  readonly abi: string
  readonly nonce: Uint8Array
}
