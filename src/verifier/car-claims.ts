import type { CID } from 'multiformats/cid'
import type { CarBound } from '../content/car-reader.ts'
import { importCar, type CarSource } from '../content/car.ts'
import { createMemoryStore, type MemoryStore } from '../content/memory-store.ts'
import type { NamedClaim } from './verify-many.ts'

/** A receipt that a CAR names as one of its roots, with the blocks of the CAR. */
export interface CarClaim extends NamedClaim {
  /** The CID of the receipt. */
  readonly claim: CID
  /** The blocks of the CAR, in memory. All claims of a CAR share it. */
  readonly store: MemoryStore
}

/**
 * Yields the claims of a CAR, for `verifyMany`. Each root of the CAR is a claim, in the order of the archive. If a root
 * is not a receipt, `verifyMany` reports a fault for it. The blocks are read into memory. `maxBytes` and `maxBlocks`
 * bound them, by default 256 MiB and 65 536 blocks.
 *
 * @throws Fault bad-car, too-large, hash-mismatch, unsupported-hash, store-failed if the source fails, aborted,
 *   timeout, when the first claim is taken
 */
export async function* claimsInCar(
  source: CarSource,
  options: CarBound = {},
): AsyncGenerator<CarClaim, void, undefined> {
  const store = createMemoryStore()
  const { roots } = await importCar(store, source, options)
  for (const claim of roots) yield { claim, store }
}
