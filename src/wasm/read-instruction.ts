/** Opcodes in the binary format (core spec 5.4), in bodies and in constant expressions alike. */
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
/** Where the instruction table has the sub-opcodes of a prefix, 0x100 of them. */
const FIRST: Readonly<Record<number, number>> = { 0xfc: 0x100, 0xfd: 0x200 }

/**
 * Reads an opcode, without immediates. Refuses what is no instruction of WebAssembly 2.0 with tail calls, and what needs a
 * feature that the profile does not accept, at the opcode.
 */
export function readInstruction(reader: Reader, rules: Rules): Instruction {
  const at = reader.pos
  const opcode = reader.u8()
  const instruction = opcode < 0xfb ? INSTRUCTIONS[opcode] : readPrefixed(reader, opcode)
  if (instruction === undefined) refuseCode(['opcode'], opcode, at)
  if (instruction.feature !== undefined) checkFeature(rules, instruction.feature, at, instruction.name)
  return instruction
}

/** What follows a prefix; undefined if `opcode` is none. */
function readPrefixed(reader: Reader, opcode: number): Instruction | undefined {
  const place = PREFIXES[opcode]
  if (place === undefined) return undefined
  const at = reader.pos - 1
  const sub = reader.u32()
  const first = FIRST[opcode]
  const known = first === undefined || sub > 0xff ? undefined : INSTRUCTIONS[first + sub]
  return known ?? refuseCode([place], sub, at)
}
