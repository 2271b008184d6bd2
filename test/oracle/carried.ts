/** Values that come in company (PROFILE-10) and that blocks keep (PROFILE-23): counted instruction by instruction, for nothing depends on what lies on the stack. */
import { OP } from '../../src/wasm/instructions.ts'
import type { FunctionType } from '../../src/wasm/types.ts'
import type { Body, Module } from './decode.ts'

/** Values that the code of a body carries. */
export function carriedValues(module: Module, body: Body): number {
  const open: { readonly isLoop: boolean; readonly type: FunctionType }[] = [
    { isLoop: false, type: { params: [], results: body.type.results } },
  ]
  const taken = (label: number): number => {
    const { isLoop, type } = open[open.length - 1 - label]!
    return isLoop ? type.params.length : type.results.length
  }
  const lists: number[] = []
  for (const op of body.ops) {
    switch (op.instruction.code) {
      case OP.block:
      case OP.loop:
      case OP.if:
        open.push({ isLoop: op.instruction.code === OP.loop, type: op.type })
        lists.push(op.type.params.length)
        break
      case OP.else:
        lists.push(open[open.length - 1]!.type.params.length)
        break
      case OP.end:
        lists.push(open.pop()!.type.results.length)
        break
      case OP.brIf:
        lists.push(taken(op.index))
        break
      case OP.brTable: {
        const values = taken(op.labels[op.labels.length - 1]!)
        for (let i = 0; i < op.labels.length; i++) lists.push(values)
        break
      }
      case OP.call:
        lists.push(module.functions[op.index]!.results.length)
        break
      case OP.callIndirect:
        lists.push(module.types[op.index]!.results.length)
        break
    }
  }
  return lists.reduce((sum, values) => sum + Math.max(0, values - 1), 0)
}

/** How often a compiler may keep all that a body holds at an instruction: at these, and a little at those that call or trap. */
const KEPT: ReadonlyMap<string, number> = new Map([
  ['block', 1],
  ['if', 1],
  ['else', 1],
  ['loop', 4],
  ['memory.fill', 1],
  ['memory.copy', 1],
  ['memory.init', 1],
  ['table.fill', 1],
  ['table.copy', 1],
  ['table.init', 1],
])

/** Whether an instruction calls, grows something or can trap, and counts nothing above. */
function mayEndRun(name: string): boolean {
  return (
    /^(?:unreachable|(?:return_)?call(?:_indirect)?|memory\.grow|table\.(?:get|set|grow))$/.test(name) ||
    /\.(?:load|store)/.test(name) ||
    /\.(?:div|rem)_[su]$/.test(name) ||
    /^i(?:32|64)\.trunc_f/.test(name)
  )
}

/** Values that the blocks of a body keep: parameters, locals, operands and what is held beside them, each time. */
export function keptValues(body: Body): number {
  const values = body.type.params.length + body.locals.length + body.heightWords
  const times = body.ops.reduce(
    (sum, { instruction }) => sum + (KEPT.get(instruction.name) ?? (mayEndRun(instruction.name) ? 1 / 32 : 0)),
    0,
  )
  return Math.floor(values * times)
}
