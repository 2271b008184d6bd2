/** The commands about forms of tasks, and about keys. */
import { Argument, type Command } from 'commander'
import type { KeyAction } from './commands/key.ts'
import { on, type Take } from './request.ts'

/** Defines them. */
export function addFormCommands(program: Command, take: Take): void {
  program
    .command('translate')
    .argument('<cid|file>', 'a task in any form')
    .option('--to <form>', 'the form to write, such as homestar-task or ucan-1.0-task (default: ipvm-wasm)')
    .option('--step <n>', 'which task of a workflow, from 0 (default: 0)')
    .option('--abi <abi>', 'the ABI of the call, if the form cannot state one')
    .option('--sub <did>', 'the subject of a ucan-1.0-task')
    .option('--cbor', 'write dag-cbor in place of dag-json')
    .option('-o, --output <file>', 'file to write; - is stdout')
    .description('write a task in the form of another system, and print the CID that it has there')
    .action(
      on(take, async (context, [word], options) =>
        (await import('./commands/translate.ts')).translate(context, word as string, options),
      ),
    )
  program
    .command('key')
    .addArgument(new Argument('<action>', 'make a key, or say whose it is').choices(['new', 'show']))
    .argument('<file>', 'the file of the key; new never overwrites one')
    .description('make a key that signs receipts, or print the did:key of one')
    .action(
      on(take, async (context, [action, file]) =>
        (await import('./commands/key.ts')).key(context, action as KeyAction, file as string),
      ),
    )
}
