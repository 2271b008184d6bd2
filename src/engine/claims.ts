/**
 * Who prepares what: of all seats that need a module, one prepares it, and the others wait for it. The claim of a seat lasts until
 * it has put the prepared module, or until its job has ended, however it ended. Then the next seat that waits has the claim.
 *
 * Seats cannot wait for one another in a circle. A job claims the modes of one module in one order, and its claims end with it.
 */
import type { Claimed } from './protocol.ts'
import type { Seat } from './seat.ts'

interface Claim {
  holder: Seat
  readonly waiting: { readonly seat: Seat; readonly tell: (claimed: Claimed) => void }[]
}

export class Claims {
  readonly #claims = new Map<string, Claim>()

  /** Claims a module for a seat. `tell` is called at once, or when the seat that prepares the module has done so or has ended. */
  ask(key: string, seat: Seat, tell: (claimed: Claimed) => void): void {
    const claim = this.#claims.get(key)
    if (claim === undefined) this.#claims.set(key, { holder: seat, waiting: [] })
    if (claim === undefined || claim.holder === seat) tell(undefined)
    else claim.waiting.push({ seat, tell })
  }

  /** Says that a module is prepared. Without bytes, seats find it where they keep prepared modules. */
  done(key: string, bytes: Uint8Array | undefined): void {
    const claim = this.#claims.get(key)
    this.#claims.delete(key)
    for (const { tell } of claim?.waiting ?? []) tell(bytes ?? 'look again')
  }

  /** Ends everything that a seat has claimed or waits for. */
  release(seat: Seat): void {
    for (const [key, claim] of this.#claims) {
      const waiting = claim.waiting.findIndex(other => other.seat === seat)
      if (waiting >= 0) claim.waiting.splice(waiting, 1)
      if (claim.holder !== seat) continue
      const next = claim.waiting.shift()
      if (next === undefined) this.#claims.delete(key)
      else claim.holder = next.seat
      next?.tell(undefined)
    }
  }
}
