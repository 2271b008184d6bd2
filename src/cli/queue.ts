/** The queue and the ledger of a farm, as the options of a command name them. */
import { join } from 'node:path'
import { createBullTransport } from '../farm/bull-transport.ts'
import { createFsLedger } from '../farm/fs-ledger.ts'
import type { FarmLedger } from '../farm/ledger.ts'
import type { FarmTransport } from '../farm/transport.ts'
import type { Context } from './context.ts'
import { UsageError } from './usage.ts'

/** The options that name a queue. */
export interface QueueChoice {
  readonly redis?: string
  readonly prefix: string
}

/** The queue. Nothing is connected yet. Throws UsageError if none is named. */
export function queueOf({ redis, prefix }: QueueChoice): FarmTransport {
  const connection = redis ?? process.env['IPVM_WASM_REDIS']
  if (connection === undefined || connection === '')
    throw new UsageError(
      'name the queue: --redis redis://127.0.0.1:6379',
      'Or set IPVM_WASM_REDIS, which keeps a password out of the list of processes.',
    )
  return createBullTransport({ connection, prefix })
}

/** The ledger: a file that is named, or one in the folder of the store. */
export function ledgerOf(context: Context, file: string | undefined): FarmLedger {
  return createFsLedger(file ?? join(context.folder, 'farm.ndjson'))
}
