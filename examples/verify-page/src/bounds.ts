/** How much this page takes from strangers. Each bound ends in a message, and not in a tab that hangs. */
import { Fault } from 'ipvm-wasm'
import { wholeNumber } from 'ipvm-wasm/words'

/** The greatest size of a CAR. Reading it takes twice the memory. */
export const MAX_CAR_BYTES = 128 * 1024 * 1024

/** The greatest number of blocks of a CAR. */
export const MAX_CAR_BLOCKS = 65_536

/** The greatest number of receipts of a CAR that are offered. */
export const MAX_CLAIMS = 1_000

/** The greatest size of a module, and of all files that a task is given. */
export const MAX_MODULE_BYTES = 64 * 1024 * 1024

/** The greatest number of bytes of a result that are loaded to be shown. */
export const MAX_SHOWN_BYTES = 16 * 1024 * 1024

/** The greatest number of lines and characters of a text that stand in the document. The rest can be saved. */
export const SHOWN = { lines: 200, characters: 20_000 } as const

/** The time that a gateway has for one block, in milliseconds. */
export const GATEWAY_MS = 30_000

/**
 * The size from which a module is prepared only after a question, in bytes. Preparing takes some 60 MiB of memory, and
 * about 30 times the size of the module (`preparing.mjs` measures it): 120 MiB here, and more for larger ones. Where
 * there is less memory, the browser ends the worker, or the whole tab.
 */
export const LARGE_MODULE_BYTES = 2 * 1024 * 1024

/** The limits of a check, as the user has set them. */
export interface Bounds {
  readonly timeoutMs: number
  readonly maxPages: number
  readonly maxGas: bigint
}

/**
 * Reads the bounds that were typed.
 *
 * @throws Fault bad-usage, with a message that names the field
 */
export function readBounds(typed: { readonly seconds: string; readonly pages: string; readonly gas: string }): Bounds {
  return {
    timeoutMs: 1000 * Number(within(typed.seconds, 'the time in seconds', 1n, 86_400n)),
    maxPages: Number(within(typed.pages, 'the memory in pages', 0n, 65_536n)),
    maxGas: within(typed.gas, 'the gas', 0n, 2n ** 62n),
  }
}

/**
 * Reads a whole number in a range, such as `1000`, `1_000` or `1e3`.
 *
 * @throws Fault bad-usage
 */
export function within(word: string, name: string, least: bigint, most: bigint): bigint {
  const value = wholeNumber(word.trim().replaceAll(',', ''))
  if (value !== undefined && value >= least && value <= most) return value
  throw new Fault(
    'bad-usage',
    `${name} is a whole number from ${least} to ${most}, such as ${least || 1000n}, not "${word}"`,
  )
}
