import { messageOf } from '../../base/realms.ts'
import { serveGateway, type ServeGatewayOptions } from '../../gateway/serve.ts'
import type { Context } from '../context.ts'
import { describe } from '../../receipt/describe.ts'
import { Fault } from '../../base/fault.ts'
import { readToken } from '../token-file.ts'
import { EXIT } from '../usage.ts'

export interface ServeChoices extends Omit<ServeGatewayOptions, 'store' | 'token' | 'onFault'> {
  /** A private file with the token for writing. */
  readonly tokenFile?: string | undefined
}

/** The time that requests under way have to end when the command is told to end, in milliseconds. */
const GRACE_MS = 5_000
/** The same after an interruption: the command line ends the process soon after it. */
const INTERRUPTED_MS = 500

/** Serves the store as a gateway, until the command is interrupted or told to end. */
export async function serve(context: Context, { tokenFile, ...choices }: ServeChoices): Promise<number> {
  const { output, signal, store } = context
  const token = tokenFile === undefined ? undefined : await readToken(tokenFile)
  const terminated = untilTerminated()
  const server = await serveGateway({
    ...choices,
    store,
    token,
    onFault: error => output.note(`fault: ${error instanceof Fault ? describe(error) : messageOf(error)}`),
  })
  await context.answer({ url: server.url, writable: token !== undefined }, out => out.line(server.url))
  output.note(
    `serving; ${token === undefined ? 'nothing can be written' : 'blocks are taken with the token'}; ^C ends it`,
  )
  const isInterrupted = await Promise.race([terminated.then(() => false), interrupted(signal).then(() => true)])
  await server.close({ graceMs: isInterrupted ? INTERRUPTED_MS : GRACE_MS })
  return EXIT.done
}

function untilTerminated(): Promise<void> {
  return new Promise(resolve => process.once('SIGTERM', () => resolve()))
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
