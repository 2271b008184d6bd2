import type { Rules } from './findings.ts'
import type { Bounds, Export, Global, Import, Segment, TableType } from './module.ts'
import type { FunctionType, ValueType } from './types.ts'

/** A module while it is being read. */
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
  /** Functions that may be referred to by `ref.func` in bodies. */
  readonly declared: Set<number>
  /** Functions that references are made of. */
  readonly referenced: Set<number>
  start: number | undefined
  dataCount: number | undefined
  /** Words of parameters and results of the functions that are exported and can be called from outside. */
  exportedWords: number
  /** Slots in all element segments. */
  elementTotal: number
  importedFunctions: number
  importedGlobals: number
}
