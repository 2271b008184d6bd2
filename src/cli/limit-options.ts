/** Options that are limits, and their defaults. */
import { Option } from 'commander'

/**
 * The default limits of `run`: gas for about a minute of a present-day processor, and 64 MiB of pages. The memory besides that is
 * the library's default.
 */
export const DEFAULTS = { gas: '5_000_000_000_000', pages: '1024', timeout: '60', memory: '2048' } as const

/** An option with a default, which the help shows as one types it. */
export function preset(flags: string, description: string, value: string): Option {
  return new Option(flags, description).default(value, value)
}
