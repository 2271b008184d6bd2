/** The end of the program, signals and scheduling. */
import type { GuestAccess } from '../guest-access.ts'
import { refuse } from '../refusal.ts'
import type { WasiState } from '../state.ts'

export function procExit({ call }: GuestAccess, state: WasiState, code: number): void {
  state.program.exit(call, state, code >>> 0)
}

export function procRaise(): void {
  refuse('notsup')
}

/** Has no effect, since there is only one thread. */
export function schedYield(): void {}
