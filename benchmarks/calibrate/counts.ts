/**
 * How many instructions of each class a kernel executes: its gas under a profile in which that class costs 1 and all
 * else nothing. The meter is its own profiler.
 */
import type { PriceClass, Profile, Schedule } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { Cursor } from '../../src/wasm/code.ts'
import { moduleOf, type Kernel, type Size } from '../kernels.ts'
import { admitted, guestOf } from '../prepare.ts'

/** What has a count: the classes, entries of functions, and bytes of bulk instructions. */
export type Counted = PriceClass | 'entry' | 'memoryFill' | 'memoryCopy'

const ZERO: Schedule = {
  ...PROFILE_1.schedule,
  instructions: Object.fromEntries(
    Object.keys(PROFILE_1.schedule.instructions).map(name => [name, 0]),
  ) as Schedule['instructions'],
  bulk: Object.fromEntries(Object.keys(PROFILE_1.schedule.bulk).map(name => [name, 0])) as Schedule['bulk'],
  entry: { flat: 0, perUnit: 0 },
}

function pricing(counted: Counted): Profile {
  const schedule: Schedule =
    counted === 'entry'
      ? { ...ZERO, entry: { flat: 1, perUnit: 0 } }
      : counted === 'memoryFill' || counted === 'memoryCopy'
        ? { ...ZERO, bulk: { ...ZERO.bulk, [counted]: 1 } }
        : { ...ZERO, instructions: { ...ZERO.instructions, [counted]: 1 } }
  return { ...PROFILE_1, id: `counts ${counted}`, schedule }
}

/** The price of what is counted under a schedule. */
export function priceOf({ instructions, bulk, entry }: Schedule, counted: Counted): number {
  if (counted === 'entry') return entry.flat
  return counted === 'memoryFill' || counted === 'memoryCopy' ? bulk[counted] : instructions[counted]
}

/** Counts by class, those that do not occur left out. */
export async function countsOf(kernel: Kernel, size: Size): Promise<Partial<Record<Counted, number>>> {
  const bytes = moduleOf(kernel)
  const counts: Partial<Record<Counted, number>> = {}
  for (const counted of occurring(bytes)) {
    const guest = await guestOf(bytes, 'fast', kernel.fun, kernel.args(size), pricing(counted))
    const count = Number(guest.run().gas)
    if (count > 0) counts[counted] = count
  }
  return counts
}

/** What the code of a module has in it at all. */
function occurring(bytes: Uint8Array): Set<Counted> {
  const { module } = admitted(bytes)
  const found = new Set<Counted>(['entry'])
  for (const body of module.bodies) {
    const cursor = new Cursor(bytes, body.code)
    while (cursor.pos < body.end) {
      const { price, group } = cursor.next()
      if (price !== 'free') found.add(price)
      if (group === 'memoryFill' || group === 'memoryCopy') found.add(group)
    }
  }
  return found
}
