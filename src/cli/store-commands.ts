/** The commands that keep a store in order, and their options. */
import type { Command } from 'commander'
import { preset } from './limit-options.ts'
import { on, type Take } from './request.ts'

/** The time for which `gc` keeps what nothing reaches, in seconds: that of the library, one hour. */
const GRACE = '3600'

/** Defines them. */
export function addStoreCommands(program: Command, take: Take): void {
  program
    .command('pin')
    .argument('<cid>', 'CID of anything')
    .option('--name <text>', 'a name for the pin')
    .description('keep a CID, and all that it links to, when the store is collected')
    .action(
      on(take, async (context, [cid], options) =>
        (await import('./commands/pins.ts')).pin(context, cid as string, options),
      ),
    )
  program
    .command('unpin')
    .argument('<cid>', 'CID that is pinned')
    .description('take back a pin')
    .action(on(take, async (context, [cid]) => (await import('./commands/pins.ts')).unpin(context, cid as string)))
  program
    .command('pins')
    .description('list what is pinned')
    .action(on(take, async context => (await import('./commands/pins.ts')).pins(context)))
  program
    .command('gc')
    .argument('[cids...]', 'CIDs to keep besides what is pinned')
    .option('--dry-run', 'remove nothing, and list what would go')
    .addOption(preset('--grace <s>', 'keep what was put within so many seconds', GRACE))
    .option('--no-memo', 'keep no receipts of earlier runs, from which run answers')
    .option('--all', 'also if nothing is pinned and no CID is given')
    .description('remove the blocks that no pin, no given CID and no receipt of an earlier run reaches')
    .action(
      on(take, async (context, [cids], options) =>
        (await import('./commands/gc.ts')).gc(context, cids as string[], {
          ...options,
          grace: (await import('./choices.ts')).parseGrace(options.grace),
        }),
      ),
    )
  program
    .command('serve')
    .addOption(preset('--host <address>', 'the address of this machine to listen at', '127.0.0.1'))
    .addOption(preset('--port <n>', 'the port to listen at; 0 is one that is free', '8080'))
    .option('--token-file <file>', 'take blocks that are written with the token in a file that only you can read')
    .addOption(preset('--max-block-bytes <n>', 'most bytes of a block', '2_097_152'))
    .addOption(preset('--max-bytes <n>', 'most bytes of a response', '268_435_456'))
    .addOption(preset('--max-requests <n>', 'most requests at once', '64'))
    .addOption(preset('--max-per-address <n>', 'most requests of one address at once', '32'))
    .addOption(preset('--timeout <s>', 'most seconds of a request', '600'))
    .description('serve the blocks of the store over HTTP, as a trustless gateway of IPFS')
    .action(
      on(take, async (context, _, options) => {
        const { parseCount, parsePort, parseSeconds } = await import('./choices.ts')
        return (await import('./commands/serve.ts')).serve(context, {
          host: options.host,
          port: parsePort(options.port),
          tokenFile: options.tokenFile,
          maxBlockBytes: parseCount(options.maxBlockBytes, '--max-block-bytes'),
          maxBytes: parseCount(options.maxBytes, '--max-bytes'),
          maxRequests: parseCount(options.maxRequests, '--max-requests'),
          maxPerAddress: parseCount(options.maxPerAddress, '--max-per-address'),
          timeoutMs: parseSeconds(options.timeout) * 1000,
        })
      }),
    )
}
