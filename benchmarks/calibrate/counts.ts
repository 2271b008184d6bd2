/**
 * Counts the executed instructions of each class. The count of a class is the gas under a profile in which that class
 * costs 1, and all others cost 0. Two classes are counted in one run: the second one costs 2³¹.
 */
import type { PriceClass, Profile, Schedule } from '../../src/interface-profile.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { Cursor } from '../../src/wasm/code.ts'
import type { Argument } from '../kernels.ts'
import { admitted, guestOf } from '../prepare.ts'

/**
 * The items that are counted: classes, entries of functions and words of their locals, and units of bulk instructions.
 */
export type Counted = PriceClass | 'entry' | 'entryWord' | keyof Schedule['bulk']

const ZERO: Schedule = {
  ...PROFILE_1.schedule,
  instructions: Object.fromEntries(
    Object.keys(PROFILE_1.schedule.instructions).map(name => [name, 0]),
  ) as Schedule['instructions'],
  bulk: Object.fromEntries(Object.keys(PROFILE_1.schedule.bulk).map(name => [name, 0])) as Schedule['bulk'],
  entry: { flat: 0, perUnit: 0 },
}

const SECOND = 2n ** 31n

function pricing(counted: readonly Counted[]): Profile {
  let { instructions, bulk, entry } = ZERO
  for (const [i, name] of counted.entries()) {
    const price = i === 0 ? 1 : Number(SECOND)
    if (name === 'entry') entry = { ...entry, flat: price }
    else if (name === 'entryWord') entry = { ...entry, perUnit: price }
    else if (name in bulk) bulk = { ...bulk, [name]: price }
    else instructions = { ...instructions, [name]: price }
  }
  return {
    ...PROFILE_1,
    id: `counts ${counted.join()}`,
    schedule: { ...ZERO, instructions, bulk, entry },
  }
}

/** The price of a counted item in a schedule. */
export function priceOf({ instructions, bulk, entry }: Schedule, counted: Counted): number {
  if (counted === 'entry') return entry.flat
  if (counted === 'entryWord') return entry.perUnit
  return counted in bulk ? bulk[counted as keyof typeof bulk] : instructions[counted as PriceClass]
}

/** The counts of all items that occur. */
export async function countsOf(
  bytes: Uint8Array,
  fun: string,
  args: readonly Argument[],
): Promise<Partial<Record<Counted, number>>> {
  const counts: Partial<Record<Counted, number>> = {}
  const names = [...occurring(bytes)]
  for (let i = 0; i < names.length; i += 2) {
    const pair = names.slice(i, i + 2)
    const guest = await guestOf(bytes, 'fast', fun, args, pricing(pair))
    const gas = guest.run().gas!
    for (const [at, name] of pair.entries()) {
      const count = Number(at === 0 ? gas % SECOND : gas / SECOND)
      if (count > 0) counts[name] = count
    }
  }
  return counts
}

/** The items that occur in the code of a module. */
function occurring(bytes: Uint8Array): Set<Counted> {
  const { module } = admitted(bytes)
  const found = new Set<Counted>(['entry'])
  for (const body of module.bodies) {
    if (body.localWords > 0) found.add('entryWord')
    const cursor = new Cursor(bytes, body.code)
    while (cursor.pos < body.end) {
      const { price, group } = cursor.next()
      if (price !== 'free') found.add(price)
      if (group in ZERO.bulk) found.add(group as keyof Schedule['bulk'])
    }
  }
  return found
}
