/**
 * Validates one function body by the algorithm of the core spec's appendix (validation algorithm), and computes in the
 * same pass what later stages need: the height of the operand stack, the nesting, the depth of expression trees.
 *
 * Time is linear in the bytes of the body; memory is bounded by the profile's limits and reused from body to body.
 */
import type { Limits } from '../interface.ts'
import { checkFeature, checkLimit, Refused, type Rules } from './findings.ts'
import { foreignInstruction, foreignType } from './foreign.ts'
import { INSTRUCTIONS, OP, type Instruction } from './instructions.ts'
import type { Global, TableType } from './module.ts'
import type { Reader } from './reader.ts'
import { FUNCREF, I32, isReference, isValueType, typeName, V128, type FunctionType, type ValueType } from './types.ts'

/** What the code of a body may refer to. */
export interface BodyContext {
  readonly rules: Rules
  readonly types: readonly FunctionType[]
  readonly functions: readonly FunctionType[]
  readonly tables: readonly TableType[]
  readonly hasMemory: boolean
  readonly globals: readonly Global[]
  readonly elements: readonly { readonly type: ValueType }[]
  /** Undefined without a data count section. */
  readonly dataCount: number | undefined
  /** Functions that the module refers to outside of its bodies (core spec 3.1.1, C.refs). */
  readonly declared: ReadonlySet<number>
}

export interface BodyFacts {
  readonly heightWords: number
  readonly branchTargets: number
  readonly nesting: number
  readonly depth: number
}

/** Stands on the operand stack for a value of any type, in code that cannot be reached. */
const UNKNOWN = 0
const NO_TYPES: readonly ValueType[] = []
const EMPTY: FunctionType = { params: NO_TYPES, results: NO_TYPES }

interface Frame {
  opcode: number
  type: FunctionType
  /** Height of the operand stack below the block, and how many of those values are vectors. */
  base: number
  vectors: number
  unreachable: boolean
  /** Greatest depth of an expression tree inside. */
  depth: number
  /** Blocks around it, itself included. */
  readonly level: number
}

/** A loop with parameters counts as so many levels: instrumentation makes nested blocks of it. */
const PARAMETER_LOOP_LEVELS = 4

/** Validates bodies one after the other; one instance serves a whole module. */
export class BodyValidator {
  readonly #context: BodyContext
  readonly #limits: Limits
  readonly #reads: Reader
  readonly #frames: Frame[] = []
  #stack: Uint8Array
  #depths: Uint16Array
  #height = 0
  #vectors = 0
  #heightWords = 0
  /** Depth of the deepest operand that the instruction at hand has popped. */
  #deepest = 0
  #greatestDepth = 0
  #nesting = 0
  #branchTargets = 0
  #at = 0
  #locals: Uint8Array = new Uint8Array(0)

  /** Bodies are read from `reader`, whose position and end the caller sets. */
  constructor(context: BodyContext, reader: Reader) {
    this.#context = context
    this.#limits = context.rules.limits
    this.#reads = reader
    const size = Math.min(1024, this.#limits.operandHeight)
    this.#stack = new Uint8Array(size)
    this.#depths = new Uint16Array(size)
  }

  /**
   * Validates the code between the reader's position and its end. `locals` holds the types of parameters and locals.
   * Throws `Refused` or `Unreadable` at the first thing that is wrong.
   */
  validate(type: FunctionType, locals: Uint8Array): BodyFacts {
    this.#locals = locals
    this.#height = this.#vectors = this.#heightWords = this.#greatestDepth = this.#nesting = this.#branchTargets = 0
    this.#frames.length = 0
    const reader = this.#reads
    this.#at = reader.pos
    this.#pushFrame(OP.block, { params: NO_TYPES, results: type.results })
    while (this.#frames.length > 0) {
      this.#at = reader.pos
      this.#instruction(this.#fetch())
    }
    if (!reader.done) throw new Refused('malformed', reader.pos, 'bytes after the end of the body')
    return {
      heightWords: this.#heightWords, branchTargets: this.#branchTargets, nesting: this.#nesting, depth: this.#greatestDepth,
    }
  }

  #fetch(): Instruction {
    const reader = this.#reads
    const opcode = reader.u8()
    let code = opcode
    let sub = 0
    if (opcode === 0xfc || opcode === 0xfd) {
      sub = reader.u32()
      code = opcode === 0xfc ? (sub < 0x100 ? 0x100 + sub : -1) : sub < 0x100 ? 0x200 + sub : -1
    }
    const instruction = INSTRUCTIONS[code]
    if (instruction === undefined) {
      const proposal = foreignInstruction(opcode, sub)
      if (proposal !== undefined) throw new Refused('feature', this.#at, `an instruction of the ${proposal} proposal`, proposal)
      throw new Refused('malformed', this.#at, `unknown opcode 0x${opcode.toString(16)}${sub > 0 ? ` 0x${sub.toString(16)}` : ''}`)
    }
    checkFeature(this.#context.rules, instruction.feature, this.#at, instruction.name)
    return instruction
  }

  // ── The operand stack ─────────────────────────────────────────────────────────────────────────────────────────────

  #push(type: number): void {
    if (this.#height === this.#stack.length) this.#grow()
    this.#stack[this.#height] = type
    this.#depths[this.#height++] = this.#deepest + 1
    if (type === V128) this.#vectors++
    const words = this.#height + this.#vectors
    if (words > this.#heightWords) this.#heightWords = words
  }

  #grow(): void {
    checkLimit(this.#context.rules, 'operandHeight', this.#stack.length + 1, this.#at)
    const size = Math.min(this.#stack.length * 2, this.#limits.operandHeight)
    const stack = new Uint8Array(size)
    stack.set(this.#stack)
    this.#stack = stack
    const depths = new Uint16Array(size)
    depths.set(this.#depths)
    this.#depths = depths
  }

  #pop(expected: number): number {
    const frame = this.#frames[this.#frames.length - 1]!
    if (this.#height === frame.base) {
      if (frame.unreachable) return UNKNOWN
      return this.#invalid('an operand is missing')
    }
    const type = this.#stack[--this.#height]!
    const depth = this.#depths[this.#height]!
    if (depth > this.#deepest) this.#deepest = depth
    if (type === V128) this.#vectors--
    if (type !== expected && type !== UNKNOWN && expected !== UNKNOWN) {
      this.#invalid(`${typeName(expected as ValueType)} expected, ${typeName(type as ValueType)} found`)
    }
    return type
  }

  /** As `#pop` for each type, the last one first. Signatures of hundreds of values are cheap to write and to call. */
  #popAll(types: readonly ValueType[]): void {
    const frame = this.#frames[this.#frames.length - 1]!
    const stack = this.#stack
    let height = this.#height
    let deepest = this.#deepest
    for (let i = types.length - 1; i >= 0; i--) {
      if (height === frame.base) {
        if (frame.unreachable) break
        this.#invalid('an operand is missing')
      }
      const type = stack[--height]!
      if (type !== types[i] && type !== UNKNOWN) {
        this.#invalid(`${typeName(types[i]!)} expected, ${typeName(type as ValueType)} found`)
      }
      if (type === V128) this.#vectors--
      if (this.#depths[height]! > deepest) deepest = this.#depths[height]!
    }
    this.#height = height
    this.#deepest = deepest
  }

  /** As `#push` for each type. */
  #pushAll(types: readonly ValueType[]): void {
    const count = types.length
    if (count === 0) return
    while (this.#height + count > this.#stack.length) this.#grow()
    const stack = this.#stack
    const height = this.#height
    for (let i = 0; i < count; i++) {
      const type = types[i]!
      stack[height + i] = type
      if (type === V128) this.#vectors++
    }
    this.#depths.fill(this.#deepest + 1, height, height + count)
    this.#height = height + count
    this.#heightWords = Math.max(this.#heightWords, this.#height + this.#vectors)
  }

  /** Ends an instruction: with its operands popped and its results pushed, its tree is as deep as it will be. */
  #settle(results: number): void {
    const depth = this.#deepest + 1
    this.#deepest = 0
    if (depth > this.#greatestDepth) {
      this.#greatestDepth = depth
      checkLimit(this.#context.rules, 'expressionDepth', depth, this.#at)
    }
    if (results === 0) this.#noteDepth(depth)
  }

  #noteDepth(depth: number): void {
    const frame = this.#frames[this.#frames.length - 1]
    if (frame !== undefined && depth > frame.depth) frame.depth = depth
  }

  // ── The control stack ─────────────────────────────────────────────────────────────────────────────────────────────

  #pushFrame(opcode: number, type: FunctionType): void {
    const parent = this.#frames[this.#frames.length - 1]
    const level = parent === undefined ? 0 : parent.level + (opcode === OP.loop && type.params.length > 0 ? PARAMETER_LOOP_LEVELS : 1)
    this.#frames.push({ opcode, type, base: this.#height, vectors: this.#vectors, unreachable: false, depth: this.#deepest, level })
    if (level > this.#nesting) {
      this.#nesting = level
      checkLimit(this.#context.rules, 'nesting', level, this.#at)
    }
    this.#deepest = 0
    this.#pushAll(type.params)
  }

  #popFrame(): Frame {
    const frame = this.#frames[this.#frames.length - 1]!
    this.#popAll(frame.type.results)
    if (this.#height !== frame.base) this.#invalid('values are left on the stack at the end of a block')
    if (this.#deepest > frame.depth) frame.depth = this.#deepest
    this.#deepest = 0
    this.#frames.pop()
    return frame
  }

  /** After an unconditional transfer of control the rest of the block may assume any operands. */
  #unreachable(): void {
    const frame = this.#frames[this.#frames.length - 1]!
    this.#dropTo(frame)
    frame.unreachable = true
  }

  #dropTo(frame: Frame): void {
    while (this.#height > frame.base) {
      const depth = this.#depths[--this.#height]!
      if (depth > frame.depth) frame.depth = depth
    }
    this.#vectors = frame.vectors
  }

  /** Types that a branch to the label carries. */
  #label(index: number): readonly ValueType[] {
    const frame = this.#frames[this.#frames.length - 1 - index]
    if (frame === undefined) return this.#invalid(`no label ${index}`)
    return frame.opcode === OP.loop ? frame.type.params : frame.type.results
  }

  #blockType(): FunctionType {
    const reader = this.#reads
    const start = reader.pos
    const index = reader.s33()
    // Only a single byte stands for "no type": its longer forms would be negative indices.
    if (index === -64 && reader.pos === start + 1) return EMPTY
    if (index >= 0) {
      const type = this.#context.types[index]
      if (type === undefined) return this.#invalid(`no type ${index}`)
      checkFeature(this.#context.rules, 'multi-value', start, 'a block with parameters or several results')
      return type
    }
    reader.pos = start
    return { params: NO_TYPES, results: [this.#valueType()] }
  }

  #valueType(): ValueType {
    const start = this.#reads.pos
    return readValueType(this.#reads.u8(), start, this.#context.rules)
  }

  // ── Instructions ──────────────────────────────────────────────────────────────────────────────────────────────────

  #instruction(instruction: Instruction): void {
    switch (instruction.group) {
      case 'const': case 'load': case 'store': case 'unary': case 'binary': case 'vectorLoad': case 'vectorLane':
      case 'extractLane': case 'replaceLane': case 'shuffle': case 'ternary': case 'shift': case 'memorySize':
      case 'memoryGrow': case 'memoryFill': case 'memoryCopy': case 'memoryInit': case 'dataDrop': case 'tableSize':
      case 'elemDrop':
        return this.#plain(instruction)
      case 'localGet': case 'localSet': case 'globalGet': case 'globalSet':
        return this.#variable(instruction.code)
      case 'drop': case 'select': case 'refIsNull': case 'refFunc':
        return this.#parametric(instruction.code)
      case 'tableGet': case 'tableSet': case 'tableGrow': case 'tableFill': case 'tableCopy': case 'tableInit':
        return this.#table(instruction)
      default:
        return this.#control(instruction.code)
    }
  }

  /** Instructions whose type stands in the table. */
  #plain(instruction: Instruction): void {
    const { params, results } = instruction.type
    const constant = this.#immediate(instruction)
    this.#popAll(params)
    if (constant !== undefined) this.#push(constant)
    else this.#pushAll(results)
    this.#settle(results.length)
  }

  /** Reads and checks the immediates; gives the type of a `ref.null`, the one constant whose type is an immediate. */
  #immediate(instruction: Instruction): ValueType | undefined {
    const reader = this.#reads
    switch (instruction.immediate) {
      case 'i32': reader.s32(); break
      case 'i64': reader.skipS64(); break
      case 'f32': reader.skip(4); break
      case 'f64': reader.skip(8); break
      case 'v128': reader.skip(16); break
      case 'memarg': this.#memarg(instruction); break
      case 'memarg lane': this.#memarg(instruction); this.#lane(instruction.lanes); break
      case 'lane': this.#lane(instruction.lanes); break
      case 'lanes': for (let i = 0; i < 16; i++) this.#lane(32); break
      case 'memory': this.#memoryIndex(); break
      case 'memory memory': this.#memoryIndex(); this.#memoryIndex(); break
      case 'data': this.#dataIndex(); break
      case 'data memory': this.#dataIndex(); this.#memoryIndex(); break
      case 'elem': this.#elementType(); break
      case 'table': this.#tableType(); break
      case 'reftype': return readNullType(reader, this.#context.rules, this.#at)
      case 'none': break
      default: throw new Error(`unread immediate ${instruction.immediate}`)
    }
    return undefined
  }

  #variable(code: number): void {
    const index = this.#reads.u32()
    if (code === OP.globalGet || code === OP.globalSet) {
      const global = this.#context.globals[index]
      if (global === undefined) return this.#invalid(`no global ${index}`)
      if (code === OP.globalGet) this.#push(global.type)
      else if (!global.mutable) this.#invalid(`global ${index} is immutable`)
      else this.#pop(global.type)
      return this.#settle(code === OP.globalGet ? 1 : 0)
    }
    const type = this.#locals[index]
    if (type === undefined) return this.#invalid(`no local ${index}`)
    if (code !== OP.localGet) this.#pop(type)
    if (code !== OP.localSet) this.#push(type)
    this.#settle(code === OP.localSet ? 0 : 1)
  }

  #parametric(code: number): void {
    switch (code) {
      case OP.drop:
        this.#pop(UNKNOWN)
        return this.#settle(0)
      case OP.select: {
        this.#pop(I32)
        const second = this.#pop(UNKNOWN)
        const first = this.#pop(UNKNOWN)
        if (isReference(first as ValueType) || isReference(second as ValueType)) this.#invalid('select of references without a type')
        if (first !== second && first !== UNKNOWN && second !== UNKNOWN) this.#invalid('select of two types')
        this.#push(first === UNKNOWN ? second : first)
        return this.#settle(1)
      }
      case OP.selectTyped: {
        if (this.#reads.u32() !== 1) this.#invalid('select of another number of types than one')
        const type = this.#valueType()
        this.#popAll([type, type, I32])
        this.#push(type)
        return this.#settle(1)
      }
      case OP.refIsNull: {
        const type = this.#pop(UNKNOWN)
        if (type !== UNKNOWN && !isReference(type as ValueType)) this.#invalid('ref.is_null of what is no reference')
        this.#push(I32)
        return this.#settle(1)
      }
      default: {
        const index = this.#reads.u32()
        if (this.#context.functions[index] === undefined) this.#invalid(`no function ${index}`)
        if (!this.#context.declared.has(index)) this.#invalid(`function ${index} is not declared for references`)
        this.#push(FUNCREF)
        this.#settle(1)
      }
    }
  }

  #table({ code }: Instruction): void {
    if (code === OP.tableInit) {
      const element = this.#elementType()
      if (element !== this.#tableType().element) this.#invalid('table.init of another type of references')
      this.#popAll([I32, I32, I32])
      return this.#settle(0)
    }
    const { element } = this.#tableType()
    if (code === OP.tableCopy && this.#tableType().element !== element) this.#invalid('table.copy between types of references')
    switch (code) {
      case OP.tableGet: this.#pop(I32); this.#push(element); break
      case OP.tableSet: this.#popAll([I32, element]); break
      case OP.tableGrow: this.#popAll([element, I32]); this.#push(I32); break
      case OP.tableFill: this.#popAll([I32, element, I32]); break
      default: this.#popAll([I32, I32, I32])
    }
    this.#settle(code === OP.tableGet || code === OP.tableGrow ? 1 : 0)
  }

  #control(code: number): void {
    switch (code) {
      case OP.nop: return
      case OP.unreachable: return this.#unreachable()
      case OP.block: case OP.loop: case OP.if: {
        const type = this.#blockType()
        if (code === OP.if) this.#pop(I32)
        this.#popAll(type.params)
        return this.#pushFrame(code, type)
      }
      case OP.else: return this.#else()
      case OP.end: return this.#end()
      case OP.br: this.#popAll(this.#label(this.#reads.u32())); this.#settle(0); return this.#unreachable()
      case OP.brIf: {
        const types = this.#label(this.#reads.u32())
        this.#pop(I32)
        this.#popAll(types)
        this.#pushAll(types)
        return this.#settle(types.length)
      }
      case OP.brTable: return this.#branchTable()
      case OP.return: this.#popAll(this.#frames[0]!.type.results); this.#settle(0); return this.#unreachable()
      default: return this.#call(code)
    }
  }

  #else(): void {
    if (this.#frames[this.#frames.length - 1]!.opcode !== OP.if) throw new Refused('malformed', this.#at, 'else without if')
    const frame = this.#popFrame()
    this.#deepest = frame.depth
    this.#pushFrame(OP.else, frame.type)
  }

  #end(): void {
    const frame = this.#popFrame()
    if (frame.opcode === OP.if && !sameTypes(frame.type.params, frame.type.results)) this.#invalid('if without else changes the stack')
    if (frame.depth > this.#greatestDepth) this.#greatestDepth = frame.depth
    // A block is as deep as the deepest tree in it: its own level is counted by the nesting.
    this.#deepest = Math.max(frame.depth - 1, 0)
    this.#pushAll(frame.type.results)
    this.#deepest = 0
    if (frame.type.results.length === 0) this.#noteDepth(frame.depth)
  }

  #branchTable(): void {
    const reader = this.#reads
    const count = reader.u32() + 1
    checkLimit(this.#context.rules, 'branchTargets', count, this.#at)
    this.#branchTargets += count
    this.#pop(I32)
    const labels: number[] = []
    for (let i = 0; i < count; i++) labels.push(reader.u32())
    const arity = this.#label(labels[count - 1]!)
    const checked = new Set<readonly ValueType[]>()
    for (const label of labels) {
      const types = this.#label(label)
      if (types.length !== arity.length) this.#invalid('labels of a br_table carry different numbers of values')
      // Targets that share their types need one look at the operands: time stays linear in the number of targets.
      if (checked.has(types)) continue
      checked.add(types)
      this.#peek(types)
    }
    this.#popAll(arity)
    this.#settle(0)
    this.#unreachable()
  }

  /** Checks the topmost operands against types and leaves them where they are. */
  #peek(types: readonly ValueType[]): void {
    const frame = this.#frames[this.#frames.length - 1]!
    const stack = this.#stack
    let at = this.#height
    for (let i = types.length - 1; i >= 0; i--) {
      if (--at < frame.base) {
        if (frame.unreachable) return
        this.#invalid('an operand is missing')
      }
      const type = stack[at]!
      if (type !== UNKNOWN && type !== types[i]) this.#invalid('a label of a br_table carries other types')
    }
  }

  #call(code: number): void {
    let type: FunctionType | undefined
    if (code === OP.call || code === OP.returnCall) {
      const index = this.#reads.u32()
      type = this.#context.functions[index]
      if (type === undefined) return this.#invalid(`no function ${index}`)
    } else {
      const index = this.#reads.u32()
      type = this.#context.types[index]
      if (type === undefined) return this.#invalid(`no type ${index}`)
      if (this.#tableType().element !== FUNCREF) this.#invalid('call through a table that holds no functions')
      this.#pop(I32)
    }
    this.#popAll(type.params)
    if (code === OP.returnCall || code === OP.returnCallIndirect) {
      if (!sameTypes(type.results, this.#frames[0]!.type.results)) this.#invalid('tail call to a function with other results')
      this.#settle(0)
      return this.#unreachable()
    }
    this.#pushAll(type.results)
    this.#settle(type.results.length)
  }

  // ── Immediates ────────────────────────────────────────────────────────────────────────────────────────────────────

  #memarg(instruction: Instruction): void {
    const flags = this.#reads.u32()
    if ((flags & 0x40) !== 0 && flags < 0x80) throw new Refused('feature', this.#at, 'a memory access names its memory', 'multi-memory')
    if (flags >= 0x40) throw new Refused('malformed', this.#at, 'malformed alignment')
    this.#requireMemory()
    if (flags > instruction.align) this.#invalid('alignment is larger than natural')
    this.#reads.u32()
  }

  #lane(lanes: number): void {
    if (this.#reads.u8() >= lanes) this.#invalid('no such lane')
  }

  #memoryIndex(): void {
    if (this.#reads.u8() !== 0) throw new Refused('feature', this.#at, 'an instruction names its memory', 'multi-memory')
    this.#requireMemory()
  }

  #requireMemory(): void {
    if (!this.#context.hasMemory) this.#invalid('the module has no memory')
  }

  #dataIndex(): void {
    const index = this.#reads.u32()
    if (this.#context.dataCount === undefined) throw new Refused('malformed', this.#at, 'data count section required')
    if (index >= this.#context.dataCount) this.#invalid(`no data segment ${index}`)
  }

  #elementType(): ValueType {
    const index = this.#reads.u32()
    return this.#context.elements[index]?.type ?? this.#invalid(`no element segment ${index}`)
  }

  #tableType(): TableType {
    const index = this.#reads.u32()
    return this.#context.tables[index] ?? this.#invalid(`no table ${index}`)
  }

  #invalid(detail: string): never {
    throw new Refused('invalid', this.#at, detail)
  }
}

/** A value type of WebAssembly 2.0 that the profile accepts, from its byte; refuses every other. */
export function readValueType(byte: number, offset: number, rules: Rules): ValueType {
  if (isValueType(byte)) {
    if (byte === V128) checkFeature(rules, 'simd', offset, 'v128')
    if (isReference(byte)) checkFeature(rules, 'reference-types', offset, typeName(byte))
    return byte
  }
  const proposal = foreignType(byte)
  if (proposal !== undefined) throw new Refused('feature', offset, `a type of the ${proposal} proposal`, proposal)
  throw new Refused('malformed', offset, `unknown type 0x${byte.toString(16)}`)
}

/** The type after `ref.null`, whose opcode stands at `at`: a reference type of WebAssembly 2.0. */
export function readNullType(reader: Reader, rules: Rules, at: number): ValueType {
  const start = reader.pos
  if (reader.s33() >= 0) throw new Refused('feature', at, 'ref.null of a type of the module', 'function-references')
  reader.pos = start
  const type = readValueType(reader.u8(), start, rules)
  if (!isReference(type)) throw new Refused('malformed', at, 'ref.null of a type that is no reference')
  return type
}

function sameTypes(a: readonly ValueType[], b: readonly ValueType[]): boolean {
  return a.length === b.length && a.every((type, i) => type === b[i])
}
