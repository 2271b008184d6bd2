/** What a module declares, as read from its bytes. Offsets count bytes from the start of the module. */
import { Cursor } from './code.ts'
import type { FunctionType, ValueType } from './types.ts'

export type ExternKind = 'function' | 'table' | 'memory' | 'global'

/** Bounds of a memory in pages or of a table in slots. */
export interface Bounds {
  readonly min: number
  readonly max: number | undefined
}

export interface TableType extends Bounds {
  readonly element: ValueType
}

export interface Import {
  readonly module: string
  readonly name: string
  readonly kind: ExternKind
  /** Of an imported function. */
  readonly type: FunctionType | undefined
  readonly offset: number
}

export interface Global {
  readonly type: ValueType
  readonly mutable: boolean
  /** The constant an i32 global starts with; undefined for other types. */
  readonly init: number | undefined
}

export interface Export {
  readonly name: string
  readonly kind: ExternKind
  readonly index: number
  readonly offset: number
}

/** An element or data segment; `at` is where an active one is written, `length` its slots or bytes. */
export interface Segment {
  readonly mode: 'active' | 'passive' | 'declarative'
  readonly index: number
  readonly at: number
  readonly length: number
  /** Its bytes in the module, from its flags on. */
  readonly start: number
  readonly end: number
}

/** A run of declared locals of one type. */
export interface LocalRun {
  readonly count: number
  readonly type: ValueType
}

/** One function body and what the validator computed of it. */
export interface Body {
  /** Where the body begins, with the declarations of its locals, and where its code begins and ends. */
  readonly start: number
  readonly code: number
  readonly end: number
  readonly locals: readonly LocalRun[]
  /** Declared locals, in 8-byte words. */
  readonly localWords: number
  /** Greatest height of the operand stack and of what instrumented code holds beside it, in 8-byte words (PROFILE-10). */
  readonly heightWords: number
  /** Targets of all br_tables, defaults included. */
  readonly branchTargets: number
  /** Values that engines keep for the body's blocks while they compile it (PROFILE-23). */
  readonly keptValues: number
  /** Loops that take parameters. */
  readonly parameterLoops: number
  /** Whether there are instructions behind one that leaves its block for good. */
  readonly hasDeadCode: boolean
  /** Functions that are called by their index, as often as they are; and whether others are called through tables. */
  readonly callees: readonly number[]
  readonly callsIndirectly: boolean
  /** Values that instructions move in company (PROFILE-10). */
  readonly carriedValues: number
  /** Depth of the tree that the code is read as (PROFILE-10). */
  readonly treeDepth: number
}

export interface Section {
  readonly id: number
  /** From its id byte to the byte after its contents. */
  readonly start: number
  readonly end: number
}

export interface Module {
  readonly bytes: Uint8Array
  /** Sections that are not custom: nothing that runs depends on those, and there may be millions. */
  readonly sections: readonly Section[]
  readonly types: readonly FunctionType[]
  readonly imports: readonly Import[]
  /** Type of every function, imported ones first. */
  readonly functions: readonly FunctionType[]
  readonly importedFunctions: number
  /** Functions that the module makes references of: no others can be called through tables. */
  readonly referenced: ReadonlySet<number>
  readonly tables: readonly TableType[]
  readonly memory: Bounds | undefined
  readonly globals: readonly Global[]
  readonly exports: readonly Export[]
  /** Words that the exported functions take and give (PROFILE-24). */
  readonly exportedWords: number
  readonly start: number | undefined
  readonly elements: readonly Segment[]
  readonly data: readonly Segment[]
  readonly bodies: readonly Body[]
}

/** Bytes of a module that are not in custom sections. */
export function plainBytes({ sections }: Module): number {
  return sections.reduce((sum, { start, end }) => sum + end - start, HEADER_BYTES)
}

/** Bytes of the contents of the code section. */
export function codeBytes({ bytes, sections }: Module): number {
  const section = sections.find(({ id }) => id === CODE)
  return section === undefined ? 0 : new Cursor(bytes, section.start + 1).u32()
}

const HEADER_BYTES = 8
const CODE = 10
