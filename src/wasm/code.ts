/** Reads the instructions of an admitted body without checking them, since the validator has. */
import { INSTRUCTIONS, OP, type Instruction } from './instructions.ts'
import { isValueType } from './types.ts'

/** A cursor over code. After `next`, the fields describe the instruction that was read. Unused immediates are skipped. */
export class Cursor {
  readonly #bytes: Uint8Array
  /** The offset of the current instruction, and that of the next one. */
  at = 0
  pos = 0
  /** The first index among the immediates: of a label, local, global, function, table or segment, or of an indirect call's type. */
  index = 0
  /** For blocks: the index of their type; −1 if the type is empty or a value type, not an index. */
  blockType = -1
  /** For blocks whose type is not an index: true if they have a result. */
  hasResult = false
  /** The labels of a `br_table`, the default last. */
  labels: number[] = []

  /** A cursor that reads from offset `pos` of the module. */
  constructor(bytes: Uint8Array, pos: number) {
    this.#bytes = bytes
    this.pos = pos
  }

  next(): Instruction {
    this.at = this.pos
    const opcode = this.#bytes[this.pos++]!
    const code = opcode === 0xfc ? 0x100 + this.u32() : opcode === 0xfd ? 0x200 + this.u32() : opcode
    const instruction = INSTRUCTIONS[code]!
    this.#immediate(instruction)
    return instruction
  }

  /** Skips to the `else` or `end` of the block that the cursor is in. Returns that instruction, which is the current one then. */
  skipToEnd(): Instruction {
    for (let depth = 0; ;) {
      const instruction = this.next()
      const { code } = instruction
      if (code === OP.block || code === OP.loop || code === OP.if) depth++
      else if (depth === 0 && (code === OP.else || code === OP.end)) return instruction
      else if (code === OP.end) depth--
    }
  }

  /** The value of the current `const` instruction, or of the one at offset `at`. Undefined unless it is from −2²⁷ to 2²⁷ − 1. */
  smallConstant(at = this.at): number | undefined {
    let value = 0
    // Up to five bytes are read, since linkers write even small addresses in five.
    for (let i = 0, unit = 1; i < 5; i++) {
      const byte = this.#bytes[at + 1 + i]!
      value += (byte & 0x7f) * unit
      unit *= 128
      if (byte >= 0x80) continue
      if (byte >= 0x40) value -= unit
      return Math.abs(value + 0.5) < 2 ** 27 ? value : undefined
    }
    return undefined
  }

  u32(): number {
    let byte = this.#bytes[this.pos++]!
    if (byte < 0x80) return byte
    let result = byte & 0x7f
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = this.#bytes[this.pos++]!
      result |= (byte & 0x7f) << shift
    }
    return result >>> 0
  }

  #skipLeb(): void {
    while (this.#bytes[this.pos++]! >= 0x80);
  }

  #immediate({ immediate, code }: Instruction): void {
    switch (immediate) {
      case 'none':
        return
      case 'local':
      case 'global':
      case 'func':
      case 'label':
      case 'table':
      case 'data':
      case 'elem':
        this.index = this.u32()
        return
      case 'i32':
      case 'i64':
        this.#skipLeb()
        return
      case 'memarg':
        this.#skipLeb()
        this.#skipLeb()
        return
      case 'block':
        this.#block()
        return
      case 'f32':
        this.pos += 4
        return
      case 'f64':
        this.pos += 8
        return
      case 'v128':
      case 'lanes':
        this.pos += 16
        return
      case 'memarg lane':
        this.#skipLeb()
        this.#skipLeb()
        this.pos++
        return
      case 'lane':
      case 'memory':
      case 'reftype':
        this.pos++
        return
      case 'memory memory':
        this.pos += 2
        return
      case 'types':
        this.#skipLeb()
        this.pos++
        return
      case 'data memory':
        this.index = this.u32()
        this.pos++
        return
      case 'type table':
      case 'table table':
      case 'elem table':
        this.index = this.u32()
        this.#skipLeb()
        return
      case 'labels': {
        const count = this.u32() + 1
        this.labels = []
        for (let i = 0; i < count; i++) this.labels.push(this.u32())
        return
      }
      default:
        throw new Error(`unread immediate of ${code}`)
    }
  }

  #block(): void {
    const byte = this.#bytes[this.pos]!
    this.blockType = -1
    this.hasResult = byte !== 0x40
    if (byte === 0x40 || isValueType(byte)) this.pos++
    else this.blockType = this.u32()
  }
}
