/** Which blocks a CAR has: those of the path, and of the DAG at its end what was asked for (SERVE-6 to SERVE-8). */
import type { CID } from 'multiformats/cid'
import { codecName } from '../content/cids.ts'
import { canFollow, dagBlocks } from '../content/dag.ts'
import { isIdentity } from '../content/hashes.ts'
import { resolveSteps } from '../content/path.ts'
import type { Block } from '../interface.ts'
import type { Asked } from './ask.ts'
import { entityBlocks, partOf } from './entity.ts'
import { Recorded, type Reading } from './reading.ts'
import { Refusal } from './refusal.ts'

/** The part of a DAG that was asked for. */
export interface DagPart {
  /** The CIDs along the path: its root, and what each of its names leads to. */
  readonly steps: readonly CID[]
  /** The blocks, which are read as they are taken. */
  blocks(): AsyncGenerator<Block>
}

/**
 * Follows the path, and reads the block at its end, so that a request for what the gateway does not have is refused before a
 * response begins.
 *
 * @throws Refusal 400, and the faults of `resolvePath` and `getBlock`
 */
export async function findPart(asked: Asked, reading: Reading): Promise<DagPart> {
  const recorded = new Recorded(reading)
  const steps = await resolveSteps(recorded, asked, {})
  const cid = steps.at(-1)!
  if (asked.scope === 'all' && !canFollow(cid)) {
    const what = `${cid} is ${codecName(cid.code)}, whose links this gateway does not know`
    throw new Refusal(400, `${what}: ask for the block alone, with dag-scope=block`)
  }
  // The walk over the DAG reads this block again, and counts it then.
  const bounds = reading.rest()
  const walk = (): AsyncGenerator<Block> => dagBlocks(reading.store, cid, bounds)
  const end = { cid, bytes: await reading.get(cid) }
  const rest = asked.scope === 'all' ? walk : entityOf(asked, end, reading)
  const before = recorded.blocks.filter(block => !isIdentity(block.cid))
  return {
    steps,
    async *blocks() {
      yield* before
      yield* rest()
    },
  }
}

/** The blocks of the entity at the end of the path, or its root alone. Throws Refusal 400 for a range that is not in it. */
function entityOf({ scope, range }: Asked, end: Block, reading: Reading): () => AsyncGenerator<Block> {
  const part = scope === 'block' ? 'root' : partOf(end, range)
  return () => entityBlocks(end, part, reading)
}
