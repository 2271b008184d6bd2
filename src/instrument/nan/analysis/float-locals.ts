import type { Body } from '../../../wasm/module.ts'
import { F32, F64, V128, type FunctionType, type ValueType } from '../../../wasm/types.ts'

/** The parameters and locals of a function that can hold a NaN. A declaration can stand for 50 000 locals, so runs are kept. */
export class FloatLocals {
  /** Runs of locals of one type, in order; `end` is the first index after the run. */
  readonly #runs: readonly { readonly end: number; readonly type: ValueType }[]

  constructor({ params }: FunctionType, { locals }: Body) {
    let end = 0
    this.#runs = [...params.map(param => ({ count: 1, type: param })), ...locals].map(run => ({
      end: (end += run.count),
      type: run.type,
    }))
  }

  has(local: number): boolean {
    let low = 0
    let high = this.#runs.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#runs[middle]!.end > local) high = middle
      else low = middle + 1
    }
    const { type } = this.#runs[low]!
    return type === F32 || type === F64 || type === V128
  }
}
