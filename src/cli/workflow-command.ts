/** The command that runs workflows. */
import type { Command } from 'commander'
import { WORKFLOW_HELP } from './help.ts'
import { DEFAULTS, preset } from './limit-options.ts'
import { on, type Take } from './request.ts'

/** The default time for the whole, in seconds. The limits of each task are those of `run` by default. */
const TIMEOUT = '600'

/** Defines it. */
export function addWorkflowCommand(program: Command, take: Take): void {
  program
    .command('workflow')
    .argument('<cid|file>', 'a workflow in dag-json or dag-cbor; - is standard input')
    .description('run the tasks of a workflow, each with its receipt, or say how they can be run')
    .option('--plan', 'run nothing: say what may run at once, what waits for what, and why')
    .addOption(preset('--gas <n>', 'greatest amount of gas of each task, such as 3e9', DEFAULTS.gas))
    .option('--total-gas <n>', 'greatest amount of gas of all tasks together (default: no limit)')
    .addOption(preset('--pages <n>', 'greatest size of the memory of each task, in pages of 64 KiB', DEFAULTS.pages))
    .addOption(preset('--timeout <s>', 'give up after so many seconds: a fault', TIMEOUT))
    .option('--task-timeout <s>', 'give a single task up after so many seconds: a fault of that task')
    .option('--jobs <n>', 'processes, and so tasks that run at once (default: one for each processor, up to 8)')
    .addOption(preset('--memory <mb>', 'greatest size of all other memory, in MiB; more is a fault', DEFAULTS.memory))
    .option(
      '--profile <id>',
      'the rules to run by: pure, or virtual for programs that ask for time or randomness (default: pure)',
    )
    .option('--abi <abi>', 'of a workflow of homestar: the ABI of its calls, which it cannot state')
    .option('--out <file>', 'write all receipts, with all that is needed to verify them, to a CAR')
    .option('--no-memo', 'run all tasks, also if receipts of earlier runs answer them')
    .addHelpText('after', WORKFLOW_HELP)
    .action(
      on(take, async (context, [file], options) => {
        const { defaultJobs, parseGas, parseJobs, parseMemory, parsePages, parseSeconds } = await import('./choices.ts')
        const { workflow } = await import('./commands/workflow.ts')
        const { totalGas, taskTimeout, jobs, ...others } = options
        return workflow(context, file as string, {
          ...others,
          gas: parseGas(options.gas),
          pages: parsePages(options.pages),
          timeout: parseSeconds(options.timeout),
          memory: parseMemory(options.memory),
          jobs: jobs === undefined ? defaultJobs() : parseJobs(jobs),
          ...(totalGas === undefined ? {} : { totalGas: parseGas(totalGas) }),
          ...(taskTimeout === undefined ? {} : { taskTimeout: parseSeconds(taskTimeout, '--task-timeout') }),
        })
      }),
    )
}
