/** Constructors of binaryen expressions: wrappers that take names as strings and operands as arrays. */
import type { Binaryen, Pointer, Raw } from './port.ts'

export class Build {
  readonly raw: Raw
  readonly module: Pointer
  readonly none: number
  readonly i32: number
  readonly i64: number
  readonly f32: number
  readonly f64: number
  readonly v128: number
  readonly #binaryen: Binaryen
  readonly #literal: Pointer
  readonly #names = new Map<string, Pointer>()
  readonly #owned: Pointer[] = []

  /** Builds expressions of one module. `dispose` frees the memory that this allocates inside binaryen. */
  constructor(binaryen: Binaryen, module: Pointer) {
    const { raw } = binaryen
    this.#binaryen = binaryen
    this.raw = raw
    this.module = module
    this.none = raw.TypeNone()
    this.i32 = raw.TypeInt32()
    this.i64 = raw.TypeInt64()
    this.f32 = raw.TypeFloat32()
    this.f64 = raw.TypeFloat64()
    this.v128 = raw.TypeVec128()
    this.#literal = this.#own(binaryen.malloc(raw.SizeofLiteral()))
  }

  dispose(): void {
    for (const pointer of this.#owned) this.#binaryen.free(pointer)
  }

  #own(pointer: Pointer): Pointer {
    this.#owned.push(pointer)
    return pointer
  }

  /** A pointer to a zero-terminated UTF-8 copy of a name. Equal names share one copy, which `dispose` frees. */
  name(text: string): Pointer {
    let pointer = this.#names.get(text)
    if (pointer === undefined) {
      const bytes = new TextEncoder().encode(text)
      pointer = this.#own(this.#binaryen.malloc(bytes.length + 4))
      for (let i = 0; i <= bytes.length; i += 4) {
        this.#binaryen.store32(
          pointer + i,
          (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24),
        )
      }
      this.#names.set(text, pointer)
    }
    return pointer
  }

  /** Calls `use` with a C array of the pointers, and frees the array afterwards. */
  list<T>(pointers: readonly Pointer[], use: (list: Pointer) => T): T {
    const list = this.#binaryen.malloc(Math.max(pointers.length, 1) * 4)
    pointers.forEach((pointer, i) => this.#binaryen.store32(list + 4 * i, pointer))
    const result = use(list)
    this.#binaryen.free(list)
    return result
  }

  // ── Constants and locals ──────────────────────────────────────────────────────────────────────────────────────────

  int32(value: number): Pointer {
    this.raw.LiteralInt32(this.#literal, value)
    return this.raw.Const(this.module, this.#literal)
  }

  int64(value: bigint): Pointer {
    this.raw.LiteralInt64(this.#literal, value)
    return this.raw.Const(this.module, this.#literal)
  }

  float32(bits: number): Pointer {
    this.raw.LiteralFloat32Bits(this.#literal, bits)
    return this.raw.Const(this.module, this.#literal)
  }

  float64(bits: bigint): Pointer {
    this.raw.LiteralFloat64Bits(this.#literal, bits)
    return this.raw.Const(this.module, this.#literal)
  }

  /** A vector from its four 32-bit lanes. */
  vector(lanes: readonly [number, number, number, number]): Pointer {
    return this.list(lanes, bytes => {
      this.raw.LiteralVec128(this.#literal, bytes)
      return this.raw.Const(this.module, this.#literal)
    })
  }

  get(local: number, type: number): Pointer {
    return this.raw.LocalGet(this.module, local, type)
  }

  set(local: number, value: Pointer): Pointer {
    return this.raw.LocalSet(this.module, local, value)
  }

  tee(local: number, value: Pointer, type: number): Pointer {
    return this.raw.LocalTee(this.module, local, value, type)
  }

  getGlobal(name: string, type: number): Pointer {
    return this.raw.GlobalGet(this.module, this.name(name), type)
  }

  setGlobal(name: string, value: Pointer): Pointer {
    return this.raw.GlobalSet(this.module, this.name(name), value)
  }

  // ── Control ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A sequence of expressions. The block has no name, so binaryen writes its contents without a `block` instruction. */
  block(children: readonly Pointer[], type: number): Pointer {
    return this.list(children, list => this.raw.Block(this.module, 0, list, children.length, type))
  }

  if(condition: Pointer, then: Pointer): Pointer {
    return this.raw.If(this.module, condition, then, 0)
  }

  call(name: string, operands: readonly Pointer[], result: number): Pointer {
    return this.callPointer(this.name(name), operands, result)
  }

  callPointer(name: Pointer, operands: readonly Pointer[], result: number): Pointer {
    return this.list(operands, list => this.raw.Call(this.module, name, list, operands.length, result))
  }

  nop(): Pointer {
    return this.raw.Nop(this.module)
  }

  return(value: Pointer): Pointer {
    return this.raw.Return(this.module, value)
  }

  unreachable(): Pointer {
    return this.raw.Unreachable(this.module)
  }

  // ── Operators ─────────────────────────────────────────────────────────────────────────────────────────────────────

  unary(op: number, value: Pointer): Pointer {
    return this.raw.Unary(this.module, op, value)
  }

  binary(op: number, left: Pointer, right: Pointer): Pointer {
    return this.raw.Binary(this.module, op, left, right)
  }

  select(condition: Pointer, ifTrue: Pointer, ifFalse: Pointer): Pointer {
    return this.raw.Select(this.module, condition, ifTrue, ifFalse)
  }

  // ── Functions ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The binaryen type of a list of value types: `none`, the single type, or a tuple. */
  type(types: readonly number[]): number {
    if (types.length === 0) return this.none
    if (types.length === 1) return types[0]!
    return this.list(types, list => this.raw.TypeCreate(list, types.length))
  }

  /** Reads a local whose type is the tuple of `types`: one expression for each component. */
  parts(local: number, types: readonly number[]): Pointer[] {
    const tuple = this.type(types)
    if (types.length === 1) return [this.get(local, tuple)]
    return types.map((_, i) => this.raw.TupleExtract(this.module, this.get(local, tuple), i))
  }

  /** One expression that gives all of the values. */
  tuple(values: readonly Pointer[]): Pointer {
    return values.length === 1
      ? values[0]!
      : this.list(values, list => this.raw.TupleMake(this.module, list, values.length))
  }

  /** The component types of a binaryen type: none, one, or those of the tuple. */
  types(type: number): number[] {
    const arity = this.raw.TypeArity(type)
    const list = this.#binaryen.malloc(Math.max(arity, 1) * 4)
    this.raw.TypeExpand(type, list)
    const types = Array.from({ length: arity }, (_, i) => this.#binaryen.load32(list + 4 * i))
    this.#binaryen.free(list)
    return types
  }

  /** Adds a function. Local indices count its parameters first, then `locals`. */
  addFunction(
    name: Pointer,
    params: readonly number[],
    result: number,
    locals: readonly number[],
    body: Pointer,
  ): void {
    this.list(locals, list =>
      this.raw.AddFunction(this.module, name, this.type(params), result, list, locals.length, body),
    )
  }
}
