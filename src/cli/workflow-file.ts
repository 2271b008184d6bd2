/** Workflows as the command line reads them: a file or a block, in our form or in that of homestar. */
import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { CID } from 'multiformats/cid'
import { decodeMarked } from '../base/marked-cbor.ts'
import { parseMarked } from '../base/marked-json.ts'
import { readMarked } from '../base/marked-value.ts'
import { isRecord } from '../base/shape.ts'
import { putBlock } from '../content/block.ts'
import { addFile } from '../content/unixfs.ts'
import type { Param } from '../interface.ts'
import type { AskedLimits } from '../task/forms/limits.ts'
import { isText, readTask } from '../task/forms/read.ts'
import { createWorkflow, decodeWorkflow } from '../workflow/document.ts'
import type { Workflow, WorkflowInput } from '../workflow/form.ts'
import { translateWorkflow } from '../workflow/homestar.ts'
import { MAX_FILE_BYTES, type Context } from './context.ts'
import { documentBytes } from './documents.ts'
import { contentCid, isContent, readInput } from './inputs.ts'
import { loadParams } from './params.ts'
import { UsageError } from './usage.ts'

/** A workflow that was read, with the limits that its document asks for by labels. */
export interface ReadWorkflow {
  readonly workflow: Workflow
  readonly limits: Readonly<Record<string, AskedLimits>>
}

/**
 * Reads a workflow. In the text of one, a module may be a path: it is put into the store. `abi` is the ABI of the calls of a homestar
 * workflow. Throws UsageError for what is no document, and the faults of its form.
 */
export async function readWorkflow(context: Context, word: string, abi: string | undefined): Promise<ReadWorkflow> {
  const bytes = await documentBytes(context, word)
  const value = parsed(word, bytes)
  if (!isRecord(value) || !Object.hasOwn(value, 'tasks'))
    throw new UsageError(`${word} is no workflow: it is no map with the key tasks`)
  if (Array.isArray(value['tasks'])) {
    const { workflow, limits, blocks } = translateWorkflow(
      readTask(bytes),
      abi === undefined ? {} : { abi: abi.trim() },
    )
    for (const block of blocks) await putBlock(context.store, block, { signal: context.signal })
    return { workflow, limits }
  }
  if (abi !== undefined)
    throw new UsageError('--abi is for workflows of homestar: this one states the ABI of each call')
  if (!isText(bytes)) return { workflow: decodeWorkflow(bytes), limits: {} }
  const folder = word === '-' || isContent(word) ? process.cwd() : dirname(resolve(word))
  return { workflow: createWorkflow(await withModules(context, value, folder)), limits: {} }
}

function parsed(word: string, bytes: Uint8Array): unknown {
  try {
    if (!isText(bytes)) return decodeMarked(bytes)
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return readMarked(parseMarked(text), '')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UsageError(`${word} is no workflow in dag-json or dag-cbor: ${reason}`)
  }
}

/** Loads the modules and linked parameters that a workflow names, since they have to be in the store for a run. */
export async function loadWorkflow(context: Context, workflow: Workflow): Promise<void> {
  for (const { run } of Object.values(workflow.tasks)) {
    const args = isRecord(run) && isRecord(run['args']) ? run['args'] : {}
    const mod = CID.asCID(args['mod'])
    if (mod !== null) await context.loadFile(mod, MAX_FILE_BYTES)
    if (Array.isArray(args['params']) && args['abi'] !== 'wasi') await loadParams(context, args['params'] as Param[])
  }
}

// ── Modules by their paths ──────────────────────────────────────────────────────────────────────────────────────────

/** The document with links in the place of modules that are texts: CIDs, paths from CIDs, and files. */
async function withModules(
  context: Context,
  document: Readonly<Record<string, unknown>>,
  folder: string,
): Promise<WorkflowInput> {
  const tasks = document['tasks']
  if (!isRecord(tasks)) return document as unknown as WorkflowInput
  const entries: [string, unknown][] = []
  for (const [label, task] of Object.entries(tasks)) {
    const run = isRecord(task) ? task['run'] : undefined
    const args = isRecord(run) && run['cmd'] === '/wasm/run' ? run['args'] : undefined
    const mod = isRecord(args) ? args['mod'] : undefined
    if (typeof mod !== 'string') entries.push([label, task])
    else {
      const named = { ...(args as object), mod: await moduleOf(context, label, mod, folder) }
      entries.push([label, { ...(task as object), run: { ...(run as object), args: named } }])
    }
  }
  return { ...document, tasks: Object.fromEntries(entries) } as unknown as WorkflowInput
}

/** What every module begins with. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d]

/**
 * The CID of a module that a workflow names. A file has to lie in the folder of the workflow, or below it, and to begin as a module does:
 * a workflow of somebody else must not put other files of this computer into the store.
 */
async function moduleOf(context: Context, label: string, word: string, folder: string): Promise<CID> {
  if (isContent(word)) return contentCid(context, word)
  const what = `the module "${word}" of ${label}`
  const path = resolve(folder, word)
  if (isAbsolute(word) || isOutside(folder, path))
    throw new UsageError(`${what} is outside of the folder of the workflow: copy it there, or name it by its CID`)
  const [realFolder, realFile] = await Promise.all([folder, path].map(name => realpath(name).catch(() => name)))
  if (isOutside(realFolder!, realFile!))
    throw new UsageError(`${what} is a link out of the folder of the workflow: name it by its CID`)
  const bytes = await readInput(path)
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw new UsageError(`${what} is no WebAssembly module`)
  return addFile(context.store, bytes, { signal: context.signal })
}

function isOutside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way === '..' || /^\.\.[/\\]/.test(way) || isAbsolute(way)
}
