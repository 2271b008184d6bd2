/** The interface between the passes and binaryen: the module that they edit, and one function of it at a time. */
import type { AdmittedModule } from '../../admission/admit.ts'
import type { Profile } from '../../interface-profile.ts'
import type { Body, Module } from '../../wasm/module.ts'
import type { FunctionType } from '../../wasm/types.ts'
import type { Attachment, Site, Slot } from '../attach/attachment.ts'
import type { Build } from '../binaryen/build.ts'
import type { Binaryen, Pointer } from '../binaryen/port.ts'
import type { Tree } from '../binaryen/tree.ts'
import type { Endings } from '../boundary/endings.ts'
import type { GasPlan } from '../gas/analysis/gas-plan.ts'
import type { Mode } from '../modes.ts'
import { weightOf, type Frames } from '../optimise/frames/frames.ts'

/**
 * The meter: code that reads and writes the counters of gas and stack. There is one implementation for each place in which the
 * counters can live. If they live in registers, they are parameters and results of every function, so the meter also decides
 * how functions are declared, called and entered.
 */
export interface Meter {
  /** A statement in a function of the guest that charges a price of type i64, and ends the run if the gas does not suffice. */
  charge(edit: FunctionEdit, price: Pointer): Pointer
  /** A call from a function of the guest to a function that `addFunction` has added. `result` is the type of its results. */
  call(edit: FunctionEdit, name: string, operands: readonly Pointer[], result: number): MeteredCall
  /** Adds a function of ours that functions of the guest can call. `body` returns its code, the results as the last expression. */
  addFunction(
    unit: ModuleEdit,
    name: Pointer,
    declaration: Declaration,
    body: (builder: BodyBuilder) => readonly Pointer[],
  ): void
  /**
   * The body of an entry: a function that the host calls and that calls a function of the guest. While the host runs, the
   * counters are in globals. Returns statements; the last one has the results, which are of the types `results`.
   */
  enter(
    unit: ModuleEdit,
    callee: Callee,
    operands: readonly Pointer[],
    results: readonly number[],
    locals: Locals,
  ): readonly Pointer[]
}

/** The function of the guest that an entry calls. */
export interface Callee {
  readonly name: Pointer
  /** Words of stack that it needs and does not check for, so that its entry has to (`optimise/frames`). */
  readonly uncheckedNeed: number
}

/** A call that passes the counters to the callee and takes the remaining gas back. */
export interface MeteredCall {
  /** The call expression. Its operands begin with those that were given. */
  readonly call: Pointer
  /** An expression that contains the call, and whose value is the callee's own result. */
  readonly value: Pointer
}

/** The binaryen types of a function's parameters, results and locals, without those of the meter. */
export interface Declaration {
  readonly params: readonly number[]
  readonly results: readonly number[]
  readonly locals: readonly number[]
}

/** Makes the parts of a function of ours that depend on where the counters live. */
export interface BodyBuilder {
  /** The index of a declared local: local 0 is the first one after the parameters. */
  local(index: number): number
  /** A statement that charges a price of type i64, and ends the run if the gas does not suffice. */
  charge(price: Pointer): Pointer
  /** An expression with the results of the function, for its end or for a `return`. */
  result(...values: readonly Pointer[]): Pointer
  /**
   * Statements before a call of the host, which spill the counters to their globals. The host reads and changes the gas there.
   * The stack is spilled only if the host may call the guest, less the weight of the host's own frames (PROFILE-26).
   */
  spill(callsGuest: boolean): readonly Pointer[]
  /** Statements after a call of the host, which reload the gas. */
  reload(): readonly Pointer[]
}

/** Adds locals to a function that is being built. */
export interface Locals {
  /** Adds a local of a type, and returns its index. */
  add(type: number): number
}

/** A module that is being instrumented. */
export interface ModuleEdit {
  readonly admitted: AdmittedModule
  readonly module: Module
  readonly profile: Profile
  readonly binaryen: Binaryen
  readonly tree: Tree
  readonly mode: Mode
  readonly meter: Meter
  readonly build: Build
  /** binaryen's module. */
  readonly ir: Pointer
  /** binaryen's names of functions, tables and globals, by index. */
  readonly functionNames: readonly Pointer[]
  readonly tableNames: readonly Pointer[]
  readonly globalNames: readonly Pointer[]
  /** The names of the functions and exports of ours that were added so far. */
  readonly added: Set<string>
  readonly frames: Frames
  readonly endings: Endings
  /** True if the module imports a host function that may call the guest. */
  readonly hasReentry: boolean
  /** If the counters live in registers: binaryen's function types with the meter's parameters and result, by the original type. */
  meteredTypes?: ReadonlyMap<object, number>
}

/** One function of a module that is being instrumented. Its gas plan is attached to its tree. */
export class FunctionEdit {
  readonly unit: ModuleEdit
  readonly index: number
  /** binaryen's function. */
  readonly function: Pointer
  readonly type: FunctionType
  readonly body: Body
  readonly plan: GasPlan
  readonly attached: Attachment
  /** The statements that run at the beginning of each metered block, in order (`addStatement`). */
  readonly statements = new Map<number, Pointer[]>()
  /** The statements that run at the entry of the function, in order, before those of the first metered block. */
  readonly prologue: Pointer[] = []
  /**
   * Makers of the statements that run at each exit of the function, once its results or the arguments of a tail call are
   * computed. They are called for each exit, since binaryen's expressions cannot be shared. Used if counters live in registers.
   */
  readonly epilogue: (() => Pointer)[] = []
  /** The number of locals that the passes have added. */
  ownLocals = 0
  #prepaid: number | undefined
  readonly #replaced = new Map<Pointer, Pointer>()
  readonly #temporaries = new Map<number, number>()

  constructor(
    unit: ModuleEdit,
    index: number,
    fn: Pointer,
    type: FunctionType,
    body: Body,
    plan: GasPlan,
    attached: Attachment,
  ) {
    this.unit = unit
    this.index = index
    this.function = fn
    this.type = type
    this.body = body
    this.plan = plan
    this.attached = attached
  }

  /** If the counters live in registers: the local that holds the remaining gas, a parameter after the guest's own. */
  get gas(): number {
    return this.type.params.length
  }

  /** If the counters live in registers: the local that holds the remaining stack, the parameter after `gas`. */
  get stack(): number {
    return this.type.params.length + 1
  }

  /** The difference between the new and the original index of each local that is no parameter. */
  get localShift(): number {
    return this.unit.mode.counters === 'registers' ? 2 : 0
  }

  /** The weight of the function's frame, in 8-byte words. */
  get weight(): number {
    return weightOf(this.type, this.body)
  }

  /** If the counters live in registers: true if the prologue checks that the frame fits into the remaining stack. */
  get checksStack(): boolean {
    return !this.unit.frames.isReserved(this.index)
  }

  /** The words of stack that the prologue reserves for callees that do not check (`optimise/frames`). */
  get reserve(): number {
    return this.unit.frames.reserveOf(this.index)
  }

  /** True if the prologue subtracts the weight of the frame from the remaining stack. Not needed without returning calls. */
  get subtractsWeight(): boolean {
    return this.checksStack && this.plan.hasReturningCalls
  }

  /**
   * True if the function is so large that passes must call a shared function instead of repeating code in place. Otherwise the
   * body could become too large for engines, by its bytes or by what a compiler keeps of the frame at each branch (PROFILE-23).
   */
  get isLarge(): boolean {
    return (
      this.body.end - this.body.start > MAX_REPEATING_BYTES ||
      this.plan.ends.length * this.#valuesOfFrame > MAX_REPEATING_VALUES
    )
  }

  /** The greatest number of values in a frame: parameters, locals and operands. */
  get #valuesOfFrame(): number {
    const { locals, heightWords } = this.body
    return locals.reduce((sum, run) => sum + run.count, this.type.params.length + heightWords)
  }

  /** The expression in a slot. */
  read(slot: Slot): Pointer {
    const { tree, build } = this.unit
    const parent = this.#parent(slot)
    return parent === 0
      ? build.raw.FunctionGetBody(this.function)
      : tree[build.raw.ExpressionGetId(parent)]!.get(parent, slot.index)
  }

  /** Puts an expression into a slot. It must contain the expression that was there, or `replace` must be used. */
  write(slot: Slot, expression: Pointer): void {
    const { tree, build } = this.unit
    const parent = this.#parent(slot)
    if (parent === 0) build.raw.FunctionSetBody(this.function, expression)
    else tree[build.raw.ExpressionGetId(parent)]!.set(parent, slot.index, expression)
  }

  /**
   * Replaces the instruction of a site by an expression with the same operands. From then on, the slots of its operands refer
   * to the operands of the new expression. `whole` goes into the site's slot, if it is not the expression itself but contains it.
   */
  replace(site: Site, expression: Pointer, whole = expression): void {
    this.#replaced.set(site.expression, expression)
    this.write(site, whole)
  }

  #parent({ parent }: Slot): Pointer {
    return this.#replaced.get(parent) ?? parent
  }

  /** Adds a statement to the beginning of a metered block, after those that were added before. */
  addStatement(block: number, statement: Pointer): void {
    const statements = this.statements.get(block)
    if (statements === undefined) this.statements.set(block, [statement])
    else statements.push(statement)
  }

  /** Adds a local and returns its index. */
  addLocal(type: number): number {
    this.ownLocals++
    return this.unit.build.raw.FunctionAddVar(this.function, type)
  }

  /**
   * A local for a value that is read again within a few statements of ours. There is one for each type, which all uses share:
   * between its write and its last read there must be no code of the guest and no other use.
   */
  temporary(type: number): number {
    let local = this.#temporaries.get(type)
    if (local === undefined) this.#temporaries.set(type, (local = this.addLocal(type)))
    return local
  }

  /** The local, of type i64, for the gas that was charged in advance for the current counted loop. */
  get prepaid(): number {
    return (this.#prepaid ??= this.addLocal(this.unit.build.i64))
  }
}

/** Code may be repeated in bodies of up to this many bytes. Charges and canonicalisation in place can grow a body tenfold. */
const MAX_REPEATING_BYTES = 64 * 1024

/** The same for the product of metered blocks and values of a frame. A compiler keeps about 24 bytes for each, 48 MB in all. */
const MAX_REPEATING_VALUES = 2_000_000

/** One concern of instrumentation. All passes edit the module first, in order; then they edit each function in the same order. */
export interface Pass {
  readonly name: string
  module?(unit: ModuleEdit): void
  function?(edit: FunctionEdit): void
}
