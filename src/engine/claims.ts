/**
 * Decides which seat prepares a module. If several seats need a module, the first one claims it and prepares it, and
 * the others wait. The claim lasts until the seat has put the prepared module, or until its job has ended for any
 * reason. Then the next seat that waits gets the claim.
 *
 * Seats cannot wait for one another in a circle: a job claims the modes of its module always in the same order, and its
 * claims end with it.
 */
import type { Claimed } from './protocol.ts'
import type { Seat } from './seat.ts'

interface Claim {
  holder: Seat
  readonly waiting: { readonly seat: Seat; readonly tell: (claimed: Claimed) => void }[]
}

export class Claims {
  readonly #claims = new Map<string, Claim>()

  /**
   * Claims a module for a seat. `tell` is called at once if the seat gets the claim. Otherwise it is called when the
   * module is prepared, or when the seat that prepares it has ended.
   */
  ask(key: string, seat: Seat, tell: (claimed: Claimed) => void): void {
    const claim = this.#claims.get(key)
    if (claim === undefined) this.#claims.set(key, { holder: seat, waiting: [] })
    if (claim === undefined || claim.holder === seat) tell(undefined)
    else claim.waiting.push({ seat, tell })
  }

  /** Says that a module is prepared. Without bytes, the seats find it in their own storage of prepared modules. */
  done(key: string, bytes: Uint8Array | undefined): void {
    const claim = this.#claims.get(key)
    this.#claims.delete(key)
    for (const { tell } of claim?.waiting ?? []) tell(bytes ?? 'look again')
  }

  /** Ends all claims of a seat, and its waiting for the claims of others. */
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
