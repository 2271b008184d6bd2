/** The arguments and options of the commands that run a call: `run` on this host, and `submit` on a farm. */
import type { Command } from 'commander'
import { DEFAULTS, preset } from './limit-options.ts'
import type { Options } from './request.ts'

/** Adds them to a command. */
export function addCall(command: Command): Command {
  return command
    .argument('[cid|file]', 'the module')
    .argument('[function]', 'name of an exported function; of a program the first argument')
    .argument('[args...]', 'its arguments: see below')
    .addOption(preset('--gas <n>', 'greatest amount of gas to use, such as 3e9', DEFAULTS.gas))
    .addOption(preset('--pages <n>', 'greatest size of the memory, in pages of 64 KiB', DEFAULTS.pages))
    .addOption(preset('--timeout <s>', 'give up after so many seconds: a fault, without a receipt', DEFAULTS.timeout))
    .addOption(
      preset(
        '--memory <mb>',
        'greatest size of all other memory, in MiB; more is a fault, without a receipt',
        DEFAULTS.memory,
      ),
    )
    .option(
      '--profile <id>',
      'the rules to run by: pure, or virtual for programs that ask for time or randomness (default: pure)',
    )
    .option('--abi <abi>', 'how arguments and results cross (default: see below)')
    .option('--params <list>', 'the parameters as a list in dag-json, in place of arguments; or @file')
    .option('--dir <what:place>', 'of a program: a folder, file or CID, and where it finds it', collect)
    .option('--env <name=value>', 'of a program: a variable of its environment', collect)
    .option('--stdin <file|cid>', 'of a program: its standard input; - is that of this command')
    .option('--keep <place>', 'of a program: a file or folder that it leaves as part of the result', collect)
    .option('--raw', 'of a program: its output and errors go to stdout and stderr as they are, the report to stderr')
    .option('--exit-code', 'of a program: exit with its exit code')
    .option('-o, --output <file>', "write the result's bytes to a file; - is stdout")
    .option('--task <cid|file>', 'a document that asks for the task, in place of a module and a call: in any form')
    .option('--step <n>', 'which task of a workflow that --task names, from 0 (default: 0)')
    .option('--sign <keyfile>', 'sign the receipt with the key in a file, which key new makes')
    .option('--out <file>', 'write the receipt, with all that is needed to verify it, to a CAR')
}

/** Parses the limits among the options. The others stay as they are. Throws UsageError. */
export async function parseCall(options: Options) {
  const { parseGas, parseMemory, parsePages, parseSeconds } = await import('./choices.ts')
  return {
    ...options,
    gas: parseGas(options.gas),
    pages: parsePages(options.pages),
    timeout: parseSeconds(options.timeout),
    memory: parseMemory(options.memory),
  }
}

/** Adds the values of an option that can be given more than once. */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
