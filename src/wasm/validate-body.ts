/**
 * Validates one function body by the validation algorithm of the core spec's appendix. The same pass measures what later stages
 * need, such as the height of the operand stack and the depth of the tree into which the code is parsed.
 *
 * Time is linear in the bytes of the body; memory is bounded by the profile's limits and reused from body to body.
 */
import { checkLimit, Refused } from './findings.ts'
import { Immediates, type BodyContext } from './immediates.ts'
import { OP, type Instruction } from './instructions.ts'
import { levelsOf, levelsOfBlock, partsKept } from './levels.ts'
import type { Body } from './module.ts'
import { readInstruction } from './read-instruction.ts'
import type { Reader } from './reader.ts'
import { FUNCREF, I32, type FunctionType, type ValueType } from './types.ts'
import { Typing } from './typing.ts'
import { validateParametric, validateTable } from './validate-operands.ts'

/** The measures of a body. `parts` is the memory that compilers keep for each of its values, in parts (PROFILE-23). */
export type BodyMeasures = Omit<Body, 'start' | 'code' | 'end' | 'locals' | 'localWords' | 'keptValues'> & {
  readonly parts: number
}

/** Validates bodies one after the other; one instance serves a whole module. */
export class BodyValidator {
  readonly #context: BodyContext
  readonly #reads: Reader
  readonly #typing: Typing
  readonly #immediates: Immediates
  #branchTargets = 0
  #parts = 0
  #parameterLoops = 0
  /** True if the current instruction, and true if the next one, is the first of its block. */
  #first = false
  #begins = false
  #hasDeadCode = false
  #callees: number[] = []
  #callsIndirectly = false
  #locals: Uint8Array = new Uint8Array(0)

  /** Reads bodies from `reader`. The caller sets its position and end. */
  constructor(context: BodyContext, reader: Reader) {
    this.#context = context
    this.#reads = reader
    this.#typing = new Typing(context.rules)
    this.#immediates = new Immediates(context, reader, this.#typing)
  }

  /**
   * Validates the code between the reader's position and its end. `locals` holds the types of parameters and locals.
   * Throws `Refused` or `Unreadable` at the first error.
   */
  validate(type: FunctionType, locals: Uint8Array): BodyMeasures {
    this.#locals = locals
    this.#branchTargets = 0
    this.#parts = 0
    this.#parameterLoops = 0
    this.#hasDeadCode = false
    this.#callees = []
    this.#callsIndirectly = false
    const reader = this.#reads
    const typing = this.#typing
    typing.at = reader.pos
    typing.begin(type.results)
    this.#begins = true
    while (!typing.ended) {
      typing.at = reader.pos
      const instruction = readInstruction(reader, this.#context.rules)
      typing.levels = levelsOf(instruction)
      this.#parts += partsKept(instruction)
      this.#first = this.#begins
      this.#begins = false
      this.#instruction(instruction)
    }
    if (!reader.done) throw new Refused('malformed', reader.pos, 'bytes after the end of the body')
    return {
      ...typing.measures,
      branchTargets: this.#branchTargets,
      parts: this.#parts,
      parameterLoops: this.#parameterLoops,
      hasDeadCode: this.#hasDeadCode,
      callees: this.#callees,
      callsIndirectly: this.#callsIndirectly,
    }
  }

  /** Called after an unconditional transfer: the rest of the block is unreachable. */
  #leave(): void {
    const reader = this.#reads
    this.#typing.unreachable()
    if (reader.done) return
    const { pos } = reader
    const next = reader.u8()
    reader.pos = pos
    if (next !== OP.end && next !== OP.else) this.#hasDeadCode = true
  }

  // ── Instructions ──────────────────────────────────────────────────────────────────────────────────────────────────

  #instruction(instruction: Instruction): void {
    switch (instruction.group) {
      case 'const':
      case 'load':
      case 'store':
      case 'unary':
      case 'binary':
      case 'vectorLoad':
      case 'vectorLane':
      case 'extractLane':
      case 'replaceLane':
      case 'shuffle':
      case 'ternary':
      case 'shift':
      case 'memorySize':
      case 'memoryGrow':
      case 'memoryFill':
      case 'memoryCopy':
      case 'memoryInit':
      case 'dataDrop':
      case 'tableSize':
      case 'elemDrop':
        return this.#plain(instruction)
      case 'localGet':
      case 'localSet':
      case 'globalGet':
      case 'globalSet':
        return this.#variable(instruction.code)
      case 'drop':
      case 'select':
      case 'refIsNull':
      case 'refFunc':
        return validateParametric(instruction.code, this.#reads, this.#context, this.#typing, this.#immediates)
      case 'tableGet':
      case 'tableSet':
      case 'tableGrow':
      case 'tableFill':
      case 'tableCopy':
      case 'tableInit':
        return validateTable(instruction.code, this.#typing, this.#immediates)
      default:
        return this.#control(instruction.code)
    }
  }

  /** An instruction whose type is in the instruction table. */
  #plain(instruction: Instruction): void {
    const { params, results } = instruction.type
    const constant = this.#immediates.check(instruction)
    this.#typing.popAll(params)
    if (constant !== undefined) this.#typing.push(constant)
    else this.#typing.pushAll(results)
    this.#typing.settle(results.length)
  }

  #variable(code: number): void {
    const index = this.#reads.u32()
    if (code === OP.globalGet || code === OP.globalSet) {
      const global = this.#context.globals[index]
      if (global === undefined) return this.#typing.invalid(`no global ${index}`)
      if (code === OP.globalGet) this.#typing.push(global.type)
      else if (!global.mutable) this.#typing.invalid(`global ${index} is immutable`)
      else this.#typing.pop(global.type)
      return this.#typing.settle(code === OP.globalGet ? 1 : 0)
    }
    const type = this.#locals[index]
    if (type === undefined) return this.#typing.invalid(`no local ${index}`)
    if (code !== OP.localGet) this.#typing.pop(type)
    if (code !== OP.localSet) this.#typing.push(type)
    this.#typing.settle(code === OP.localSet ? 0 : 1)
  }

  #control(code: number): void {
    switch (code) {
      case OP.nop:
        return
      case OP.unreachable:
        return this.#leave()
      case OP.block:
      case OP.loop:
      case OP.if: {
        const type = this.#immediates.blockType()
        if (code === OP.loop && type.params.length > 0)
          checkLimit(this.#context.rules, 'parameterLoops', ++this.#parameterLoops, this.#typing.at)
        this.#typing.noteList(type.params)
        this.#typing.noteList(type.results)
        if (code === OP.if) this.#typing.pop(I32)
        this.#typing.popAll(type.params)
        return this.#open(code, type)
      }
      case OP.else:
        return this.#else()
      case OP.end:
        return this.#end()
      case OP.br:
        this.#typing.popAll(this.#typing.label(this.#reads.u32()))
        this.#typing.settle(0)
        return this.#leave()
      case OP.brIf: {
        const types = this.#typing.label(this.#reads.u32())
        this.#typing.pop(I32)
        this.#typing.noteList(types)
        this.#typing.popAll(types)
        this.#typing.pushAll(types)
        return this.#typing.settle(types.length)
      }
      case OP.brTable:
        return this.#branchTable()
      case OP.return:
        this.#typing.popAll(this.#typing.body.type.results)
        this.#typing.settle(0)
        return this.#leave()
      default:
        return this.#call(code)
    }
  }

  #open(code: number, type: FunctionType): void {
    const begins = this.#first && this.#typing.innermost.type.params.length === 0
    this.#typing.pushFrame(code, type, levelsOfBlock(code, type, begins))
    this.#begins = true
  }

  #else(): void {
    if (this.#typing.innermost.opcode !== OP.if) throw new Refused('malformed', this.#typing.at, 'else without if')
    const frame = this.#typing.popFrame()
    this.#typing.resume(frame)
    this.#begins = true
  }

  #end(): void {
    const frame = this.#typing.popFrame()
    if (frame.opcode === OP.if && !sameTypes(frame.type.params, frame.type.results))
      this.#typing.invalid('if without else changes the stack')
    this.#typing.giveResults(frame)
  }

  #branchTable(): void {
    const reader = this.#reads
    const count = reader.u32() + 1
    checkLimit(this.#context.rules, 'branchTargets', count, this.#typing.at)
    this.#branchTargets += count
    this.#typing.pop(I32)
    const labels: number[] = []
    for (let i = 0; i < count; i++) labels.push(reader.u32())
    const arity = this.#typing.label(labels[count - 1]!)
    this.#typing.carry(arity.length, count)
    const checked = new Set<readonly ValueType[]>()
    for (const label of labels) {
      const types = this.#typing.label(label)
      if (types.length !== arity.length) this.#typing.invalid('labels of a br_table carry different numbers of values')
      // Each list of types is checked once, so that the time is linear in the number of labels.
      if (checked.has(types)) continue
      checked.add(types)
      this.#typing.peek(types)
    }
    this.#typing.popAll(arity)
    this.#typing.settle(0)
    this.#leave()
  }

  #call(code: number): void {
    let type: FunctionType | undefined
    if (code === OP.call || code === OP.returnCall) {
      const index = this.#reads.u32()
      type = this.#context.functions[index]
      if (type === undefined) return this.#typing.invalid(`no function ${index}`)
      this.#callees.push(index)
    } else {
      this.#callsIndirectly = true
      const index = this.#reads.u32()
      type = this.#context.types[index]
      if (type === undefined) return this.#typing.invalid(`no type ${index}`)
      if (this.#immediates.tableType().element !== FUNCREF)
        this.#typing.invalid('call through a table that holds no functions')
      this.#typing.pop(I32)
    }
    this.#typing.popAll(type.params)
    if (code === OP.returnCall || code === OP.returnCallIndirect) {
      if (!sameTypes(type.results, this.#typing.body.type.results))
        this.#typing.invalid('tail call to a function with other results')
      this.#typing.settle(0)
      return this.#leave()
    }
    this.#typing.noteList(type.results)
    this.#typing.pushAll(type.results)
    this.#typing.settle(type.results.length)
  }
}

function sameTypes(a: readonly ValueType[], b: readonly ValueType[]): boolean {
  return a.length === b.length && a.every((type, i) => type === b[i])
}
