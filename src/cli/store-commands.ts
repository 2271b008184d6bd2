/** The commands that keep a store in order, and their options. */
import type { Command } from 'commander'
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
    .option('--grace <s>', 'keep what was put within so many seconds', GRACE)
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
}
