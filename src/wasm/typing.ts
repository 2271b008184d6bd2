/**
 * The state of the validation algorithm (core spec, appendix): the operand stack with its types, and the control stack with
 * its frames. It also measures a body: the height of the operand stack, and the depth of the trees into which code is parsed.
 */
import type { Frame } from './frame.ts'
import { checkLimit, Refused, type Rules } from './findings.ts'
import { OP } from './instructions.ts'
import { typeName, V128, wordsOfAll, type FunctionType, type ValueType } from './types.ts'

/** The type of a value on the polymorphic operand stack of unreachable code: it matches any type. */
export const UNKNOWN = 0
export const NO_TYPES: readonly ValueType[] = []

/** One object is used for all bodies of a module, one after the other. Findings have the offset `at`. */
export class Typing {
  readonly #rules: Rules
  readonly #frames: Frame[] = []
  #stack: Uint8Array
  #depths: Uint32Array
  #height = 0
  #vectors = 0
  #heightWords = 0
  /** The greatest depth of an operand that the current instruction has popped. */
  #deepest = 0
  #treeDepth = 0
  #held = 0
  #listWords = 0
  #carried = 0
  /** The carried values of earlier bodies. */
  #carriedBefore = 0
  /** The lists of types that need locals, as text; and the same lists as objects, which need not be looked up again. */
  readonly #lists = new Set<string>()
  readonly #seenLists = new Set<readonly ValueType[]>()
  /** The offset of the current instruction, and the levels that it adds to the depth of its operands (PROFILE-10). */
  at = 0
  levels = 0

  constructor(rules: Rules) {
    this.#rules = rules
    const size = Math.min(1024, rules.limits.operandHeight)
    this.#stack = new Uint8Array(size)
    this.#depths = new Uint32Array(size)
  }

  /** Begins a body with these results. */
  begin(results: readonly ValueType[]): void {
    this.#carriedBefore += this.#carried
    this.#height =
      this.#vectors =
      this.#heightWords =
      this.#treeDepth =
      this.#held =
      this.#listWords =
      this.#carried =
        0
    this.#lists.clear()
    this.#seenLists.clear()
    this.#frames.length = 0
    this.pushFrame(OP.block, { params: NO_TYPES, results }, 0)
  }

  get ended(): boolean {
    return this.#frames.length === 0
  }

  get innermost(): Frame {
    return this.#frames[this.#frames.length - 1]!
  }

  /** The frame of the body. */
  get body(): Frame {
    return this.#frames[0]!
  }

  /** The measures of the body. The height includes values that instrumented code keeps in locals of its own. */
  get measures(): { readonly heightWords: number; readonly carriedValues: number; readonly treeDepth: number } {
    const heightWords = this.#heightWords + this.#held + this.#listWords
    return { heightWords, carriedValues: this.#carried, treeDepth: this.#treeDepth }
  }

  // ── The operand stack ─────────────────────────────────────────────────────────────────────────────────────────────

  push(type: number): void {
    if (this.#height === this.#stack.length) this.#grow()
    this.#stack[this.#height] = type
    this.#depths[this.#height++] = this.#deepest + this.levels
    if (type === V128) this.#vectors++
    const words = this.#height + this.#vectors
    if (words > this.#heightWords) this.#heightWords = words
  }

  #grow(): void {
    checkLimit(this.#rules, 'operandHeight', this.#stack.length + 1, this.at)
    const size = Math.min(this.#stack.length * 2, this.#rules.limits.operandHeight)
    const stack = new Uint8Array(size)
    stack.set(this.#stack)
    this.#stack = stack
    const depths = new Uint32Array(size)
    depths.set(this.#depths)
    this.#depths = depths
  }

  pop(expected: number): number {
    const frame = this.#frames[this.#frames.length - 1]!
    if (this.#height === frame.base) {
      if (frame.unreachable) return UNKNOWN
      return this.invalid('an operand is missing')
    }
    const type = this.#stack[--this.#height]!
    const depth = this.#depths[this.#height]!
    if (depth > this.#deepest) this.#deepest = depth
    if (type === V128) this.#vectors--
    if (type !== expected && type !== UNKNOWN && expected !== UNKNOWN) {
      this.invalid(`${typeName(expected as ValueType)} expected, ${typeName(type as ValueType)} found`)
    }
    return type
  }

  /** Pops each type as `pop` does, the last one first. It is fast, since a module can call long signatures very often. */
  popAll(types: readonly ValueType[]): void {
    const frame = this.#frames[this.#frames.length - 1]!
    const stack = this.#stack
    let height = this.#height
    let deepest = this.#deepest
    for (let i = types.length - 1; i >= 0; i--) {
      if (height === frame.base) {
        if (frame.unreachable) break
        this.invalid('an operand is missing')
      }
      const type = stack[--height]!
      if (type !== types[i] && type !== UNKNOWN) {
        this.invalid(`${typeName(types[i]!)} expected, ${typeName(type as ValueType)} found`)
      }
      if (type === V128) this.#vectors--
      if (this.#depths[height]! > deepest) deepest = this.#depths[height]!
    }
    this.#height = height
    this.#deepest = deepest
  }

  /** Pushes each type as `push` does. */
  pushAll(types: readonly ValueType[], depth = this.#deepest + this.levels): void {
    const count = types.length
    if (count === 0) return
    this.carry(count, 1)
    while (this.#height + count > this.#stack.length) this.#grow()
    const stack = this.#stack
    const height = this.#height
    for (let i = 0; i < count; i++) {
      const type = types[i]!
      stack[height + i] = type
      if (type === V128) this.#vectors++
    }
    this.#depths.fill(depth, height, height + count)
    this.#height = height + count
    this.#heightWords = Math.max(this.#heightWords, this.#height + this.#vectors)
  }

  /**
   * Counts carried values (PROFILE-10): `values` values that one instruction moves together, `times` times. Instrumentation writes
   * a move for each of them. The first one is not counted, since the module has an instruction for it.
   */
  carry(values: number, times: number): void {
    if (values < 2) return
    this.#carried += (values - 1) * times
    checkLimit(this.#rules, 'carriedValues', this.#carriedBefore + this.#carried, this.at)
  }

  /** Ends an instruction, once its operands are popped and its results pushed. Checks the depth of its tree. */
  settle(results: number): void {
    const depth = this.#deepest + this.levels
    this.#deepest = 0
    this.#checkDepth(depth)
    if (results === 0) this.#noteDepth(depth)
  }

  #checkDepth(depth: number): void {
    if (depth <= this.#treeDepth) return
    this.#treeDepth = depth
    checkLimit(this.#rules, 'treeDepth', depth, this.at)
  }

  /**
   * Counts the locals for several values that are produced together, such as the results of a call or a block. Instrumented code
   * has one set of locals for each list of types that occurs.
   */
  noteList(types: readonly ValueType[]): void {
    if (types.length < 2 || this.#seenLists.has(types)) return
    this.#seenLists.add(types)
    const list = types.join()
    if (this.#lists.has(list)) return
    this.#lists.add(list)
    this.#listWords += wordsOfAll(types)
    this.#checkHeld()
  }

  #checkHeld(): void {
    checkLimit(this.#rules, 'operandHeight', this.#held + this.#listWords, this.at)
  }

  #noteDepth(depth: number): void {
    const frame = this.#frames[this.#frames.length - 1]
    if (frame !== undefined && depth > frame.depth) frame.depth = depth
  }

  // ── The control stack ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Begins a block, after its parameters and condition were popped. It adds `levels` to the depth of the trees inside. */
  pushFrame(opcode: number, type: FunctionType, levels: number): void {
    const parent = this.#frames[this.#frames.length - 1]
    const holds = opcode === OP.loop || opcode === OP.if || opcode === OP.else
    const held = (parent?.held ?? 0) + (holds ? wordsOfAll(type.params) : 0)
    this.#frames.push({
      opcode,
      type,
      base: this.#height,
      vectors: this.#vectors,
      unreachable: false,
      depth: this.#deepest,
      levels,
      held,
    })
    if (held > this.#held) {
      this.#held = held
      this.#checkHeld()
    }
    this.#deepest = 0
    this.pushAll(type.params)
  }

  popFrame(): Frame {
    const frame = this.#frames[this.#frames.length - 1]!
    this.popAll(frame.type.results)
    if (this.#height !== frame.base) this.invalid('values are left on the stack at the end of a block')
    if (this.#deepest > frame.depth) frame.depth = this.#deepest
    this.#deepest = 0
    this.#frames.pop()
    return frame
  }

  /** Makes the operand stack polymorphic: the rest of the block is unreachable. */
  unreachable(): void {
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

  /** The types of the operands that a branch to a label takes. */
  label(index: number): readonly ValueType[] {
    const frame = this.#frames[this.#frames.length - 1 - index]
    if (frame === undefined) return this.invalid(`no label ${index}`)
    return frame.opcode === OP.loop ? frame.type.params : frame.type.results
  }

  /** Checks the types of the topmost operands without popping them. */
  peek(types: readonly ValueType[]): void {
    const frame = this.#frames[this.#frames.length - 1]!
    const stack = this.#stack
    let at = this.#height
    for (let i = types.length - 1; i >= 0; i--) {
      if (--at < frame.base) {
        if (frame.unreachable) return
        this.invalid('an operand is missing')
      }
      const type = stack[at]!
      if (type !== UNKNOWN && type !== types[i]) this.invalid('a label of a br_table carries other types')
    }
  }

  /** Begins the second arm of an `if`. The depth of the first arm is kept. */
  resume({ depth, type, levels }: Frame): void {
    this.#deepest = depth
    this.pushFrame(OP.else, type, levels)
  }

  /** Pushes the results of a frame that has ended. Their depth is that of the deepest tree inside plus the frame's levels. */
  giveResults({ depth, levels, type }: Frame): void {
    const whole = depth + levels
    this.#checkDepth(whole)
    this.pushAll(type.results, whole)
    if (type.results.length === 0) this.#noteDepth(whole)
  }

  invalid(detail: string): never {
    throw new Refused('invalid', this.at, detail)
  }
}
