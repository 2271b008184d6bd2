/**
 * The clock of a farm: for its patience, and for the rate at which a lane answers. No receipt and no judgement depends
 * on it.
 */
export function now(): number {
  return Date.now()
}
