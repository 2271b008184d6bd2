/**
 * Runs code one instruction at a time: pays for it, then does it (core spec 4.4).
 *
 * Guest calls are frames on a list, so that they never use JavaScript's stack. Each frame has its labels; each label
 * knows how high the operand stack was below its block, what a branch to it carries, and where it goes.
 */
import type { Profile } from '../../src/interface-profile.ts'
import { OP } from '../../src/wasm/instructions.ts'
import { isReference, shortType, type ValueType } from '../../src/wasm/types.ts'
import { LOADS, STORES } from './access.ts'
import { Bulk } from './bulk.ts'
import type { Op } from './code.ts'
import { KIND, type Body, type Module } from './decode.ts'
import type { Gas } from './gas.ts'
import { Imports, type OracleFunction } from './imports.ts'
import { NUMERIC } from './numeric.ts'
import { VECTOR } from './simd.ts'
import type { State } from './state.ts'
import { bool, GuestTrap, zeroOf, type Value } from './values.ts'

/** The interpreter was told to stop after so many instructions. No outcome: what it would have come to is not known. */
export class OracleGaveUp extends Error {}

interface Label {
  readonly height: number
  readonly carries: number
  /** Where a branch goes: to the `loop` itself, after the block's `end`. */
  readonly target: number
}

interface Frame {
  readonly body: Body
  readonly locals: Value[]
  readonly labels: Label[]
  /** Height of the operand stack below the frame. */
  readonly base: number
  readonly weight: number
  next: number
}

export class Machine {
  readonly bulk: Bulk
  readonly imports: Imports
  readonly #module: Module
  readonly #state: State
  readonly #gas: Gas
  readonly #profile: Profile
  readonly #maxSteps: number
  #steps = 0
  #stack: Value[] = []
  #frames: Frame[] = []
  #stackLeft = 0

  constructor(
    module: Module,
    state: State,
    gas: Gas,
    profile: Profile,
    pages: number,
    maxSteps: number,
    functions: Readonly<Record<string, OracleFunction>> = {},
  ) {
    this.bulk = new Bulk(state, gas, profile.schedule, profile.limits, pages)
    this.imports = new Imports(module, state, gas, profile, functions, (fun, args) => this.#callBack(fun, args))
    this.#module = module
    this.#state = state
    this.#gas = gas
    this.#profile = profile
    this.#maxSteps = maxSteps
  }

  /** A call from the host, on an empty stack. Gives the results, or throws `GuestTrap`. */
  call(index: number, args: readonly Value[]): Value[] {
    this.#stack = [...args]
    this.#frames = []
    this.#stackLeft = this.#profile.limits.stackWords
    return this.#run(index)
  }

  #run(index: number): Value[] {
    this.#enter(index)
    while (this.#frames.length > 0) this.#step(this.#frames[this.#frames.length - 1]!)
    return this.#stack
  }

  /** A call from a host function: the frames that wait for it still weigh, and so do the host's own (PROFILE-26). */
  #callBack(fun: string, args: readonly Value[]): Value[] {
    const [stack, frames] = [this.#stack, this.#frames]
    const found = this.#module.exports.find(({ name, kind }) => name === fun && kind === KIND.function)
    const type = found && this.#module.functions[found.index]!
    if (type === undefined || !takes(type.params, args) || type.results.some(isReference))
      throw new GuestTrap('abi-violation')
    const { reentryWords } = this.#profile.limits
    this.#stackLeft -= reentryWords
    if (this.#stackLeft < 0) throw new GuestTrap('stack-exhausted')
    this.#stack = [...args]
    this.#frames = []
    const results = this.#run(found!.index)
    this.#stackLeft += reentryWords
    this.#stack = stack
    this.#frames = frames
    return results
  }

  #step(frame: Frame): void {
    const op = frame.body.ops[frame.next++]!
    if (++this.#steps > this.#maxSteps) throw new OracleGaveUp(`more than ${this.#maxSteps} instructions`)
    this.#gas.charge(this.#profile.schedule.instructions[op.instruction.price])
    this.#execute(frame, op)
  }

  // ── Operands ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #push(value: Value): void {
    this.#stack.push(value)
  }

  #pop(): Value {
    return this.#stack.pop()!
  }

  #number(): number {
    return this.#stack.pop() as number
  }

  /** The topmost operands, the lowest first. */
  #take(count: number): Value[] {
    return this.#stack.splice(this.#stack.length - count, count)
  }

  /** Three numbers on top of the stack: what all bulk instructions but `table.fill` take. */
  #range(): [number, number, number] {
    return this.#take(3) as [number, number, number]
  }

  // ── Frames and labels ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Calls a function whose arguments are on the stack: its entry is paid, then its frame must fit. */
  #enter(index: number): void {
    if (index < this.#module.imports.length) {
      const results = this.imports.call(index, this.#take(this.#module.functions[index]!.params.length))
      this.#stack.push(...results)
      return
    }
    const body = this.#module.bodies[index - this.#module.imports.length]!
    const { flat, perUnit } = this.#profile.schedule.entry
    this.#gas.charge(flat + perUnit * body.localWords)
    const weight = 10 + body.paramWords + body.localWords + 2 * body.heightWords
    this.#stackLeft -= weight
    if (this.#stackLeft < 0) throw new GuestTrap('stack-exhausted')
    const locals = [...this.#take(body.type.params.length), ...body.locals.map(zeroOf)]
    const base = this.#stack.length
    const label = { height: base, carries: body.type.results.length, target: body.ops.length }
    this.#frames.push({ body, locals, labels: [label], base, weight, next: 0 })
  }

  /** Ends a frame; results, if any, are on the stack. */
  #leave(): void {
    this.#stackLeft += this.#frames.pop()!.weight
  }

  /** Ends the frame before the callee is entered, with nothing left but the callee's arguments. */
  #tailCall(frame: Frame, index: number): void {
    const args = this.#take(this.#module.functions[index]!.params.length)
    this.#stack.length = frame.base
    this.#stack.push(...args)
    this.#leave()
    this.#enter(index)
  }

  #branch(frame: Frame, depth: number): void {
    const { labels } = frame
    const label = labels[labels.length - 1 - depth]!
    const carried = this.#take(label.carries)
    this.#stack.length = label.height
    this.#stack.push(...carried)
    labels.length -= depth + 1
    frame.next = label.target
    if (labels.length === 0) this.#leave()
  }

  #block(frame: Frame, op: Op): void {
    const { type, end } = op
    const height = this.#stack.length - type.params.length
    // A branch to a loop comes back to the loop instruction, which opens the block again.
    const label =
      op.instruction.code === OP.loop
        ? { height, carries: type.params.length, target: frame.next - 1 }
        : { height, carries: type.results.length, target: end + 1 }
    frame.labels.push(label)
  }

  // ── Instructions ──────────────────────────────────────────────────────────────────────────────────────────────────

  #execute(frame: Frame, op: Op): void {
    const { name, group } = op.instruction
    switch (group) {
      case 'const':
        return this.#push(op.value)
      case 'unary':
      case 'binary':
      case 'ternary':
      case 'shift':
      case 'extractLane':
      case 'replaceLane':
      case 'shuffle':
        return this.#compute(op)
      case 'load':
      case 'vectorLoad':
        return this.#load(op)
      case 'store':
        return this.#store(op)
      case 'vectorLane':
        return name.includes('load') ? this.#load(op) : this.#store(op)
      case 'localGet':
        return this.#push(frame.locals[op.index]!)
      case 'localSet':
        frame.locals[op.index] = this.#pop()
        if (op.instruction.code === OP.localTee) this.#push(frame.locals[op.index]!)
        return
      case 'globalGet':
        return this.#push(this.#state.globals[op.index]!)
      case 'globalSet':
        this.#state.globals[op.index] = this.#pop()
        return
      case 'drop':
        this.#pop()
        return
      case 'select': {
        const condition = this.#number()
        const [first, second] = this.#take(2)
        return this.#push(condition !== 0 ? first! : second!)
      }
      case 'refIsNull':
        return this.#push(bool(this.#pop() === null))
      case 'refFunc':
        return this.#push(op.index)
      case 'memorySize':
        return this.#push(this.#state.memory!.pages)
      case 'memoryGrow':
        return this.#push(this.bulk.memoryGrow(this.#number()))
      case 'memoryFill':
        return this.bulk.memoryFill(...this.#range())
      case 'memoryCopy':
        return this.bulk.memoryCopy(...this.#range())
      case 'memoryInit':
        return this.bulk.memoryInit(op, ...this.#range())
      case 'dataDrop':
        this.#state.data[op.index] = new Uint8Array(0)
        return
      case 'elemDrop':
        this.#state.elements[op.index] = []
        return
      case 'tableGet':
      case 'tableSet':
      case 'tableSize':
      case 'tableGrow':
      case 'tableFill':
      case 'tableCopy':
      case 'tableInit':
        return this.#table(op)
      default:
        return this.#control(frame, op)
    }
  }

  #compute(op: Op): void {
    const { name, type, immediate, code } = op.instruction
    const operation = code >= 0x200 ? VECTOR[name] : NUMERIC[name]
    if (operation === undefined) throw new Error(`the oracle cannot compute ${name}`)
    const operands: unknown[] = this.#take(type.params.length)
    if (immediate === 'lane') operands.push(op.lanes[0])
    if (immediate === 'lanes') operands.push(op.lanes)
    this.#push(operation(...(operands as [never, never, never])))
  }

  #load(op: Op): void {
    const vector = op.instruction.group === 'vectorLane' ? (this.#pop() as Uint8Array) : new Uint8Array(16)
    const memory = this.#state.memory!
    const at = memory.check(this.#number() + op.offset, 1 << op.instruction.align)
    this.#push(LOADS[op.instruction.name]!(memory.view, at, vector, op.lanes[0]!))
  }

  #store(op: Op): void {
    const value = this.#pop()
    const memory = this.#state.memory!
    const at = memory.check(this.#number() + op.offset, 1 << op.instruction.align)
    STORES[op.instruction.name]!(memory.view, at, value as never, op.lanes[0]!)
  }

  #table(op: Op): void {
    const table = this.#state.tables[op.index]!
    switch (op.instruction.group) {
      case 'tableGet':
        return this.#push(table.slots[table.check(this.#number(), 1)]!)
      case 'tableSet': {
        const value = this.#pop()
        table.slots[table.check(this.#number(), 1)] = value
        return
      }
      case 'tableSize':
        return this.#push(table.slots.length)
      case 'tableGrow': {
        const delta = this.#number()
        return this.#push(this.bulk.tableGrow(op, this.#pop(), delta))
      }
      case 'tableFill': {
        const [to, value, count] = this.#take(3)
        return this.bulk.tableFill(op, to as number, value!, count as number)
      }
      case 'tableCopy':
        return this.bulk.tableCopy(op, ...this.#range())
      default:
        return this.bulk.tableInit(op, ...this.#range())
    }
  }

  #control(frame: Frame, op: Op): void {
    switch (op.instruction.code) {
      case OP.nop:
        return
      case OP.unreachable:
        throw new GuestTrap('unreachable')
      case OP.block:
      case OP.loop:
        return this.#block(frame, op)
      case OP.if: {
        const condition = this.#number()
        this.#block(frame, op)
        if (condition === 0) frame.next = op.else === undefined ? op.end : op.else + 1
        return
      }
      case OP.else:
        frame.next = op.end
        return
      case OP.end:
        frame.labels.pop()
        if (frame.labels.length === 0) this.#leave()
        return
      case OP.br:
        return this.#branch(frame, op.index)
      case OP.brIf:
        if (this.#number() !== 0) this.#branch(frame, op.index)
        return
      case OP.brTable:
        return this.#branch(frame, op.labels[Math.min(this.#number(), op.labels.length - 1)]!)
      case OP.return:
        return this.#branch(frame, frame.labels.length - 1)
      case OP.call:
        return this.#enter(op.index)
      case OP.callIndirect:
        return this.#enter(this.#callee(op))
      case OP.returnCall:
        return this.#tailCall(frame, op.index)
      case OP.returnCallIndirect:
        return this.#tailCall(frame, this.#callee(op))
      default:
        throw new Error(`the oracle cannot execute ${op.instruction.name}`)
    }
  }

  /** The function that an indirect call means: types are compared by structure. */
  #callee(op: Op): number {
    const callee = this.#state.tables[op.second]!.slots[this.#number()] as number | null | undefined
    if (callee === undefined || callee === null) throw new GuestTrap('bad-indirect-call')
    const [found, wanted] = [this.#module.functions[callee]!, this.#module.types[op.index]!]
    if (shortType(found) !== shortType(wanted)) throw new GuestTrap('bad-indirect-call')
    return callee
  }
}

/** Whether these are values of the types. */
function takes(types: readonly ValueType[], args: readonly Value[]): boolean {
  const kind = (type: ValueType): string => (isReference(type) ? '' : typeof zeroOf(type))
  return types.length === args.length && types.every((type, i) => kind(type) === typeof args[i])
}
