/** The commands of farms, and their options. */
import { Argument, type Command } from 'commander'
import { addCall, parseCall } from './call-options.ts'
import type { FarmAction } from './commands/farm.ts'
import { FARM_HELP, RUN_HELP, WORKER_HELP } from './help.ts'
import { DEFAULTS, preset } from './limit-options.ts'
import { on, type Take } from './request.ts'

/** The defaults of the library. */
const POLICY = { replicas: '2', priority: '0', prefix: 'ipvm' } as const

/** The time that a worker gives one job, in seconds. */
const JOB_TIMEOUT = '300'

/** Defines them. */
export function addFarmCommands(program: Command, take: Take): void {
  withQueue(program.command('worker'))
    .requiredOption('--lane <name>', 'the lane to serve; two workers on one lane never check each other')
    .option(
      '--key <keyfile>',
      'sign with the key in a file, which key new makes (default: a key that is lost at the end)',
    )
    .option('--put <url>', 'gateway that takes the blocks of results (default: they stay in the store)')
    .option('--token-file <file>', 'the token for --put, in a file that only you can read')
    .option('--jobs <n>', 'processes, and so tasks that run at once (default: one for each processor, up to 8)')
    .addOption(preset('--timeout <s>', 'seconds that one task may take; a longer one ends with a fault', JOB_TIMEOUT))
    .addOption(preset('--memory <mb>', 'greatest size of all other memory, in MiB; more is a fault', DEFAULTS.memory))
    .option('--profile <id>', 'the rules to run by: pure or virtual (default: pure)')
    .option('--no-memo', 'run all tasks, also if receipts of earlier runs answer them')
    .description('take tasks from a lane of a farm, run them, and answer with signed receipts')
    .addHelpText('after', WORKER_HELP)
    .action(
      on(take, async (context, _, options) => {
        const { defaultJobs, parseJobs, parseMemory, parseSeconds } = await import('./choices.ts')
        return (await import('./commands/worker.ts')).worker(context, {
          ...options,
          timeout: parseSeconds(options.timeout),
          memory: parseMemory(options.memory),
          jobs: options.jobs === undefined ? defaultJobs() : parseJobs(options.jobs),
        })
      }),
    )
  withLedger(withQueue(addCall(program.command('submit'))))
    .addOption(preset('--replicas <n>', 'how many workers must agree, until they are trusted', POLICY.replicas))
    .addOption(preset('--priority <n>', 'from -10 to 10; higher ones run first', POLICY.priority))
    .option('--no-memo', 'ask the farm, also if it has answered the task before')
    .description('run a function or a program on a farm, and accept its receipt by the agreement of workers')
    .addHelpText('after', RUN_HELP)
    .action(
      on(take, async (context, [target, fun, args], options) => {
        const { parseReplicas, parsePriority } = await import('./choices.ts')
        const { submit } = await import('./commands/submit.ts')
        return submit(context, target as string | undefined, fun as string | undefined, args as string[], {
          ...(await parseCall(options)),
          replicas: parseReplicas(options.replicas),
          priority: parsePriority(options.priority),
        })
      }),
    )
  withLedger(withQueue(program.command('farm')))
    .addArgument(new Argument('<action>', 'see below').choices(['status', 'transcript', 'check']))
    .argument('[task|file]', 'of transcript: the CID of a task; of check: a CAR that transcript wrote')
    .option('-o, --output <file>', 'of transcript: the CAR to write; - is stdout')
    .addOption(preset('--timeout <s>', 'of check: seconds that it may take', JOB_TIMEOUT))
    .addOption(preset('--memory <mb>', 'of check: greatest size of memory beside the pages, in MiB', DEFAULTS.memory))
    .description('show a farm, or say who ran a task, who signed, what differed and who judged')
    .addHelpText('after', FARM_HELP)
    .action(
      on(take, async (context, [action, word], options) => {
        const { parseMemory, parseSeconds } = await import('./choices.ts')
        return (await import('./commands/farm.ts')).farm(context, action as FarmAction, word as string | undefined, {
          ...options,
          timeout: parseSeconds(options.timeout),
          memory: parseMemory(options.memory),
        })
      }),
    )
}

function withQueue(command: Command): Command {
  return command
    .option('--redis <url>', 'the queue: redis://host:port, or the path of a socket (default: $IPVM_WASM_REDIS)')
    .addOption(preset('--prefix <text>', 'the beginning of all keys in Redis', POLICY.prefix))
}

function withLedger(command: Command): Command {
  return command.option('--ledger <file>', 'histories of workers, and transcripts (default: farm.ndjson in the store)')
}
