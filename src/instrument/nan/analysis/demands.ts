/** The demands of instructions on the bits of their operands, and the instructions that pass an operand's bits through. */
import { INSTRUCTIONS, OP, type Instruction, type NanShape } from '../../../wasm/instructions.ts'
import { EXACT_BITS, type PassThrough } from './value-flow.ts'

/** The bit of each lane shape in a demand (`EXACT_BITS` is the next bit). */
export const SHAPE: Readonly<Record<NanShape, number>> = { f32: 1, f64: 2, f32x4: 4, f64x2: 8 }

/** The lane shape of a bit. */
export function shapeOf(bits: number): NanShape {
  return (Object.keys(SHAPE) as NanShape[]).find(shape => SHAPE[shape] === bits)!
}

/** Conversions that produce NaNs, and whose operand has another lane shape than the result. */
const OPERAND_SHAPES: Readonly<Record<string, NanShape>> = {
  'f32.demote_f64': 'f64',
  'f64.promote_f32': 'f32',
  'f32x4.demote_f64x2_zero': 'f64x2',
  'f64x2.promote_low_f32x4': 'f32x4',
}
const COMPARES = /^(f32|f64|f32x4|f64x2)\.(eq|ne|lt|gt|le|ge)$/
const TRUNCATES = /\.trunc(?:_sat)?_(f32x4|f64x2|f32|f64)_/

/**
 * The demand of an instruction on each of its operands. Arithmetic, comparisons and truncations are blind: they observe whether
 * a lane of their shape is a NaN. All other instructions observe the exact bits.
 */
function demandOf({ name, nan }: Instruction): number {
  const compared = COMPARES.exec(name)?.[1] ?? TRUNCATES.exec(name)?.[1]
  const shape = nan !== undefined ? (OPERAND_SHAPES[name] ?? name.split('.')[0]!) : compared
  return shape === undefined ? EXACT_BITS : SHAPE[shape as NanShape]
}

/** How an instruction passes its first operand through; undefined if it does not. */
function passThroughOf({ name }: Instruction): PassThrough | undefined {
  const [type, operation] = name.split('.') as [NanShape, string]
  const own: number | undefined = SHAPE[type]
  if (own === undefined) return undefined
  switch (operation) {
    // The canonical NaN is positive.
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

/** How the analysis treats an instruction. */
export interface Treatment {
  /** Its demand on each operand that it neither passes through nor is a sink of. */
  readonly demand: number
  /** How it passes its first operand through. Undefined for others, and for instructions that produce fresh NaNs. */
  readonly passThrough: PassThrough | undefined
  /** True if the result has the bits of one of the two operands, selected by a comparison: `pmin` and `pmax`. */
  readonly selectsOperand: boolean
  /**
   * True if no lane of the result is a NaN, whatever its lane shape: conversions of integers. Lanes of f64 are excluded, since one half of an
   * f64 may be the bits of an f32 NaN.
   */
  readonly neverNan: boolean
  /** For a store, the operand that it stores; −1 for all others. */
  readonly sinkOperand: number
}

function treat(instruction: Instruction): Treatment {
  const { name, nan } = instruction
  const selectsOperand = /\.(pmin|pmax)$/.test(name)
  return {
    demand: selectsOperand ? SHAPE[name.split('.')[0] as NanShape] : demandOf(instruction),
    passThrough: nan === undefined ? passThroughOf(instruction) : undefined,
    selectsOperand,
    neverNan: nan === undefined && /^(f32|f64|f32x4)\.convert_/.test(name),
    sinkOperand: /^(f32|f64|v128)\.store$/.test(name) ? 1 : -1,
  }
}

/** Treatments by instruction code. Not used for control, calls, constants and accesses to locals (`build-flow.ts`). */
export const TREATMENTS: readonly (Treatment | undefined)[] = /* @__PURE__ */ INSTRUCTIONS.map(
  instruction => instruction && treat(instruction),
)

/** True if an instruction is a sink: a store or a return, which can make an operand canonical before its bits escape. */
export function isSink(code: number): boolean {
  return code === OP.return || TREATMENTS[code]!.sinkOperand >= 0
}
