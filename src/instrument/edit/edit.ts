/** What the passes edit: a module, and one function of it at a time. */
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
 * The meter as the passes see it: where the counter of gas lives, and what that means for the form of functions.
 */
export interface Meter {
  /** Charges a price of type i64 in a function of the guest and checks that it could be paid, before what it pays for is done. */
  charge(edit: FunctionEdit, price: Pointer): Pointer
  /** Calls a function of ours from a function of the guest. */
  call(edit: FunctionEdit, name: string, operands: readonly Pointer[], result: number): MeteredCall
  /** Adds a function of ours that can be called like the guest's own. */
  addFunction(unit: ModuleEdit, name: Pointer, form: Form, body: (inside: Inside) => readonly Pointer[]): void
  /** Calls a function of the guest from outside, where the meter is in globals: statements, the last one the results. */
  enter(
    unit: ModuleEdit,
    callee: Entered,
    operands: readonly Pointer[],
    results: readonly number[],
    locals: Locals,
  ): readonly Pointer[]
}

/** A function that is called from outside. */
export interface Entered {
  readonly inner: Pointer
  /** Words of stack that it needs and does not check for (optimise/frames). */
  readonly needs: number
}

/** A call that hands the meter on. */
export interface MeteredCall {
  /** The call itself: its first operands are those that it was made with. */
  readonly call: Pointer
  /** The expression of the result's type that stands for it. */
  readonly value: Pointer
}

/** Parameters, results and locals of a function, by type. */
export interface Form {
  readonly params: readonly number[]
  readonly results: readonly number[]
  readonly locals: readonly number[]
}

/** What a function of ours has at hand, whatever the mode. */
export interface Inside {
  /** Index of a local, counted after the parameters. */
  local(index: number): number
  /** Charges a price and checks that it could be paid. */
  charge(price: Pointer): Pointer
  /** What the function gives, as its last expression. */
  result(...values: readonly Pointer[]): Pointer
  /**
   * Statements around a call of the host: the meter goes to its globals before it, and comes back after it. If the host may call
   * the guest meanwhile, the stack does as well, less the weight of the host's frames (PROFILE-26).
   */
  spill(callsGuest: boolean): readonly Pointer[]
  reload(): readonly Pointer[]
}

/** Gives indices to locals of a function that is being built. */
export interface Locals {
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
  readonly ir: Pointer
  /** Names of functions, tables and globals by index, as binaryen calls them. */
  readonly functionNames: readonly Pointer[]
  readonly tableNames: readonly Pointer[]
  readonly globalNames: readonly Pointer[]
  /** Functions of our own that were added already. */
  readonly added: Set<string>
  readonly frames: Frames
  readonly endings: Endings
  /** Whether a host function may call the guest while functions of the guest wait for it. */
  readonly reenters: boolean
  /** In the fast mode: binaryen's types of functions with the meter, by the type that the module gives them. */
  forms?: ReadonlyMap<object, number>
}

/** One function of a module that is being instrumented, planned and attached. */
export class FunctionEdit {
  readonly unit: ModuleEdit
  /** Its index in the module, and binaryen's function. */
  readonly index: number
  readonly function: Pointer
  readonly type: FunctionType
  readonly body: Body
  readonly plan: GasPlan
  readonly attached: Attachment
  /** Statements for the beginning of each metered block, in order. */
  readonly statements = new Map<number, Pointer[]>()
  /** Statements for the function's entry, in order: they run before the first metered block. */
  readonly prologue: Pointer[] = []
  /**
   * Where counters live in registers: makes statements for the exits of the function, anew for each exit. They run when the
   * results, or the arguments of a tail call, are computed.
   */
  readonly epilogue: (() => Pointer)[] = []
  /** Locals that the passes have added. */
  ownLocals = 0
  #paid: number | undefined
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

  /** Where counters live in registers: the locals that hold gas and stack left, the parameters after the guest's own. */
  get gas(): number {
    return this.type.params.length
  }

  get stack(): number {
    return this.type.params.length + 1
  }

  /** By how much the indices of locals after the parameters have moved. */
  get moved(): number {
    return this.unit.mode.counters === 'registers' ? 2 : 0
  }

  /** Weight of its frame, in 8-byte words. */
  get weight(): number {
    return weightOf(this.type, this.body)
  }

  /** Where counters live in registers: whether it checks that its frame fits. */
  get checksStack(): boolean {
    return !this.unit.frames.isReserved(this.index)
  }

  /** Words that its check keeps free for callees that do not check. */
  get kept(): number {
    return this.unit.frames.reserveOf(this.index)
  }

  /** Whether its callees get less stack, by the weight of its frame: it waits while they run. */
  get takesStack(): boolean {
    return this.checksStack && this.plan.waits
  }

  /**
   * Whether code that is written out at every place would make the body too large for engines: by its bytes, or by what a
   * compiler keeps of the frame at each branch (PROFILE-23).
   */
  get large(): boolean {
    return this.body.end - this.body.start > LARGE_BODY || this.plan.ends.length * this.#values > MOST_KEPT_VALUES
  }

  /** Parameters, locals and operands at most. */
  get #values(): number {
    const { locals, heightWords } = this.body
    return locals.reduce((sum, run) => sum + run.count, this.type.params.length + heightWords)
  }

  /** What stands in a slot. */
  read(slot: Slot): Pointer {
    const { tree, build } = this.unit
    const parent = this.#parent(slot)
    return parent === 0
      ? build.raw.FunctionGetBody(this.function)
      : tree[build.raw.ExpressionGetId(parent)]!.get(parent, slot.index)
  }

  /** Puts something around what stands in a slot. */
  write(slot: Slot, expression: Pointer): void {
    const { tree, build } = this.unit
    const parent = this.#parent(slot)
    if (parent === 0) build.raw.FunctionSetBody(this.function, expression)
    else tree[build.raw.ExpressionGetId(parent)]!.set(parent, slot.index, expression)
  }

  /**
   * Puts an instruction with the same operands in the place of another; slots of the one are slots of the other then.
   * `whole` is what holds it, if it does not stand there alone.
   */
  replace(site: Site, expression: Pointer, whole = expression): void {
    this.#replaced.set(site.expression, expression)
    this.write(site, whole)
  }

  #parent({ parent }: Slot): Pointer {
    return this.#replaced.get(parent) ?? parent
  }

  /** Adds a statement to the beginning of a metered block. */
  say(block: number, statement: Pointer): void {
    const statements = this.statements.get(block)
    if (statements === undefined) this.statements.set(block, [statement])
    else statements.push(statement)
  }

  addLocal(type: number): number {
    this.ownLocals++
    return this.unit.build.raw.FunctionAddVar(this.function, type)
  }

  /**
   * A local of the type that holds a value for the length of a few statements of ours. All uses share it: none of them has
   * code of the guest between its write and its last read.
   */
  temporary(type: number): number {
    let local = this.#temporaries.get(type)
    if (local === undefined) this.#temporaries.set(type, (local = this.addLocal(type)))
    return local
  }

  /** The local, of type i64, for what the rounds of the counted loop at hand have cost in advance. */
  get paid(): number {
    return (this.#paid ??= this.addLocal(this.unit.build.i64))
  }
}

/** Above this many bytes, charges and canonicalisation are calls: written out they could grow a body tenfold. */
const LARGE_BODY = 64 * 1024

/** The same above so many metered blocks times values of a frame: a compiler's 24 bytes for each come to 48 MB. */
const MOST_KEPT_VALUES = 2_000_000

/** One concern of instrumentation. It is called once for the module, then once for each function. */
export interface Pass {
  readonly name: string
  module?(unit: ModuleEdit): void
  function?(edit: FunctionEdit): void
}
