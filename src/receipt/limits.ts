/**
 * The greatest limits of a run that a receipt can state (docs/spec/receipt.md). Engines, which do without CIDs, import
 * this file, too.
 */

/** The greatest limit on gas. */
export const MAX_GAS = 2n ** 62n

/** The greatest limit on pages of 64 KiB: the maximum of a 32-bit memory. */
export const MAX_PAGES = 65_536
