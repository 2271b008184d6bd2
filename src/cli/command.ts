/** The command line: reads it, does what it asks for, and turns what goes wrong into exit codes. */
import { CommanderError } from 'commander'
import { Fault } from '../base/fault.ts'
import type { Context } from './context.ts'
import { faultObject, toDagJson } from './json.ts'
import { looksNegative } from './literals.ts'
import { colorsOf } from './output.ts'
import { createProgram, markNegative, type Request } from './program.ts'
import { EXIT, UsageError } from './usage.ts'

/** How long a command that was interrupted may take to end by itself, in milliseconds. */
const GRACE_MS = 1000

const interruption = new AbortController()

/** Does what the words ask for, and gives the exit code. */
export async function main(words: readonly string[]): Promise<number> {
  endQuietlyOnBrokenPipe(process.stdout)
  endQuietlyOnBrokenPipe(process.stderr)
  process.once('SIGINT', () => {
    interruption.abort()
    setTimeout(() => process.exit(EXIT.interrupted), GRACE_MS).unref()
  })
  // `--json` may stand in a command line that cannot be parsed.
  const end = words.indexOf('--')
  const json = words.slice(0, end < 0 ? undefined : end).includes('--json')
  try {
    return await perform(words)
  } catch (error) {
    return interruption.signal.aborted ? await explainInterruption(json) : await explain(error, json)
  }
}

async function perform(words: readonly string[]): Promise<number> {
  let request: Request | undefined
  const program = createProgram(asked => (request = asked))
  program.parse(markNegative(words, looksNegative), { from: 'user' })
  if (request === undefined) return EXIT.done
  const { Context: ContextOf } = await import('./context.ts')
  const context: Context = new ContextOf(request.globals, interruption.signal)
  const code = await request.perform(context)
  return interruption.signal.aborted ? EXIT.interrupted : code
}

/** Tells people on stderr, and with `--json` also programs on stdout, what went wrong. */
async function explain(error: unknown, json: boolean): Promise<number> {
  if (process.env['IPVM_WASM_DEBUG'] === '1') console.error(error)
  if (error instanceof CommanderError) {
    // Help and version are no errors; of all others it has told people by itself.
    if (error.exitCode === 0) return EXIT.done
    if (error.code === 'commander.unknownOption')
      process.stderr.write('An argument that begins with - and is no number goes behind --.\n')
    if (json) await tell({ usage: { message: error.message.replace(/^error: /, '') } })
    return EXIT.usage
  }
  const { red } = colorsOf(process.stderr)
  if (error instanceof UsageError) {
    process.stderr.write(`${red('error:')} ${error.message}\n`)
    if (json) await tell({ usage: { message: error.message } })
    return EXIT.usage
  }
  const { describe } = await import('../receipt/describe.ts')
  const reason = error instanceof Error ? error.message : String(error)
  const fault =
    error instanceof Fault
      ? error
      : new Fault('internal', `a bug of this software: ${reason}; IPVM_WASM_DEBUG=1 shows where`, {}, error)
  process.stderr.write(`${red(`fault (${fault.code}):`)} ${describe(fault)}\n${adviceOn(fault)}`)
  if (json) await tell(faultObject(fault))
  return EXIT.fault
}

async function explainInterruption(json: boolean): Promise<number> {
  process.stderr.write('interrupted\n')
  if (json) await tell(faultObject(new Fault('aborted', 'interrupted')))
  return EXIT.interrupted
}

async function tell(object: object): Promise<void> {
  process.stdout.write(`${await toDagJson(object)}\n`)
}

function adviceOn({ code }: Fault): string {
  switch (code) {
    case 'block-missing':
      return 'To have it there: ipvm-wasm add FILE, ipvm-wasm import FILE.car, or --gateway URL.\n'
    case 'timeout':
      return 'A longer time is given with --timeout SECONDS, a bound that makes a receipt with --gas N.\n'
    default:
      return ''
  }
}

/** Whoever reads our output may stop doing so, as `head` does: that is no error. */
function endQuietlyOnBrokenPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.done)
    throw error
  })
}
