/** What instructions demand of their operands, as far as NaNs are concerned, and what they pass on. */
import { INSTRUCTIONS, OP, type Instruction, type NanShape } from '../../../wasm/instructions.ts'
import { EXACT, type Passing } from './value-flow.ts'

/** Lane shapes as bits of a demand. */
export const SHAPE: Readonly<Record<NanShape, number>> = { f32: 1, f64: 2, f32x4: 4, f64x2: 8 }

/** The lane shape that bits stand for. */
export function shapeOf(bits: number): NanShape {
  return (Object.keys(SHAPE) as NanShape[]).find(shape => SHAPE[shape] === bits)!
}

const CROSSING: Readonly<Record<string, NanShape>> = {
  'f32.demote_f64': 'f64',
  'f64.promote_f32': 'f32',
  'f32x4.demote_f64x2_zero': 'f64x2',
  'f64x2.promote_low_f32x4': 'f32x4',
}
const COMPARES = /^(f32|f64|f32x4|f64x2)\.(eq|ne|lt|gt|le|ge)$/
const TRUNCATES = /\.trunc(?:_sat)?_(f32x4|f64x2|f32|f64)_/

/** What an instruction demands of each of its operands: arithmetic, comparisons and truncations are blind to a NaN's bits. */
function demandOf({ name, nan }: Instruction): number {
  const compared = COMPARES.exec(name)?.[1] ?? TRUNCATES.exec(name)?.[1]
  const shape = nan !== undefined ? (CROSSING[name] ?? name.split('.')[0]!) : compared
  return shape === undefined ? EXACT : SHAPE[shape as NanShape]
}

function passingOf({ name }: Instruction): Passing | undefined {
  const [type, operation] = name.split('.') as [NanShape, string]
  const own: number | undefined = SHAPE[type]
  if (own === undefined) return undefined
  switch (operation) {
    // The sign of a canonical NaN is not negative.
    case 'abs':
      return { result: own, operand: own, keepsCanonical: true }
    case 'neg':
    case 'copysign':
      return { result: own, operand: own, keepsCanonical: false }
    case 'splat':
    case 'extract_lane': {
      const lane = { f32x4: SHAPE.f32, f64x2: SHAPE.f64 }[type as string]
      if (lane === undefined) return undefined
      return operation === 'splat'
        ? { result: own, operand: lane, keepsCanonical: true }
        : { result: lane, operand: own, keepsCanonical: true }
    }
    default:
      return undefined
  }
}

/** How the planner treats an instruction. */
export interface Treatment {
  readonly demand: number
  /** What passes from its first operand to its result; only for instructions that make no NaNs. */
  readonly passing: Passing | undefined
  /** Whether the result is bit by bit one of the two operands, chosen by a comparison of this shape. */
  readonly chooses: boolean
  /** Whether its result can be no NaN in any shape: it converts integers, and not to f64 lanes, half of which may be one of f32. */
  readonly givesNumber: boolean
  /** Which of its operands can be made canonical where it takes them, or −1: what a store stores. */
  readonly canonicalOperand: number
}

function treat(instruction: Instruction): Treatment {
  const { name, nan } = instruction
  const chooses = /\.(pmin|pmax)$/.test(name)
  return {
    demand: chooses ? SHAPE[name.split('.')[0] as NanShape] : demandOf(instruction),
    passing: nan === undefined ? passingOf(instruction) : undefined,
    chooses,
    givesNumber: nan === undefined && /^(f32|f64|f32x4)\.convert_/.test(name),
    canonicalOperand: /^(f32|f64|v128)\.store$/.test(name) ? 1 : -1,
  }
}

/** By code; those that are control or access locals are treated by the planner itself. */
export const TREATMENTS: readonly (Treatment | undefined)[] = /* @__PURE__ */ INSTRUCTIONS.map(
  instruction => instruction && treat(instruction),
)

/** Whether an instruction may be told to make an operand canonical before it takes it. */
export function takesCanonical(code: number): boolean {
  return code === OP.return || TREATMENTS[code]!.canonicalOperand >= 0
}
