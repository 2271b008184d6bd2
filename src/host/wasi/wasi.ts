/** The host functions `wasi-preview1/…@1`: those of `wasi_snapshot_preview1` (docs/spec/wasi.md). */
import type { Bits } from '../host-call.ts'
import type { HostFunction, HostInputs, HostModule } from '../host-module.ts'
import { ERRNO } from './constants.ts'
import { GuestAccess } from './guest-access.ts'
import type { Program } from './input.ts'
import { bareProgram } from './program.ts'
import { Refusal, refuse } from './refusal.ts'
import { WasiState } from './state.ts'
import { TABLE, type Row } from './table.ts'

export const semanticsOf = ({ name }: Row): string => `wasi-preview1/${name}@1`

export const functions: HostModule<WasiState>['functions'] = /* @__PURE__ */ Object.fromEntries(
  TABLE.map(row => [semanticsOf(row), functionOf(row)]),
)

/** The inputs of all host modules, and the environment of the program, which the `wasi` ABI passes. */
export interface WasiInputs extends HostInputs {
  /** The environment of the program. Default: `bareProgram`. */
  readonly program?: Program<WasiState>
}

export function begin({ program, task, limits }: WasiInputs): WasiState {
  return new WasiState(program ?? bareProgram(task), limits.fileBytes)
}

function functionOf(row: Row): HostFunction<WasiState> {
  const step = row.step as (guest: GuestAccess, state: WasiState, ...params: readonly Bits[]) => void
  const gives = !row.type.endsWith(':')
  return {
    type: row.type,
    run(call, state, ...params) {
      try {
        const guest = new GuestAccess(call)
        checkValues(row, params)
        checkRanges(row, guest, params)
        step(guest, state, ...params)
        return gives ? ERRNO.success : undefined
      } catch (error) {
        if (error instanceof Refusal) return error.errno
        throw error
      }
    },
  }
}

function checkValues({ values }: Row, params: readonly Bits[]): void {
  for (const allowed of values) {
    const value = params[allowed.param]!
    const fits =
      'below' in allowed
        ? (value as number) >>> 0 < allowed.below
        : typeof value === 'bigint'
          ? (value & ~BigInt(allowed.flags)) === 0n
          : (value & ~Number(allowed.flags)) === 0
    if (!fits) refuse('inval')
  }
}

function checkRanges({ ranges }: Row, guest: GuestAccess, params: readonly Bits[]): void {
  for (const { pointer, bytes, times } of ranges)
    guest.check(params[pointer] as number, times === undefined ? bytes : bytes * ((params[times] as number) >>> 0))
}
