/** Prints the outcome of `run` for people. */
import { CID } from 'multiformats/cid'
import type { Execution } from '../executor/executor.ts'
import type { Receipt, Result, Task } from '../interface.ts'
import { describe } from '../receipt/describe.ts'
import { preview, readable, textLines } from '../words/bytes.ts'
import { isNumberList, showNumber, valueLines } from '../words/values.ts'
import type { Context } from './context.ts'
import { loadResult } from './load-result.ts'
import { counted, grouped, type Output } from './output.ts'
import { programEnd } from './program-end.ts'
import { bold, red } from './terminal.ts'

/** Prints the result, the gas and pages, and the CIDs. `quiet` omits the result, because it is written elsewhere. */
export async function printExecution(
  context: Context,
  output: Output,
  { receipt, cid, task }: Execution,
  { args }: Task,
  quiet: boolean,
): Promise<void> {
  if ('error' in receipt.out) output.line(red(describe(receipt.out.error)))
  else if (!quiet && !(await printProgram(context, output, args.abi, receipt.out.ok)))
    await printResult(context, output, receipt.out.ok)
  await printLogs(context, output, receipt)
  const { gasUsed, peakPages, limits, growRefused } = receipt.meta
  output.field('gas', `${grouped(gasUsed)} of ${grouped(limits.gas)}`)
  output.field(
    'memory',
    `${counted(peakPages, 'page')} of ${grouped(limits.pages)}${growRefused ? '; more was asked for, and refused' : ''}`,
  )
  output.field('module', args.mod.toString())
  output.field('abi', args.abi)
  output.field('task', task.toString())
  output.field('receipt', bold(cid.toString()))
}

async function printResult(context: Context, output: Output, result: Result): Promise<void> {
  const cid = CID.asCID(result)
  if (cid === null) return printValue(output, 'result', result)
  const loaded = await loadResult(context, cid)
  if (!(loaded instanceof Uint8Array)) printBelow(output, 'result', valueLines(loaded), cid.toString())
  else printBytes(output, 'result', loaded, `${cid}, ${counted(loaded.length, 'byte')}`)
}

/** Prints the exit code, the streams and the files of a program. Returns false if the result is not that of a program. */
async function printProgram(context: Context, output: Output, abi: string, result: Result): Promise<boolean> {
  const end = abi === 'wasi' ? await programEnd(context, result) : undefined
  if (end === undefined) return false
  output.field('exit', bold(String(end.exit)))
  for (const name of ['stdout', 'stderr'] as const)
    if (end[name].length > 0) printBytes(output, name, end[name], counted(end[name].length, 'byte'))
  if (end.files !== undefined) output.field('files', bold(end.files.toString()))
  return true
}

/** Prints a result as a named field; for a linked one, its CID. */
export function printValue(output: Output, name: string, result: Result): void {
  const cid = CID.asCID(result)
  if (cid !== null) output.field(name, bold(cid.toString()))
  else if (result instanceof Uint8Array) printBytes(output, name, result, counted(result.length, 'byte'))
  else if (typeof result === 'string') printLines(output, name, textLines(result), counted(result.length, 'character'))
  else if (isNumberList(result)) {
    if (result.length === 0) output.field(name, 'none')
    result.forEach((number, i) => output.field(i === 0 ? name : '', bold(showNumber(number))))
  } else if (typeof result === 'object' && result !== null)
    printBelow(output, name, valueLines(result), Array.isArray(result) ? 'a list' : 'a map')
  else output.field(name, result === null ? 'none' : bold(String(result)))
}

async function printLogs(context: Context, output: Output, { meta: { logs } }: Receipt): Promise<void> {
  if (logs === undefined) return
  const cid = CID.asCID(logs)
  const bytes = cid === null ? (logs as Uint8Array) : await context.loadFile(cid)
  printBytes(output, 'logs', bytes, `${cid === null ? '' : `${cid}, `}${counted(bytes.length, 'byte')}`)
}

function printBytes(output: Output, name: string, bytes: Uint8Array, about: string): void {
  const lines = preview(bytes)
  if (readable(bytes) !== undefined) printLines(output, name, lines, about)
  else printBelow(output, name, lines, about)
}

/** The greatest length of a text that is printed beside its name. */
const LINE = 80

/** Prints a short line of text beside its name, and anything longer below it. */
function printLines(output: Output, name: string, lines: readonly string[], about: string): void {
  if (lines.length === 1 && lines[0]!.length <= LINE) output.field(name, bold(lines[0]!))
  else printBelow(output, name, lines, about)
}

/** Prints indented lines, so that none of them can be mistaken for a line of our own. */
function printBelow(output: Output, name: string, lines: readonly string[], about: string): void {
  output.field(name, about)
  for (const line of lines) output.line(`  ${line}`)
}
