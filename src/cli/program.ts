/** The commands and their options. What each one does is loaded when it is called. */
import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import type { Context, Globals } from './context.ts'
import { EXIT_CODES, UsageError } from './usage.ts'

/** What a command line asked for, once it is parsed. */
export interface Request {
  readonly globals: Globals
  perform(context: Context): Promise<number>
}

/** Limits of `run` unless others are given: what a minute of a present-day processor pays for, and 64 MiB. */
const DEFAULTS = { gas: '5_000_000_000_000', pages: '1024', timeout: '60' } as const

/** What a claim may take of `verify`, as the library's own defaults: the same gas, 1 GiB, and five minutes. */
const VERIFY = { pages: '16_384', timeout: '300' } as const

const EXAMPLES = `
Examples:
  ipvm-wasm run add.wasm add 2 -40                  numbers, as WebAssembly text writes them
  ipvm-wasm run json.wasm census @stations.json     bytes from a file; the module is added first
  ipvm-wasm run bafkrei… census bafybei…            both by CID
  ipvm-wasm run greet.wasm greet World --abi 'assemblyscript(string)->string'
  ipvm-wasm run json.wasm census @in.json --out receipt.car && ipvm-wasm verify receipt.car

${EXIT_CODES}
`

const RUN_HELP = `
Arguments:
  42 -7 0xff 4_000_000_000     integers; unsigned ones become the signed ones of the same bits
  1.5 -3e-7 0x1.8p3 inf nan nan:0x7
                               floats, rounded once, to nearest
  i32x4:1,2,3,4                vectors of any shape; or 0x and 32 digits, the least byte first
  text                         a string, or its UTF-8 where bytes are wanted
  @file  -                     bytes of a file, of standard input; text, where a string is wanted
  bafybei…                     content by its CID
  @@home                       text that begins with @; text that begins with - goes behind --

Bytes of up to 1024 stand in the task itself. More of them are added to the store, and linked.

ABIs:
  core                         numbers in, numbers out
  bytes                        bytes in, bytes out: the module exports memory and
                               ipvm_alloc(length) → pointer, the function takes pairs of
                               pointer and length and gives pointer << 32 | length
  assemblyscript(T,…)->R       values of AssemblyScript; assemblyscript alone, where the rest
                               can be told
Without --abi it is bytes if module and function keep to it, else core. The task always states it.

${EXIT_CODES}
`

/** The command line. `take` is given what was asked for. */
export function createProgram(take: (request: Request) => void): Command {
  const program = new Command('ipvm-wasm')
    .description('Runs WebAssembly deterministically, and gives receipts that anyone can re-check.')
    .option('--store <dir>', 'where blocks are kept (default: $IPVM_WASM_STORE, else .ipvm-wasm here)')
    .option('--gateway <url>', 'a trustless gateway to fetch from what the store does not have')
    .option('--json', 'one dag-json object on stdout, nothing else')
    .version(version(), '--version', 'the version of this software')
    .helpOption('--help', 'this help; also behind each command')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, helpWidth: 100 })
    .addHelpText('after', EXAMPLES)
    .exitOverride()
  addContentCommands(program, take)
  addModuleCommands(program, take)
  addRunCommands(program, take)
  return program
}

type Take = (request: Request) => void

function addContentCommands(program: Command, take: Take): void {
  program
    .command('add')
    .argument('<files...>', 'files; - for standard input')
    .description('add files to the store; the last line is the CID of the last one')
    .action(on(take, async (context, [files]) => (await import('./commands/add.ts')).add(context, files as string[])))
  program
    .command('get')
    .argument('<cid>')
    .option('-o, --output <file>', 'where to write it; else to stdout')
    .description('the content of a file')
    .action(
      on(take, async (context, [cid], options) =>
        (await import('./commands/get.ts')).get(context, cid as string, options),
      ),
    )
  program
    .command('show')
    .argument('<cid>')
    .description('a task, a receipt or a profile')
    .action(on(take, async (context, [cid]) => (await import('./commands/show.ts')).show(context, cid as string)))
  program
    .command('export')
    .argument('<cid>')
    .requiredOption('-o, --output <file>', 'the CAR to write')
    .description('a CID and all that it links to, as a CAR')
    .action(
      on(take, async (context, [cid], options) =>
        (await import('./commands/export.ts')).exportTo(context, cid as string, options),
      ),
    )
  program
    .command('import')
    .argument('<file>', 'a CAR; - for standard input')
    .description('add the blocks of a CAR to the store')
    .action(
      on(take, async (context, [file]) => (await import('./commands/import.ts')).importFrom(context, file as string)),
    )
}

function addModuleCommands(program: Command, take: Take): void {
  program
    .command('inspect')
    .argument('<cid|file>')
    .option('--profile <id>', 'the rules to judge by')
    .description('what admission makes of a module: verdict, imports, features, exports, limits')
    .action(
      on(take, async (context, [target], options) =>
        (await import('./commands/inspect.ts')).inspect(context, target as string, options),
      ),
    )
  program
    .command('instrument')
    .argument('<file>')
    .requiredOption('-o, --output <file>', 'where to write the module that is run')
    .option('--profile <id>', 'the rules to instrument for')
    .description('the module that is run in the place of the given one')
    .action(
      on(take, async (context, [file], options) =>
        (await import('./commands/instrument.ts')).instrumentTo(context, file as string, options),
      ),
    )
  program
    .command('classify')
    .argument('<file>', 'JSON that describes work; - for standard input')
    .description('the safety class of work, computed, with what it rests on')
    .action(
      on(take, async (context, [file]) =>
        (await import('./commands/classify.ts')).classifyFile(context, file as string),
      ),
    )
}

function addRunCommands(program: Command, take: Take): void {
  program
    .command('run')
    .argument('<cid|file>', 'the module')
    .argument('<function>', 'the name of an exported function')
    .argument('[args...]', 'see below')
    .description('run a function of a module, and make a receipt')
    .option('--gas <n>', 'most gas to use', DEFAULTS.gas)
    .option('--pages <n>', 'most memory, in pages of 64 KiB', DEFAULTS.pages)
    .option('--timeout <s>', 'seconds until it is given up, which is a fault', DEFAULTS.timeout)
    .option('--profile <id>', 'the rules to run by (default: ipvm-wasm/1-draft)')
    .option('--abi <abi>', 'how arguments and results cross (default: see below)')
    .option('--out <file>', 'write the receipt and all that it takes to verify it, as a CAR')
    .addHelpText('after', RUN_HELP)
    .action(
      on(take, async (context, [target, fun, args], options) => {
        const { parseGas, parsePages, parseSeconds } = await import('./choices.ts')
        const { run } = await import('./commands/run.ts')
        const limits = {
          gas: parseGas(options.gas),
          pages: parsePages(options.pages),
          timeout: parseSeconds(options.timeout),
        }
        return run(context, target as string, fun as string, args as string[], { ...options, ...limits })
      }),
    )
  program
    .command('verify')
    .argument('<receipt.car|cid>')
    .description('run the task of a receipt again, and compare')
    .option('--expect-task <cid>', 'undecided unless the receipt is for this task')
    .option('--profile <id>', 'undecided unless it is under this profile')
    .addOption(new Option('--max-gas <n>', 'undecided if it claims more').default(DEFAULTS.gas))
    .addOption(new Option('--max-pages <n>', 'undecided if its limit is more pages of 64 KiB').default(VERIFY.pages))
    .option('--timeout <s>', 'seconds until it is given up, which is a fault', VERIFY.timeout)
    .addHelpText('after', `\n${EXIT_CODES}\n`)
    .action(
      on(take, async (context, [claim], options) => {
        const { parseGas, parsePages, parseSeconds } = await import('./choices.ts')
        const { verify } = await import('./commands/verify.ts')
        const bounds = {
          maxGas: parseGas(options.maxGas),
          maxPages: parsePages(options.maxPages),
          timeout: parseSeconds(options.timeout),
        }
        return verify(context, claim as string, { ...options, ...bounds })
      }),
    )
}

type Perform = (context: Context, operands: readonly unknown[], options: Options) => Promise<number>

/** The options of all commands, as text. Those that a command requires or has defaults for are there. */
interface Options {
  readonly output: string
  readonly gas: string
  readonly pages: string
  readonly timeout: string
  readonly maxGas: string
  readonly maxPages: string
  readonly profile?: string
  readonly abi?: string
  readonly out?: string
  readonly expectTask?: string
}

/** What commander calls: hands on the request, its words as they were typed. */
function on(take: Take, perform: Perform): (...given: unknown[]) => void {
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

/** No word of a command line can hold it. */
const MARK = '\0'

/** Marks the words that are negative numbers, so that the parser does not take them for options. */
export function markNegative(words: readonly string[], looksNegative: (word: string) => boolean): string[] {
  const end = words.indexOf('--')
  return words.map((word, i) => ((end < 0 || i < end) && looksNegative(word) ? MARK + word : word))
}

function unmarkAll(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unmarkAll)
  return typeof value === 'string' && value.startsWith(MARK) ? value.slice(MARK.length) : value
}

function version(): string {
  const { version: number } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version?: unknown
  }
  if (typeof number !== 'string') throw new UsageError('the package of this software is damaged: it states no version')
  return number
}
