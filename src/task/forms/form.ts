/** The types of documents in which other systems write tasks, and of the result of reading one (docs/spec/task.md). */
import type { CID } from 'multiformats/cid'
import type { MarkedMap, MarkedValue } from '../../base/marked-value.ts'
import type { Block } from '../../interface.ts'

/** The names of the forms. */
export const TASK_FORMS = [
  'ipvm-wasm',
  'ipvm-task',
  'homestar-instruction',
  'homestar-task',
  'homestar-invocation',
  'homestar-workflow',
  'ucan-0.2-instruction',
  'ucan-0.2-task',
  'ucan-0.2-invocation',
  'ucan-1.0-task',
  'ucan-1.0-invocation',
] as const

/**
 * The name of a form in which a task is written. `ipvm-wasm` is our own form, and `ipvm-task` is the object of
 * ipvm-wg/spec issue 12. The other names begin with the system: homestar 0.2, UCAN invocation 0.2, or UCAN invocation
 * 1.0.0-rc.1.
 */
export type TaskForm = (typeof TASK_FORMS)[number]

/** A document that asks for one task or for several. */
export interface TaskDocument {
  /** The form in which it is written. */
  readonly form: TaskForm
  /**
   * The CID of the document. It has version 1, dag-cbor, and sha3-256 in the forms of homestar or sha2-256 in all
   * others.
   */
  readonly cid: CID
  /** The document in the canonical form of dag-cbor. */
  readonly bytes: Uint8Array
  /** The document as a value: a frozen copy, with integers as bigints and floats as `Float`s. */
  readonly value: MarkedValue
  /** The calls that the document asks for, in its order. Only a workflow can have more than one. */
  readonly calls: readonly AskedCall[]
}

/** A call that a document asks for. */
export interface AskedCall {
  /** The path of the call in the document, such as `tasks[0].run`; empty if the call is the whole document. */
  readonly field: string
  /**
   * The CID of the call without its limits and proofs. In homestar and UCAN 0.2 it is the CID of the instruction, and
   * in UCAN 1.0 that of the task. In all other forms it is that of the document.
   */
  readonly cid: CID
  /** The module, the function and the parameters. Absent if the document has a link in their place. */
  readonly instruction?: Instruction
  /** The metadata, which states limits; absent if there is none. It has not been checked yet. */
  readonly meta?: {
    /** The path of the metadata. */
    readonly field: string
    /** The metadata. */
    readonly value: MarkedMap
  }
}

/** The parts of a call, as in the document. */
export interface Instruction {
  /** The block of the instruction. Its CID is the `cid` of the call. */
  readonly block: Block
  /** The module, as a link or a URI. */
  readonly mod: CID | string
  /** The name of the function. */
  readonly fun: string
  /** The parameters. */
  readonly params: readonly MarkedValue[]
  /** The name of the ABI; absent if the document does not state one. */
  readonly abi?: string
  /** The awaits among the parameters, in any depth. */
  readonly awaits: readonly Await[]
  /** The paths of fields in the document, for faults. */
  readonly fields: {
    /** The path of the module. */
    readonly mod: string
    /** The path of the name of the function. */
    readonly fun: string
    /** The path of the parameters. */
    readonly params: string
    /** The path of the ABI, or of the field that should state it. */
    readonly abi: string
  }
}

/** An await: a parameter, or a part of one, that stands for the result of another call. */
export interface Await {
  /** The path of the part in the document. */
  readonly field: string
  /** The awaited part of the other call: its result, its error, or either of them. */
  readonly branch: 'ok' | 'error' | '*'
  /** The CID of the awaited call. */
  readonly cid: CID
}

/**
 * Reads a value in one form.
 *
 * @throws Misfit with the path of the field that does not fit
 */
export type FormReader = (value: MarkedValue, form: TaskForm) => TaskDocument
