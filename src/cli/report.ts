/** What `run` tells people. */
import { CID } from 'multiformats/cid'
import type { Execution } from '../executor/executor.ts'
import type { Out, Receipt, Result, Task } from '../interface.ts'
import { describe } from '../receipt/describe.ts'
import type { Callable } from '../abi/guest.ts'
import { functionType, signature } from './abi.ts'
import type { Context } from './context.ts'
import { counted, grouped, harmless, type Output } from './output.ts'
import { preview, printable, showNumber } from './values.ts'

/** What a report is made from, beside the execution itself. */
export interface Ran {
  readonly task: Task
  readonly module: Callable | undefined
  readonly bytes: Uint8Array
  readonly file: string | undefined
  readonly out: string | undefined
}

/** The result, what it took, and the CIDs. */
export async function printExecution(
  context: Context,
  { receipt, cid, task }: Execution,
  { task: { args }, out }: Ran,
): Promise<void> {
  const { output } = context
  if ('ok' in receipt.out) await printResult(context, receipt.out.ok)
  else output.line(output.colors.red(describe(receipt.out.error)))
  await printLogs(context, receipt)
  const { gasUsed, peakPages, limits, growRefused } = receipt.meta
  output.field('gas', `${grouped(gasUsed)} of ${grouped(limits.gas)}`)
  output.field(
    'memory',
    `${counted(peakPages, 'page')} of ${grouped(limits.pages)}${growRefused ? ', and more was refused' : ''}`,
  )
  output.field('module', args.mod.toString())
  output.field('abi', args.abi)
  output.field('task', task.toString())
  output.field('receipt', output.colors.bold(cid.toString()))
  if (out !== undefined) output.note(`${out}: the receipt and all that it takes to verify it`)
}

async function printResult(context: Context, result: Result): Promise<void> {
  const { output } = context
  const cid = CID.asCID(result)
  if (cid !== null) {
    const bytes = await context.loadFile(cid)
    printBytes(output, 'result', bytes, `${cid}, ${counted(bytes.length, 'byte')}`)
  } else if (result instanceof Uint8Array) {
    printBytes(output, 'result', result, counted(result.length, 'byte'))
  } else if (Array.isArray(result)) {
    const numbers = result as readonly (bigint | Uint8Array)[]
    if (numbers.length === 0) output.field('result', 'none')
    numbers.forEach((number, i) => output.field(i === 0 ? 'result' : '', output.colors.bold(showNumber(number))))
  } else {
    output.field(
      'result',
      output.colors.bold(typeof result === 'string' ? showText(result) : result === null ? 'none' : String(result)),
    )
  }
}

function showText(text: string): string {
  return printable(new TextEncoder().encode(text)) === undefined ? harmless(JSON.stringify(text)) : text
}

async function printLogs(context: Context, { meta: { logs } }: Receipt): Promise<void> {
  if (logs === undefined) return
  const cid = CID.asCID(logs)
  const bytes = cid === null ? (logs as Uint8Array) : await context.loadFile(cid)
  printBytes(context.output, 'logs', bytes, `${cid === null ? '' : `${cid}, `}${counted(bytes.length, 'byte')}`)
}

/** Longest text that stands beside its name. */
const LINE = 80

/** A short line of text beside its name; anything longer below it. */
function printBytes(output: Output, name: string, bytes: Uint8Array, about: string): void {
  const lines = preview(bytes)
  if (lines.length === 1 && lines[0]!.length <= LINE && printable(bytes) !== undefined)
    return output.field(name, output.colors.bold(lines[0]!))
  output.field(name, about)
  for (const line of lines) output.line(line)
}

// ── Advice ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** On stderr: what to do about a rejection, where that can be told. */
export function adviseOn({ output }: Context, out: Out, ran: Ran): void {
  if ('ok' in out || out.error.kind === 'trap') return
  const advice = adviceOn(out.error, ran)
  if (advice !== undefined) output.note(advice)
}

function adviceOn(
  { code, subject }: { readonly code: string; readonly subject?: string },
  { task, module, bytes, file }: Ran,
): string | undefined {
  const named = file === undefined ? 'ipvm-wasm inspect CID' : `ipvm-wasm inspect ${file}`
  if (code === 'malformed' && ![0, 0x61, 0x73, 0x6d].every((byte, i) => bytes[i] === byte)) {
    return 'It does not begin as WebAssembly does. Text (.wat) has to be assembled first, for example with wat2wasm.'
  }
  if (code === 'limit' && subject === 'pages')
    return 'The memory that the module starts with is larger than --pages allows.'
  if (module === undefined) return `All findings: ${named}`
  return code === 'no-such-function' ? adviceOnFunction(module, task.args.fun, task.args.abi, subject) : undefined
}

function adviceOnFunction(
  module: NonNullable<Ran['module']>,
  fun: string,
  abi: string,
  subject: string | undefined,
): string {
  const type = functionType(module, fun)
  if (type !== undefined && subject === fun)
    return `It exports ${harmless(fun)} as ${signature(type)}, which the ABI ${abi} cannot call: choose another --abi.`
  if (type !== undefined) return `The ABI ${abi} needs the module to export ${harmless(subject ?? '')}.`
  const functions = module.exports.filter(
    ({ kind, name }) => kind === 'function' && functionType(module, name) !== undefined,
  )
  if (functions.length === 0) return 'It exports no functions that can be called.'
  const lines = functions.map(({ name, index }) => `  ${harmless(name)} ${signature(module.functions[index]!)}`)
  return `It exports:\n${lines.join('\n')}`
}
