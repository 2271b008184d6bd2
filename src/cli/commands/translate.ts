import { putBlock } from '../../content/block.ts'
import { formatTask, readTask } from '../../task/forms/read.ts'
import { WRITABLE_FORMS, writeTask, type WritableForm } from '../../task/forms/write.ts'
import type { Context } from '../context.ts'
import { documentBytes, translated, type CallOptions } from '../documents.ts'
import { requireOutput, STDOUT, writeOutput } from '../output.ts'
import { stdout } from '../terminal.ts'
import { EXIT, UsageError } from '../usage.ts'

interface Options extends CallOptions {
  /** The form in which the task is written. */
  readonly to?: string
  /** The path of the file to write. */
  readonly output?: string
  /** True to write dag-cbor in place of dag-json. */
  readonly cbor?: boolean
  /** The subject of a UCAN 1.0 task. */
  readonly sub?: string
}

/** Writes a task in another form, and prints the CID of the new document. */
export async function translate(context: Context, word: string, options: Options): Promise<number> {
  const { to = 'ipvm-wasm', output: path, cbor = false, sub } = options
  const form = formOf(to)
  if ((form === 'ucan-1.0-task') !== (sub !== undefined))
    throw new UsageError('--sub names the subject of a ucan-1.0-task, which needs one; other forms have none')
  if (cbor) requireOutput(path, 'dag-cbor', context.json)
  const read = readTask(await documentBytes(context, word))
  const { task, blocks } = translated(read, options)
  const written = writeTask(task, form, sub === undefined ? {} : { sub })
  for (const block of [...blocks, written]) await putBlock(context.store, block, { signal: context.signal })
  const text = formatTask(written)
  if (path !== undefined) await writeOutput(path, cbor ? written.bytes : new TextEncoder().encode(`${text}\n`))
  if (!context.json && path === undefined) stdout.json(text)
  await context.answer({ form, cid: written.cid, from: read.form, document: text }, output =>
    output.note(`${form} ${written.cid}${path === undefined || path === STDOUT ? '' : `: ${path}`}`),
  )
  return EXIT.done
}

function formOf(name: string): WritableForm {
  const form = WRITABLE_FORMS.find(known => known === name)
  if (form === undefined) throw new UsageError(`--to is one of ${WRITABLE_FORMS.join(', ')}, not "${name}"`)
  return form
}
