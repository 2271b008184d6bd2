/** The end of the program, and what concerns it as a whole. */
import type { GuestAccess } from '../guest-access.ts'
import { refuse } from '../refusal.ts'
import type { WasiState } from '../state.ts'

export function procExit({ call }: GuestAccess, state: WasiState, code: number): void {
  state.program.exit(call, state, code >>> 0)
}

export function procRaise(): void {
  refuse('notsup')
}

/** There is nobody else whose turn it could be. */
export function schedYield(): void {}
