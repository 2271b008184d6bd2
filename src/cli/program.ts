/** The commands and their options. The code of a command is loaded when it is called. */
import { readFileSync } from 'node:fs'
import { Argument, Command } from 'commander'
import type { Shell } from './completion.ts'
import { addCall, parseCall } from './call-options.ts'
import { addFarmCommands } from './farm-commands.ts'
import { addFormCommands } from './form-commands.ts'
import { COMPLETION_HELP, EXAMPLES, RUN_HELP, VERIFY_HELP } from './help.ts'
import { DEFAULTS, preset } from './limit-options.ts'
import { on, type Request, type Take } from './request.ts'
import { addStoreCommands } from './store-commands.ts'
import { stderr, stdout } from './terminal.ts'
import { UsageError } from './usage.ts'
import { addWorkflowCommand } from './workflow-command.ts'

/** The default limits of `verify`, which are those of the library: the same gas, 1 GiB of pages, and five minutes. */
const VERIFY = { pages: '16_384', timeout: '300', blocks: '65_536' } as const

/** Defines the command line. `take` is called with the parsed request. */
export function createProgram(take: (request: Request) => void): Command {
  const program = new Command('ipvm-wasm')
    .description('Runs WebAssembly deterministically, and makes receipts that anyone can check by running it again.')
    .option('--store <dir>', 'folder that keeps the blocks (default: $IPVM_WASM_STORE, else .ipvm-wasm here)')
    .option('--gateway <url>', 'trustless gateway to fetch missing blocks from')
    .option('--json', 'print one dag-json object on stdout, and nothing else')
    .version(version(), '--version', 'print the version of this software')
    .helpOption('--help', 'print this help')
    .helpCommand('help [command]', 'print this help, or that of a command')
    .configureHelp({ showGlobalOptions: true, helpWidth: stdout.columns })
    .configureOutput({
      writeOut: text => stdout.text(text),
      writeErr: text => stderr.text(text),
      // The parser also throws the error, which is reported with all other errors.
      outputError: () => {},
    })
    .addHelpText('after', EXAMPLES)
    .exitOverride()
  addContentCommands(program, take)
  addStoreCommands(program, take)
  addModuleCommands(program, take)
  addRunCommands(program, take)
  addWorkflowCommand(program, take)
  addFarmCommands(program, take)
  addFormCommands(program, take)
  addCompletion(program, take)
  // The commands have copied the option by now, and keep its shorter text.
  return program.helpOption('--help', 'print this help; each command has a help of its own')
}

function addContentCommands(program: Command, take: Take): void {
  program
    .command('add')
    .argument('<files...>', 'files; - is standard input')
    .description('add files to the store, and print their CIDs')
    .action(on(take, async (context, [files]) => (await import('./commands/add.ts')).add(context, files as string[])))
  program
    .command('get')
    .argument('<cid>', 'CID of a file, or a path from a CID')
    .option('-o, --output <file>', 'file to write; - is stdout, also for binary content on a terminal')
    .description('print the content of a file, or write it to a file')
    .action(
      on(take, async (context, [cid], options) =>
        (await import('./commands/get.ts')).get(context, cid as string, options),
      ),
    )
  program
    .command('show')
    .argument('<cid|file>', 'CID of a task, receipt, envelope or profile; or a file with a task in any form')
    .description('print a task, a receipt, an envelope or a profile, and say which form it has')
    .action(on(take, async (context, [cid]) => (await import('./commands/show.ts')).show(context, cid as string)))
  program
    .command('export')
    .argument('<cids...>', 'CIDs of anything in the store')
    .option('-o, --output <file>', 'the CAR to write (required); - is stdout')
    .description('write CIDs and all that they link to into a CAR')
    .action(
      on(take, async (context, [cids], options) =>
        (await import('./commands/export.ts')).exportTo(context, cids as string[], options),
      ),
    )
  program
    .command('import')
    .argument('<file>', 'a CAR; - is standard input')
    .addOption(preset('--max-blocks <n>', 'most blocks that it may have', '1_000_000'))
    .description('add the blocks of a CAR to the store')
    .action(
      on(take, async (context, [file], options) => {
        const { parseCount } = await import('./choices.ts')
        const maxBlocks = parseCount(options.maxBlocks)
        return (await import('./commands/import.ts')).importFrom(context, file as string, { maxBlocks })
      }),
    )
}

function addModuleCommands(program: Command, take: Take): void {
  program
    .command('inspect')
    .argument('<cid|file>', 'the module')
    .option('--profile <id>', 'the profile to check against (default: ipvm-wasm/1-draft)')
    .option('--limits', 'show every limit of the profile, also those that the module is far from')
    .option('--call <words...>', 'a function and its arguments: say what the call costs before it begins')
    .option('--abi <abi>', 'how the arguments of --call cross, as in run')
    .option('--params <list>', 'the parameters of --call in place of arguments, as in run')
    .description('say whether a module is admitted, and show its imports, features, exports, limits and costs')
    .action(
      on(take, async (context, [target], options) =>
        (await import('./commands/inspect.ts')).inspect(context, target as string, options),
      ),
    )
  program
    .command('instrument')
    .argument('<cid|file>', 'the module')
    .option('-o, --output <file>', 'file to write the metered module to (required); - is stdout')
    .option('--profile <id>', 'the rules to instrument for (default: ipvm-wasm/1-draft)')
    .description('write the metered module that the engine runs in place of the given one')
    .action(
      on(take, async (context, [file], options) =>
        (await import('./commands/instrument.ts')).instrumentTo(context, file as string, options),
      ),
    )
  program
    .command('classify')
    .argument('<file>', 'JSON that describes a piece of work; - is standard input')
    .description('compute the safety class of a piece of work, and say what it rests on')
    .action(
      on(take, async (context, [file]) =>
        (await import('./commands/classify.ts')).classifyFile(context, file as string),
      ),
    )
}

function addRunCommands(program: Command, take: Take): void {
  addCall(program.command('run'))
    .description('run a function of a module, or a program, and make a receipt')
    .option('--no-memo', 'run the task, also if a receipt of an earlier run answers it')
    .addHelpText('after', RUN_HELP)
    .action(
      on(take, async (context, [target, fun, args], options) => {
        const { run } = await import('./commands/run.ts')
        const call = await parseCall(options)
        return run(context, target as string | undefined, fun as string | undefined, args as string[], call)
      }),
    )
  program
    .command('verify')
    .argument('<receipts...>', 'CARs that run --out wrote, folders of CARs, or CIDs of receipts or of their envelopes')
    .description('run the tasks of receipts again, compare what comes out, and say who has signed a receipt')
    .option('--expect-signer <did>', 'the verdict is undecided unless the receipt is signed by this did:key')
    .option('--expect-task <cid>', 'the verdict is undecided unless the receipt is for this task')
    .option('--profile <id>', 'the verdict is undecided unless the receipt is under this profile')
    .addOption(preset('--max-gas <n>', 'the verdict is undecided if the receipt claims more gas', DEFAULTS.gas))
    .addOption(preset('--max-pages <n>', 'the verdict is undecided if its limit is more pages of 64 KiB', VERIFY.pages))
    .addOption(
      preset('--timeout <s>', 'give a receipt up after so many seconds: a fault, without a verdict', VERIFY.timeout),
    )
    .option('--total-timeout <s>', 'end after so many seconds, and say what is left without a verdict (default: none)')
    .addOption(
      preset(
        '--memory <mb>',
        'greatest size of memory beside the pages, in MiB; more is a fault, without a verdict',
        DEFAULTS.memory,
      ),
    )
    .addOption(preset('--max-blocks <n>', 'most blocks of one CAR, all of which are held in memory', VERIFY.blocks))
    .option('--jobs <n>', 'processes for many receipts (default: one for each processor, up to 8)')
    .addHelpText('after', VERIFY_HELP)
    .action(
      on(take, async (context, [claims], options) => {
        const { parseCount, parseGas, parseJobs, parseMemory, parsePages, parseSeconds } = await import('./choices.ts')
        const { verify } = await import('./commands/verify.ts')
        const bounds = {
          maxGas: parseGas(options.maxGas),
          maxPages: parsePages(options.maxPages),
          maxBlocks: parseCount(options.maxBlocks),
          timeout: parseSeconds(options.timeout),
          totalTimeout:
            options.totalTimeout === undefined ? undefined : parseSeconds(options.totalTimeout, '--total-timeout'),
          memory: parseMemory(options.memory),
          jobs: options.jobs === undefined ? undefined : parseJobs(options.jobs),
        }
        return verify(context, claims as string[], { ...options, ...bounds })
      }),
    )
}

function addCompletion(program: Command, take: Take): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .description('print a script with which a shell completes commands and options')
    .addHelpText('after', COMPLETION_HELP)
    .action(
      on(take, async (context, [shell]) =>
        (await import('./commands/completion.ts')).completion(context, program, shell as Shell),
      ),
    )
}

function version(): string {
  const { version: number } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version?: unknown
  }
  if (typeof number !== 'string') throw new UsageError('the package of this software is damaged: it states no version')
  return number
}
