/** The contents of a validated module. Offsets count bytes from the beginning of the module. */
import { Cursor } from './code.ts'
import type { FunctionType, ValueType } from './types.ts'

/** The kinds of imports and exports. */
export type ExternKind = 'function' | 'table' | 'memory' | 'global'

/** The bounds of a memory in pages, or of a table in slots. */
export interface Bounds {
  /** The initial size. */
  readonly min: number
  /** The declared maximum; undefined if there is none. */
  readonly max: number | undefined
}

/** A table. Its bounds are in slots. */
export interface TableType extends Bounds {
  /** The type of its references. */
  readonly element: ValueType
}

/** An import. */
export interface Import {
  /** The name of the module that it comes from, such as `env`. */
  readonly module: string
  /** Its name in that module. */
  readonly name: string
  /** The kind of the import. */
  readonly kind: ExternKind
  /** The type of an imported function. */
  readonly type: FunctionType | undefined
  /** The offset of its entry in the module. */
  readonly offset: number
}

/** A global variable. */
export interface Global {
  /** The type of its value. */
  readonly type: ValueType
  /** True if it is mutable. */
  readonly mutable: boolean
  /** The initial value of an i32 global; undefined for other types. */
  readonly init: number | undefined
}

/** An export. */
export interface Export {
  /** Its name. */
  readonly name: string
  /** The kind of the export. */
  readonly kind: ExternKind
  /** Its index among all of its kind; imported ones come first. */
  readonly index: number
  /** The offset of its entry in the module. */
  readonly offset: number
}

/** An element or data segment. */
export interface Segment {
  /** Its mode (core spec 2.5.7): `active` segments are written at instantiation, `passive` ones by instructions. */
  readonly mode: 'active' | 'passive' | 'declarative'
  /** Of an active segment: the index of its table or memory. */
  readonly index: number
  /** Of an active segment: the slot or byte at which it is written. */
  readonly at: number
  /** Its length in slots or bytes. */
  readonly length: number
  /** The offset of its encoding in the module, flags included. */
  readonly start: number
  /** The offset of the end of its encoding. */
  readonly end: number
}

/** A run of declared locals of one type. */
export interface LocalRun {
  /** The number of locals. */
  readonly count: number
  /** The type of each. */
  readonly type: ValueType
}

/** A function body, with measures that the validator has computed. */
export interface Body {
  /** The offset of the body in the module, declarations of locals included. */
  readonly start: number
  /** The offset of its code. */
  readonly code: number
  /** The offset of its end. */
  readonly end: number
  /** The declared locals, without parameters. */
  readonly locals: readonly LocalRun[]
  /** The width of the declared locals, in 8-byte words. */
  readonly localWords: number
  /** The greatest height of the operand stack in 8-byte words, with values that instrumented code keeps in locals (PROFILE-10). */
  readonly heightWords: number
  /** The number of labels of all `br_table`s, defaults included. */
  readonly branchTargets: number
  /** The number of values that compilers keep for the body's blocks (PROFILE-23). */
  readonly keptValues: number
  /** The number of loops with parameters. */
  readonly parameterLoops: number
  /** True if an unconditional transfer of control is not the last instruction of its block. */
  readonly hasDeadCode: boolean
  /** The index of the callee of each direct call, in code order. */
  readonly callees: readonly number[]
  /** True if the body contains an indirect call. */
  readonly callsIndirectly: boolean
  /** The number of carried values: values that one instruction moves together with others (PROFILE-10). */
  readonly carriedValues: number
  /** The depth of the tree into which the code is parsed (PROFILE-10). */
  readonly treeDepth: number
}

/** A section of the binary format. */
export interface Section {
  /** Its id in the binary format. */
  readonly id: number
  /** The offset of its id in the module. */
  readonly start: number
  /** The offset of its end. */
  readonly end: number
}

/** A validated module. */
export interface Module {
  /** The bytes of the whole module. */
  readonly bytes: Uint8Array
  /** The sections, without custom sections, of which there may be millions. */
  readonly sections: readonly Section[]
  /** The function types of the type section. */
  readonly types: readonly FunctionType[]
  /** All imports, in order. */
  readonly imports: readonly Import[]
  /** The type of each function, imported ones first. */
  readonly functions: readonly FunctionType[]
  /** The number of imported functions. */
  readonly importedFunctions: number
  /** The functions whose references the module makes. No others can be in tables. */
  readonly referenced: ReadonlySet<number>
  /** Its tables. */
  readonly tables: readonly TableType[]
  /** The bounds of its memory in pages of 64 KiB; undefined if it has none. */
  readonly memory: Bounds | undefined
  /** Its globals. */
  readonly globals: readonly Global[]
  /** All exports, in order. */
  readonly exports: readonly Export[]
  /** The words of parameters and results of all exported functions (PROFILE-24). */
  readonly exportedWords: number
  /** The index of the start function; undefined if there is none. */
  readonly start: number | undefined
  /** Its element segments. */
  readonly elements: readonly Segment[]
  /** Its data segments. */
  readonly data: readonly Segment[]
  /** The bodies of all functions that are not imported, in order. */
  readonly bodies: readonly Body[]
}

/** The number of bytes of a module that are not in custom sections. */
export function plainBytes({ sections }: Module): number {
  return sections.reduce((sum, { start, end }) => sum + end - start, HEADER_BYTES)
}

/** The number of bytes of the code section's contents. */
export function codeBytes({ bytes, sections }: Module): number {
  const section = sections.find(({ id }) => id === CODE)
  return section === undefined ? 0 : new Cursor(bytes, section.start + 1).u32()
}

const HEADER_BYTES = 8
const CODE = 10
