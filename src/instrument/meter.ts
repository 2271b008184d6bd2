/**
 * The meter as the passes see it: where the counter of gas lives, and what that means for the form of functions.
 * There is one for each mode.
 */
import type { Pointer } from './binaryen.ts'
import type { FunctionEdit, ModuleEdit } from './edit.ts'
import type { Mode } from './plan.ts'

export interface Meter {
  readonly mode: Mode
  /** Charges a price of type i64 in a function of the guest and checks that it could be paid, before what it pays for is done. */
  charge(edit: FunctionEdit, price: Pointer): Pointer
  /** Calls a function of ours from a function of the guest; an expression of the result's type. */
  call(edit: FunctionEdit, name: string, operands: readonly Pointer[], result: number): Pointer
  /** Adds a function of ours that can be called like the guest's own. */
  addFunction(unit: ModuleEdit, name: Pointer, form: Form, body: (inside: Inside) => readonly Pointer[]): void
  /** Calls a function of the guest from outside, where the meter is in globals: statements, the last one the results. */
  enter(unit: ModuleEdit, name: Pointer, operands: readonly Pointer[], results: readonly number[], locals: Locals): readonly Pointer[]
}

/** Parameters, results and locals of a function, by type. */
export interface Form {
  readonly params: readonly number[]
  readonly results: readonly number[]
  readonly locals: readonly number[]
}

/** What a function of ours has at hand, whatever the mode. */
export interface Inside {
  /** Index of a local, counted behind the parameters. */
  local(index: number): number
  /** Charges a price and checks that it could be paid. */
  charge(price: Pointer): Pointer
  /** What the function gives, as its last expression. */
  result(value?: Pointer): Pointer
}

/** Gives indices to locals of a function that is being built. */
export interface Locals {
  add(type: number): number
}
