/** The forms of tasks in other systems, and the result of reading a document in one of them (docs/spec/task.md). */
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
 * A form in which a task is written: `ipvm-wasm`, our own; `ipvm-task`, the object of ipvm-wg/spec issue 12; those of homestar 0.2;
 * those of UCAN invocation 0.2; and those of UCAN invocation 1.0.0-rc.1.
 */
export type TaskForm = (typeof TASK_FORMS)[number]

/** A document that asks for one task or for several. */
export interface TaskDocument {
  /** The form in which it is written. */
  readonly form: TaskForm
  /** The CID of the document: CIDv1, dag-cbor; sha3-256 in the forms of homestar, and sha2-256 in all others. */
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
  /** The CID of the call without limits and proofs. Other systems compute it from the instruction or the task. */
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
  /** The parameters, or parts of parameters, that are results of other calls. */
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

/** A parameter, or a part of one, that is the result of another call. */
export interface Await {
  /** The path of the part in the document. */
  readonly field: string
  /** The branch that is awaited: the result, the error, or either. */
  readonly branch: 'ok' | 'error' | '*'
  /** The CID of the call that is awaited. */
  readonly cid: CID
}

/** Reads a value in one form. Throws a `Misfit` with the path of the field that does not fit. */
export type FormReader = (value: MarkedValue, form: TaskForm) => TaskDocument
