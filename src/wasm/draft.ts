import type { Rules } from './findings.ts'
import type { Bounds, Export, Global, Import, Segment, TableType } from './module.ts'
import type { FunctionType, ValueType } from './types.ts'

/** The parts of a module that were read so far. */
export interface Draft {
  readonly rules: Rules
  readonly types: FunctionType[]
  readonly imports: Import[]
  readonly functions: FunctionType[]
  readonly tables: TableType[]
  readonly memories: Bounds[]
  readonly globals: Global[]
  readonly exports: Export[]
  readonly elements: (Segment & { readonly type: ValueType })[]
  readonly data: Segment[]
  /** The functions that `ref.func` in bodies may refer to (core spec 3.1.1, C.refs). */
  readonly declared: Set<number>
  /** The functions whose references the module makes: in element segments, in globals, or by `ref.func`. */
  readonly referenced: Set<number>
  start: number | undefined
  dataCount: number | undefined
  /** The words of parameters and results of all exported functions that can be called from outside. */
  exportedWords: number
  /** The number of slots in all element segments. */
  elementTotal: number
  importedFunctions: number
  importedGlobals: number
}
