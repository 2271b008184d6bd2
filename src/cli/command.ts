/** Parses the command line, runs the command, and turns errors into messages and exit codes. */
import { inspect } from 'node:util'
import { CommanderError } from 'commander'
import { Fault } from '../base/fault.ts'
import { looksNegative } from '../words/literals.ts'
import type { Context } from './context.ts'
import { faultObject, toDagJson } from './json.ts'
import { createProgram } from './program.ts'
import { markNegative, type Request } from './request.ts'
import { red, stderr, stdout } from './terminal.ts'
import { EXIT, UsageError } from './usage.ts'

/** The time that an interrupted command has to end by itself, in milliseconds. */
const GRACE_MS = 1000

const interruption = new AbortController()

/** Runs the command that the words name. Returns the exit code. */
export async function main(words: readonly string[]): Promise<number> {
  stdout.watch()
  stderr.watch()
  process.once('SIGINT', () => {
    interruption.abort()
    setTimeout(() => process.exit(EXIT.interrupted), GRACE_MS).unref()
  })
  // `--json` is searched for here, since it also applies if the command line cannot be parsed.
  const end = words.indexOf('--')
  const json = words.slice(0, end < 0 ? undefined : end).includes('--json')
  process.once('uncaughtException', error => {
    void explain(error, json).finally(() => process.exit(EXIT.fault))
  })
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
  const code = await request.perform(context).finally(() => context.close())
  return interruption.signal.aborted ? EXIT.interrupted : code
}

/** Reports an error: on stderr for people, and with `--json` also on stdout for programs. Returns the exit code. */
async function explain(error: unknown, json: boolean): Promise<number> {
  if (process.env['IPVM_WASM_DEBUG'] === '1') for (const line of inspect(error).split('\n')) stderr.line(`  ${line}`)
  if (error instanceof CommanderError) {
    // The parser also throws after it has printed the help or the version.
    if (error.exitCode === 0) return EXIT.done
    return explainUsage(usageOf(error), json)
  }
  if (error instanceof UsageError) return explainUsage(error, json)
  const { describe } = await import('../receipt/describe.ts')
  const reason = error instanceof Error ? error.message : String(error)
  const fault =
    error instanceof Fault
      ? error
      : new Fault('internal', `a bug of this software: ${reason}; IPVM_WASM_DEBUG=1 shows where`, {}, error)
  stderr.line(red(`fault (${fault.code}):`), ` ${describe(fault)}`)
  const advice = adviceOn(fault)
  if (advice !== undefined) stderr.line(advice)
  if (json) await tell(faultObject(fault))
  return EXIT.fault
}

async function explainUsage(error: UsageError, json: boolean): Promise<number> {
  const [what, ...more] = error.lines
  stderr.line(red('error:'), ` ${what}`)
  for (const line of more) stderr.line(line)
  if (json) await tell({ usage: { message: error.message } })
  return EXIT.usage
}

/** Converts an error of the parser to a UsageError. */
function usageOf({ code, message }: CommanderError): UsageError {
  if (code === 'commander.help') return new UsageError('no command is given')
  const [, what = message, suggestion] = /^(?:error: )?(.*?)(?:\n(\(Did you mean .*\)))?$/su.exec(message) ?? []
  const choice = /^command-argument value '(.*)' is invalid for argument '(\w+)'\. Allowed choices are (.*)\.$/su.exec(
    what,
  )
  if (choice !== null) return new UsageError(`the ${choice[2]} is one of ${choice[3]}, not "${choice[1]}"`)
  const more = suggestion === undefined ? [] : [suggestion]
  if (code === 'commander.unknownOption')
    more.push(
      'If it is meant as an argument: arguments that begin with - come last, after --, as in: run FILE FUNCTION -- -x',
    )
  if (code === 'commander.missingArgument' || code === 'commander.excessArguments')
    more.push('What a command takes is in its help: ipvm-wasm COMMAND --help')
  return new UsageError(what, ...more)
}

async function explainInterruption(json: boolean): Promise<number> {
  stderr.line('interrupted')
  if (json) await tell(faultObject(new Fault('aborted', 'interrupted')))
  return EXIT.interrupted
}

async function tell(object: object): Promise<void> {
  stdout.json(await toDagJson(object))
}

function adviceOn({ code }: Fault): string | undefined {
  switch (code) {
    case 'block-missing':
      return 'To get it into the store: ipvm-wasm add FILE, ipvm-wasm import FILE.car, or --gateway URL to fetch it.'
    case 'too-large':
      return 'If it is a module, ipvm-wasm inspect FILE says what takes the space.'
    case 'timeout':
      return '--timeout SECONDS (of verify also --total-timeout) allows more time. Gas bounds the work in the same way on every host: run --gas N, verify --max-gas N.'
    default:
      return undefined
  }
}
