/** Uniform access to the operands of binaryen expressions, by number, in order of evaluation. */
import { TABLE_OPERANDS, type Binaryen, type ExpressionIds, type Pointer, type Raw } from './port.ts'

type Getter = (expression: Pointer) => Pointer
type Setter = (expression: Pointer, child: Pointer) => void

/** Access to the operands of one kind of expression. */
interface Operands {
  readonly count: (expression: Pointer) => number
  readonly get: (expression: Pointer, index: number) => Pointer
  readonly set: (expression: Pointer, index: number, child: Pointer) => void
  /**
   * A number for an operand that stays valid when operands are inserted before it. Only indirect calls need one; for other
   * kinds, the index is stable.
   */
  readonly stableIndex?: (expression: Pointer, index: number) => number
}

/** Kinds with a fixed number of operands, by the accessors' names. An operand may be absent (a null pointer). */
const FIXED: Partial<Record<keyof ExpressionIds, readonly string[]>> = {
  If: ['IfCondition', 'IfIfTrue', 'IfIfFalse'],
  Loop: ['LoopBody'],
  Break: ['BreakValue', 'BreakCondition'],
  Switch: ['SwitchValue', 'SwitchCondition'],
  LocalSet: ['LocalSetValue'],
  GlobalSet: ['GlobalSetValue'],
  Load: ['LoadPtr'],
  Store: ['StorePtr', 'StoreValue'],
  Unary: ['UnaryValue'],
  Binary: ['BinaryLeft', 'BinaryRight'],
  Select: ['SelectIfTrue', 'SelectIfFalse', 'SelectCondition'],
  Drop: ['DropValue'],
  Return: ['ReturnValue'],
  MemoryGrow: ['MemoryGrowDelta'],
  SIMDExtract: ['SIMDExtractVec'],
  SIMDReplace: ['SIMDReplaceVec', 'SIMDReplaceValue'],
  SIMDShuffle: ['SIMDShuffleLeft', 'SIMDShuffleRight'],
  SIMDTernary: ['SIMDTernaryA', 'SIMDTernaryB', 'SIMDTernaryC'],
  SIMDShift: ['SIMDShiftVec', 'SIMDShiftShift'],
  SIMDLoad: ['SIMDLoadPtr'],
  SIMDLoadStoreLane: ['SIMDLoadStoreLanePtr', 'SIMDLoadStoreLaneVec'],
  MemoryInit: ['MemoryInitDest', 'MemoryInitOffset', 'MemoryInitSize'],
  MemoryCopy: ['MemoryCopyDest', 'MemoryCopySource', 'MemoryCopySize'],
  MemoryFill: ['MemoryFillDest', 'MemoryFillValue', 'MemoryFillSize'],
  RefIsNull: ['RefIsNullValue'],
  TableGet: ['TableGetIndex'],
  TableSet: ['TableSetIndex', 'TableSetValue'],
  TableGrow: ['TableGrowValue', 'TableGrowDelta'],
  TupleExtract: ['TupleExtractTuple'],
}

/** Kinds without operands. */
const LEAVES: readonly (keyof ExpressionIds)[] = [
  'LocalGet',
  'GlobalGet',
  'Const',
  'MemorySize',
  'Nop',
  'Unreachable',
  'DataDrop',
  'RefNull',
  'RefFunc',
  'TableSize',
  'ElemDrop',
]

export type Tree = readonly (Operands | undefined)[]

/** Operand accessors by the number of the kind, for every kind of expression that an admitted module can contain. */
export function createTree(binaryen: Binaryen): Tree {
  const { raw, ids } = binaryen
  const tree: (Operands | undefined)[] = []
  for (const kind of LEAVES) tree[ids[kind]] = fixed([], [])
  for (const [kind, names] of Object.entries(FIXED)) {
    tree[ids[kind as keyof ExpressionIds]] = fixed(
      names.map(name => accessor(raw, kind, name, 'Get') as Getter),
      names.map(name => accessor(raw, kind, name, 'Set') as Setter),
    )
  }
  for (const [kind, words] of Object.entries(TABLE_OPERANDS)) {
    tree[ids[kind as keyof typeof TABLE_OPERANDS]] = fixed(
      words.map(word => e => binaryen.load32(e + 4 * word)),
      words.map(word => (e, child) => binaryen.store32(e + 4 * word, child)),
    )
  }
  tree[ids.Block] = { count: raw.BlockGetNumChildren, get: raw.BlockGetChildAt, set: raw.BlockSetChildAt }
  tree[ids.Call] = { count: raw.CallGetNumOperands, get: raw.CallGetOperandAt, set: raw.CallSetOperandAt }
  tree[ids.TupleMake] = {
    count: raw.TupleMakeGetNumOperands,
    get: raw.TupleMakeGetOperandAt,
    set: raw.TupleMakeSetOperandAt,
  }
  tree[ids.CallIndirect] = callIndirect(raw)
  return tree
}

/** An accessor by name: the operand `BreakValue` of kind `Break` has `BreakGetValue` and `BreakSetValue`. */
function accessor(raw: Raw, kind: string, name: string, verb: 'Get' | 'Set'): unknown {
  return raw[`${kind}${verb}${name.slice(kind.length)}` as keyof Raw]
}

function fixed(getters: readonly Getter[], setters: readonly Setter[]): Operands {
  return { count: () => getters.length, get: (e, i) => getters[i]!(e), set: (e, i, child) => setters[i]!(e, child) }
}

/** Stable index of the operand of an indirect call that gives the callee's index in the table. */
const CALLEE = 0xffff

/** Operands of an indirect call: the arguments, then the callee's index, which is evaluated last. */
function callIndirect(raw: Raw): Operands {
  const { CallIndirectGetNumOperands: count, CallIndirectGetOperandAt: get, CallIndirectSetOperandAt: set } = raw
  return {
    count: e => count(e) + 1,
    get: (e, i) => (i < count(e) ? get(e, i) : raw.CallIndirectGetTarget(e)),
    set: (e, i, child) => void (i < count(e) ? set(e, i, child) : raw.CallIndirectSetTarget(e, child)),
    stableIndex: (e, i) => (i < count(e) ? i : CALLEE),
  }
}
