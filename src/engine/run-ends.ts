/** Errors that end a run before its function returns. The engine catches them; users never see them. */
import type { AbortCall, PlainValue, TrapCode } from '../interface.ts'

/** The run has ended in a trap that the host has raised. */
export class GuestTrap extends Error {
  readonly code: TrapCode
  /** True if functions of the guest were active: the trap was raised inside a host function. */
  readonly inside: boolean
  /** The arguments of the guest's call of `abort`. */
  readonly about: AbortCall | undefined

  constructor(code: TrapCode, inside: boolean, about?: AbortCall) {
    super(code)
    this.code = code
    this.inside = inside
    this.about = about
  }
}

/** The run has ended well, with a result. */
export class GuestExit extends Error {
  readonly result: PlainValue

  constructor(result: PlainValue) {
    super('exit')
    this.result = result
  }
}
