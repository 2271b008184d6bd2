/** Operands of binaryen's expressions by number, in the order in which they are evaluated. */
import { TABLE_OPERANDS, type Binaryen, type ExpressionIds, type Pointer, type Raw } from './port.ts'

type Getter = (expression: Pointer) => Pointer
type Setter = (expression: Pointer, child: Pointer) => void

/** How to reach the operands of one kind of expression. */
interface Operands {
  readonly count: (expression: Pointer) => number
  readonly get: (expression: Pointer, index: number) => Pointer
  readonly set: (expression: Pointer, index: number, child: Pointer) => void
  /** The number that stays an operand's own when others are added in front of it; absent where it is the same. */
  readonly number?: (expression: Pointer, index: number) => number
}

/** Kinds with a fixed number of operands, any of which may be absent, by the accessors' names. */
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

/** Operand accessors for every kind of expression that an admitted module can hold, by the kind's number. */
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

/** `BreakValue` of kind `Break` is reached by `BreakGetValue` and `BreakSetValue`. */
function accessor(raw: Raw, kind: string, name: string, verb: 'Get' | 'Set'): unknown {
  return raw[`${kind}${verb}${name.slice(kind.length)}` as keyof Raw]
}

function fixed(getters: readonly Getter[], setters: readonly Setter[]): Operands {
  return { count: () => getters.length, get: (e, i) => getters[i]!(e), set: (e, i, child) => setters[i]!(e, child) }
}

/** Number of the operand of an indirect call that says which function to call; it stays when arguments are added. */
const TARGET = 0xffff

/** The callee's index is evaluated after the arguments: it is the operand behind them, and is also numbered `TARGET`. */
function callIndirect(raw: Raw): Operands {
  const { CallIndirectGetNumOperands: count, CallIndirectGetOperandAt: get, CallIndirectSetOperandAt: set } = raw
  return {
    count: e => count(e) + 1,
    get: (e, i) => (i < count(e) ? get(e, i) : raw.CallIndirectGetTarget(e)),
    set: (e, i, child) => void (i < count(e) ? set(e, i, child) : raw.CallIndirectSetTarget(e, child)),
    number: (e, i) => (i < count(e) ? i : TARGET),
  }
}
