/** Where claims come from: a CAR, or a gateway. Every block is checked by its hash, wherever it comes from. */
import {
  claimsInCar,
  createFallbackStore,
  createGatewayStore,
  createMemoryStore,
  Fault,
  parseCid,
  type BlockSource,
  type Claim,
} from 'ipvm-wasm'
import type { CID } from 'multiformats/cid'
import { GATEWAY_MS, MAX_CAR_BLOCKS, MAX_CAR_BYTES, MAX_CLAIMS } from './bounds.ts'
import { size } from './words.ts'

/** One or more claims, and the store that has their blocks. */
export interface Source {
  /** What it is called in messages, such as the name of a file. */
  readonly name: string
  /** The first claims, up to `MAX_CLAIMS`. */
  readonly claims: readonly CID[]
  /** The number of all claims. */
  readonly total: number
  readonly store: BlockSource
}

/** A claim of a source, as it is shown and checked. */
export interface Chosen {
  readonly claim: Claim
  readonly store: BlockSource
}

/**
 * Reads the receipts that a CAR names as its roots.
 *
 * @throws Fault bad-car, too-large, hash-mismatch, unsupported-hash, aborted
 */
export async function openCar(file: Blob, name: string, signal?: AbortSignal): Promise<Source> {
  if (file.size > MAX_CAR_BYTES)
    throw new Fault(
      'too-large',
      `${name} has ${size(file.size)}, and this page reads CARs of up to ${size(MAX_CAR_BYTES)}: use the command line for it`,
    )
  return carSource(new Uint8Array(await bytesOf(file, name)), name, signal)
}

/** Reads the receipts of a CAR in memory. Throws the faults of `openCar`. */
export async function carSource(bytes: Uint8Array, name: string, signal?: AbortSignal): Promise<Source> {
  const claims: CID[] = []
  let total = 0
  let store: BlockSource = createMemoryStore()
  for await (const found of claimsInCar(bytes, { maxBytes: MAX_CAR_BYTES, maxBlocks: MAX_CAR_BLOCKS, signal })) {
    store = found.store
    if (total++ < MAX_CLAIMS) claims.push(found.claim)
  }
  if (claims.length === 0)
    throw new Fault('bad-car', `${name} names no root: the roots of a CAR are its receipts`, { roots: 0 })
  return { name, claims, total, store }
}

/**
 * The receipt of a CID at a gateway. Blocks are fetched when they are needed, and kept in memory. `onBlock` is told how
 * many there are, and how many bytes they have.
 *
 * @throws Fault bad-cid, bad-usage
 */
export function gatewaySource(
  cid: string,
  gateway: string,
  onBlock: (blocks: number, bytes: number) => void = () => {},
): Source {
  const claim = parseCid(cid.trim())
  const remote = createGatewayStore(gateway.trim(), { timeoutMs: GATEWAY_MS })
  let blocks = 0
  let bytes = 0
  const counting = {
    has: remote.has.bind(remote),
    async get(wanted: CID, options?: { readonly signal?: AbortSignal | undefined }) {
      const block = (await remote.get(wanted, options)) as Uint8Array
      onBlock(++blocks, (bytes += block.length))
      return block
    },
  }
  const store = createFallbackStore(createMemoryStore(), counting, { maxBytes: MAX_CAR_BYTES })
  return { name: claim.toString(), claims: [claim], total: 1, store }
}

async function bytesOf(file: Blob, name: string): Promise<ArrayBuffer> {
  try {
    return await file.arrayBuffer()
  } catch (error) {
    // A folder, or a file that was changed or removed after it was chosen.
    throw new Fault('store-failed', `${name} cannot be read: it may be a folder, or may have changed`, {}, error)
  }
}
