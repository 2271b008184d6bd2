import { BOUND_MUTANTS } from './bounds.ts'
import { ENGINE_MUTANTS } from './engine.ts'
import { GAS_MUTANTS } from './gas.ts'
import type { Mutant } from './mutant.ts'
import { NAN_MUTANTS } from './nan.ts'
import { STORE_MUTANTS } from './store.ts'
import { VALIDATION_MUTANTS } from './validation.ts'
import { WASI_MUTANTS } from './wasi.ts'

export interface Concern {
  readonly title: string
  readonly mutants: readonly Mutant[]
}

/** All mutants, by the part of the product that they break. */
export const CONCERNS: readonly Concern[] = [
  { title: 'Gas', mutants: GAS_MUTANTS },
  { title: 'Bounds on stack, memory and tables', mutants: BOUND_MUTANTS },
  { title: 'NaN', mutants: NAN_MUTANTS },
  { title: 'Imports, exports, instantiation and the engine', mutants: ENGINE_MUTANTS },
  { title: 'Admission and validation', mutants: VALIDATION_MUTANTS },
  { title: 'WASI', mutants: WASI_MUTANTS },
  { title: 'The store in a folder', mutants: STORE_MUTANTS },
]
