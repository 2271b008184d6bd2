/** Tasks in documents: `--task`, `show` and `translate`. */
import { getBlock, MAX_BLOCK_BYTES, putBlock } from '../content/block.ts'
import { readTask } from '../task/forms/read.ts'
import type { TaskDocument } from '../task/forms/form.ts'
import type { AskedLimits } from '../task/forms/limits.ts'
import { translateTask, type Translation } from '../task/forms/translate.ts'
import type { Context } from './context.ts'
import { asContent, readInput } from './inputs.ts'
import { UsageError } from './usage.ts'

/** The bytes of a document: a block by its CID or a path from one, or a file. */
export async function documentBytes(context: Context, word: string): Promise<Uint8Array> {
  const cid = await asContent(context, word)
  if (cid === undefined) return readInput(word)
  return getBlock(await context.source(), cid, { signal: context.signal, maxBytes: MAX_BLOCK_BYTES })
}

/** Which call of a document is meant, and under which ABI. */
export interface CallOptions {
  /** The number of the task in a workflow, from 0, as it was typed. */
  readonly step?: string
  readonly abi?: string
}

/** The task that a document asks for. Throws UsageError for a number that no call has. */
export function translated(document: TaskDocument, { step, abi }: CallOptions): Translation {
  const call = step === undefined ? 0 : /^\d{1,6}$/.test(step) ? Number(step) : -1
  if (document.calls[call] === undefined)
    throw new UsageError(
      `--step is the number of a task of the workflow, from 0 to ${document.calls.length - 1}, not "${step ?? '0'}"`,
    )
  return translateTask(document, { call, ...(abi === undefined ? {} : { abi: abi.trim() }) })
}

/** The task in the document that `--task` names. What the document brings along is put into the store. */
export async function askedTask(context: Context, word: string, options: CallOptions): Promise<Translation> {
  const document = readTask(await documentBytes(context, word))
  const asked = translated(document, options)
  const call = document.calls.find(({ cid }) => cid.equals(asked.asked))
  const blocks = [...asked.blocks, ...(call?.instruction === undefined ? [] : [call.instruction.block])]
  for (const block of blocks) await putBlock(context.store, block, { signal: context.signal })
  return asked
}

/** The smaller of the limits that were typed and those that a document asks for. */
export function withLimits<T extends { readonly gas: bigint; readonly pages: number; readonly timeout: number }>(
  options: T,
  { gas, pages, timeoutMs }: AskedLimits,
): T {
  return {
    ...options,
    gas: gas !== undefined && gas < options.gas ? gas : options.gas,
    pages: Math.min(options.pages, pages ?? Infinity),
    timeout: Math.min(options.timeout, (timeoutMs ?? Infinity) / 1000),
  }
}
