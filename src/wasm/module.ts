/** What a module declares, as read from its bytes. Offsets count bytes from the start of the module. */
import { Cursor } from './code.ts'
import type { FunctionType, ValueType } from './types.ts'

/** What can be imported and exported. */
export type ExternKind = 'function' | 'table' | 'memory' | 'global'

/** Bounds of a memory in pages or of a table in slots. */
export interface Bounds {
  /** What there is at the beginning. */
  readonly min: number
  /** The most that there may be; undefined where the module states none. */
  readonly max: number | undefined
}

/** A table: its bounds in slots, and what they hold. */
export interface TableType extends Bounds {
  /** Type of the references in it. */
  readonly element: ValueType
}

/** An import, as the module names it. */
export interface Import {
  /** The first of its two names, as `env`. */
  readonly module: string
  /** The second of its two names. */
  readonly name: string
  /** What is imported. */
  readonly kind: ExternKind
  /** Of an imported function. */
  readonly type: FunctionType | undefined
  /** Where its entry begins in the module. */
  readonly offset: number
}

/** A global variable. */
export interface Global {
  /** Type of its value. */
  readonly type: ValueType
  /** Whether it can be set. */
  readonly mutable: boolean
  /** The constant an i32 global starts with; undefined for other types. */
  readonly init: number | undefined
}

/** An export. */
export interface Export {
  /** The name that it is called by. */
  readonly name: string
  /** What is exported. */
  readonly kind: ExternKind
  /** Which of its kind it is, imported ones first. */
  readonly index: number
  /** Where its entry begins in the module. */
  readonly offset: number
}

/** An element or data segment. */
export interface Segment {
  /** When it is written: at the beginning, when an instruction says so, or never. */
  readonly mode: 'active' | 'passive' | 'declarative'
  /** The table or memory of an active one. */
  readonly index: number
  /** The slot or byte at which an active one is written. */
  readonly at: number
  /** Its slots or bytes. */
  readonly length: number
  /** Where its bytes begin in the module, with its flags. */
  readonly start: number
  /** Where its bytes end in the module. */
  readonly end: number
}

/** A run of declared locals of one type. */
export interface LocalRun {
  /** How many there are. */
  readonly count: number
  /** Their type. */
  readonly type: ValueType
}

/** One function body and what the validator computed of it. */
export interface Body {
  /** Where the body begins in the module, with the declarations of its locals. */
  readonly start: number
  /** Where its code begins in the module. */
  readonly code: number
  /** Where it ends in the module. */
  readonly end: number
  /** The locals that it declares, without the parameters. */
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
  /** Whether there are instructions that follow one that leaves its block for good. */
  readonly hasDeadCode: boolean
  /** Functions that are called by their index, as often as they are. */
  readonly callees: readonly number[]
  /** Whether functions are called through tables. */
  readonly callsIndirectly: boolean
  /** Values that instructions move in company (PROFILE-10). */
  readonly carriedValues: number
  /** Depth of the tree that the code is read as (PROFILE-10). */
  readonly treeDepth: number
}

/** A section of the binary format. */
export interface Section {
  /** Its number in the binary format. */
  readonly id: number
  /** Where its id byte is in the module. */
  readonly start: number
  /** Where it ends in the module. */
  readonly end: number
}

/** A module as it was read. */
export interface Module {
  /** The whole module. */
  readonly bytes: Uint8Array
  /** Sections that are not custom: nothing that runs depends on those, and there may be millions. */
  readonly sections: readonly Section[]
  /** The function types of the type section. */
  readonly types: readonly FunctionType[]
  /** All imports, in their order. */
  readonly imports: readonly Import[]
  /** Type of every function, imported ones first. */
  readonly functions: readonly FunctionType[]
  /** How many of the functions are imported. */
  readonly importedFunctions: number
  /** Functions that the module makes references of: no others can be called through tables. */
  readonly referenced: ReadonlySet<number>
  /** Its tables. */
  readonly tables: readonly TableType[]
  /** Bounds of its memory in pages of 64 KiB, if it has one. */
  readonly memory: Bounds | undefined
  /** Its globals. */
  readonly globals: readonly Global[]
  /** All exports, in their order. */
  readonly exports: readonly Export[]
  /** Words that the exported functions take and give (PROFILE-24). */
  readonly exportedWords: number
  /** The function that runs first, if there is one. */
  readonly start: number | undefined
  /** Its element segments. */
  readonly elements: readonly Segment[]
  /** Its data segments. */
  readonly data: readonly Segment[]
  /** One for each function that is not imported. */
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
