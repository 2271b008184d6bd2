/** Reads opcodes (core spec 5.4), in bodies and in constant expressions. */
import { checkFeature, type Rules } from './findings.ts'
import { refuseCode, type Place } from './foreign.ts'
import { INSTRUCTIONS, type Instruction } from './instructions.ts'
import type { Reader } from './reader.ts'

const PREFIXES: Readonly<Record<number, Place>> = {
  0xfb: 'opcode 0xfb',
  0xfc: 'opcode 0xfc',
  0xfd: 'opcode 0xfd',
  0xfe: 'opcode 0xfe',
}
/** The code of the first sub-opcode of a prefix in the instruction table. Each prefix has 0x100 codes. */
const FIRST: Readonly<Record<number, number>> = { 0xfc: 0x100, 0xfd: 0x200 }

/**
 * Reads an opcode without its immediates. Throws `Refused` at the opcode if it is no instruction of WebAssembly 2.0 with tail
 * calls, or if the instruction needs a feature that the profile does not accept.
 */
export function readInstruction(reader: Reader, rules: Rules): Instruction {
  const at = reader.pos
  const opcode = reader.u8()
  const instruction = opcode < 0xfb ? INSTRUCTIONS[opcode] : readPrefixed(reader, opcode)
  if (instruction === undefined) refuseCode(['opcode'], opcode, at)
  if (instruction.feature !== undefined) checkFeature(rules, instruction.feature, at, instruction.name)
  return instruction
}

/** The instruction of a prefix and the sub-opcode after it; undefined if `opcode` is no prefix. */
function readPrefixed(reader: Reader, opcode: number): Instruction | undefined {
  const place = PREFIXES[opcode]
  if (place === undefined) return undefined
  const at = reader.pos - 1
  const sub = reader.u32()
  const first = FIRST[opcode]
  const known = first === undefined || sub > 0xff ? undefined : INSTRUCTIONS[first + sub]
  return known ?? refuseCode([place], sub, at)
}
