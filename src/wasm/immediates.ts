/** Reads the immediates after an opcode, and checks that the indices among them are in range. */
import { checkFeature, Refused, type Rules } from './findings.ts'
import { refuseCode } from './foreign.ts'
import type { Instruction } from './instructions.ts'
import type { Global, TableType } from './module.ts'
import type { Reader } from './reader.ts'
import { readNullType, readValueType } from './read-types.ts'
import type { FunctionType, ValueType } from './types.ts'
import { NO_TYPES, type Typing } from './typing.ts'

/** The parts of a module that the code of a body may refer to. */
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
  /** The functions that the module refers to outside of bodies (core spec 3.1.1, C.refs). */
  readonly declared: ReadonlySet<number>
  /** The functions whose references the module makes. Bodies add those of `ref.func`. */
  readonly referenced: Set<number>
}

const EMPTY: FunctionType = { params: NO_TYPES, results: NO_TYPES }

/** Reads the immediates of a module's bodies. Throws `Refused` or `Unreadable`. */
export class Immediates {
  readonly #context: BodyContext
  readonly #reads: Reader
  readonly #typing: Typing

  constructor(context: BodyContext, reader: Reader, typing: Typing) {
    this.#context = context
    this.#reads = reader
    this.#typing = typing
  }

  /** The type of a block. */
  blockType(): FunctionType {
    const reader = this.#reads
    const start = reader.pos
    const index = reader.s33()
    // The empty type is a single byte. A longer encoding of the same number would be a negative index.
    if (index === -64 && reader.pos === start + 1) return EMPTY
    if (index >= 0) {
      const type = this.#context.types[index]
      if (type === undefined) return this.#typing.invalid(`no type ${index}`)
      checkFeature(this.#context.rules, 'multi-value', start, 'a block with parameters or several results')
      return type
    }
    reader.pos = start
    return { params: NO_TYPES, results: [this.valueType()] }
  }

  /** A value type. */
  valueType(): ValueType {
    return readValueType(this.#reads, this.#context.rules)
  }

  /** The index of an element segment. Returns the type of its references. */
  elementType(): ValueType {
    const index = this.#reads.u32()
    return this.#context.elements[index]?.type ?? this.#typing.invalid(`no element segment ${index}`)
  }

  /** The index of a table. Returns the table's type. */
  tableType(): TableType {
    const index = this.#reads.u32()
    return this.#context.tables[index] ?? this.#typing.invalid(`no table ${index}`)
  }

  /** All immediates of a plain instruction. Returns the type of a `ref.null`, which is one of its immediates. */
  check(instruction: Instruction): ValueType | undefined {
    const reader = this.#reads
    switch (instruction.immediate) {
      case 'i32':
        reader.s32()
        break
      case 'i64':
        reader.skipS64()
        break
      case 'f32':
        reader.skip(4)
        break
      case 'f64':
        reader.skip(8)
        break
      case 'v128':
        reader.skip(16)
        break
      case 'memarg':
        this.#memarg(instruction)
        break
      case 'memarg lane':
        this.#memarg(instruction)
        this.#lane(instruction.lanes)
        break
      case 'lane':
        this.#lane(instruction.lanes)
        break
      case 'lanes':
        for (let i = 0; i < 16; i++) this.#lane(32)
        break
      case 'memory':
        this.#memoryIndex()
        break
      case 'memory memory':
        this.#memoryIndex()
        this.#memoryIndex()
        break
      case 'data':
        this.#dataIndex()
        break
      case 'data memory':
        this.#dataIndex()
        this.#memoryIndex()
        break
      case 'elem':
        this.elementType()
        break
      case 'table':
        this.tableType()
        break
      case 'reftype':
        return readNullType(reader)
      case 'none':
        break
      default:
        throw new Error(`unread immediate ${instruction.immediate}`)
    }
    return undefined
  }

  #memarg(instruction: Instruction): void {
    const flags = this.#reads.u32()
    if (flags >= 0x20) refuseCode(['memory access'], flags, this.#typing.at)
    this.#requireMemory()
    if (flags > instruction.align) this.#typing.invalid('alignment is larger than natural')
    this.#reads.u32()
  }

  #lane(lanes: number): void {
    if (this.#reads.u8() >= lanes) this.#typing.invalid('no such lane')
  }

  #memoryIndex(): void {
    const reader = this.#reads
    const start = reader.pos
    const byte = reader.u8()
    if (byte !== 0) {
      reader.pos = start
      reader.u32()
      refuseCode(['memory index'], byte, this.#typing.at)
    }
    this.#requireMemory()
  }

  #requireMemory(): void {
    if (!this.#context.hasMemory) this.#typing.invalid('the module has no memory')
  }

  #dataIndex(): void {
    const index = this.#reads.u32()
    if (this.#context.dataCount === undefined)
      throw new Refused('malformed', this.#typing.at, 'data count section required')
    if (index >= this.#context.dataCount) this.#typing.invalid(`no data segment ${index}`)
  }
}
