/** What is thrown where a run ends before its function returns. Caught by whoever runs it; users never see it. */
import type { AbortCall, PlainValue, TrapCode } from '../interface.ts'

/** The run has ended in a trap that code of the host has raised. */
export class GuestTrap extends Error {
  readonly code: TrapCode
  /** Whether functions of the guest were waiting. */
  readonly inside: boolean
  /** What the guest said of it. */
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
