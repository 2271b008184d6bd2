/** The greatest limits of a run that a receipt can state (docs/spec/receipt.md). Nothing is imported here: engines check jobs by them. */

/** Greatest limit on gas. */
export const MAX_GAS = 2n ** 62n

/** Greatest limit on pages of 64 KiB: all that a 32-bit memory can have. */
export const MAX_PAGES = 65_536
