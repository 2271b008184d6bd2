/** What a command line asks for, once it is parsed. */
import type { Command } from 'commander'
import type { Context, Globals } from './context.ts'

/** A parsed command line. */
export interface Request {
  readonly globals: Globals
  perform(context: Context): Promise<number>
}

/** What the parser calls with the parsed request. */
export type Take = (request: Request) => void

/** Carries out a command. */
export type Perform = (context: Context, operands: readonly unknown[], options: Options) => Promise<number>

/** The options of all commands, as text or as they are switched. An option that a command requires or that has a default is always present. */
export interface Options {
  readonly output?: string
  readonly limits?: boolean
  readonly gas: string
  readonly pages: string
  readonly timeout: string
  readonly memory: string
  readonly maxGas: string
  readonly maxPages: string
  readonly maxBlocks: string
  readonly jobs?: string
  readonly profile?: string
  readonly abi?: string
  readonly out?: string
  readonly expectTask?: string
  readonly expectSigner?: string
  readonly task?: string
  readonly step?: string
  readonly sign?: string
  readonly memo: boolean
  readonly totalGas?: string
  readonly taskTimeout?: string
  readonly totalTimeout?: string
  readonly plan?: boolean
  readonly to?: string
  readonly sub?: string
  readonly cbor?: boolean
  readonly name?: string
  readonly dryRun?: boolean
  readonly all?: boolean
  readonly grace: string
  readonly redis?: string
  readonly prefix: string
  readonly ledger?: string
  readonly replicas: string
  readonly priority: string
  readonly lane: string
  readonly key?: string
  readonly put?: string
  readonly tokenFile?: string
  readonly host: string
  readonly port: string
  readonly maxBlockBytes: string
  readonly maxBytes: string
  readonly maxRequests: string
  readonly maxPerAddress: string
}

/** The function that the parser calls for a command. It passes the request on, with its words as they were typed. */
export function on(take: Take, perform: Perform): (...given: unknown[]) => void {
  return (...given) => {
    const command = given.at(-1) as Command
    const operands = command.processedArgs.map(unmarkAll)
    const options = Object.fromEntries(
      Object.entries(command.opts<Record<string, unknown>>()).map(([name, value]) => [name, unmarkAll(value)]),
    )
    const globals = command.optsWithGlobals<Globals>()
    take({ globals, perform: context => perform(context, operands, options as unknown as Options) })
  }
}

// ── Negative numbers ────────────────────────────────────────────────────────────────────────────────────────────────

/** A character that no word of a command line can contain. */
const MARK = '\0'

/** Marks words that look like negative numbers, so that the parser does not take them for options. */
export function markNegative(words: readonly string[], looksNegative: (word: string) => boolean): string[] {
  const end = words.indexOf('--')
  return words.map((word, i) => ((end < 0 || i < end) && looksNegative(word) ? MARK + word : word))
}

function unmarkAll(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unmarkAll)
  return typeof value === 'string' && value.startsWith(MARK) ? value.slice(MARK.length) : value
}
