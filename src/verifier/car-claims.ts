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
 * The claims of a CAR, for `verifyMany`: each of its roots is one, in the order of the archive. Roots that are no receipts become
 * faults there. The blocks are read into memory, which `maxBytes` and `maxBlocks` bound: by default 256 MiB and 65 536 blocks.
 *
 * @throws Fault bad-car, too-large, hash-mismatch, unsupported-hash, store-failed if the source fails, aborted, timeout, when the
 *   first claim is taken
 */
export async function* claimsInCar(
  source: CarSource,
  options: CarBound = {},
): AsyncGenerator<CarClaim, void, undefined> {
  const store = createMemoryStore()
  const { roots } = await importCar(store, source, options)
  for (const claim of roots) yield { claim, store }
}
