/** The parameter of the `wasi` ABI from options and words: `--dir`, `--env`, `--stdin`, `--keep`, and a program's arguments. */
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { nameParts, WHOLE } from '../abi/wasi-files.ts'
import type { Callable } from '../abi/guest.ts'
import { exportsFunction } from '../abi/lookup.ts'
import { START } from '../abi/wasi.ts'
import { addTree, type NewTree } from '../content/add-tree.ts'
import { getBlock, MAX_BLOCK_BYTES, MAX_TOTAL_BYTES } from '../content/block.ts'
import { DAG_PB } from '../content/cids.ts'
import type { TreeNode } from '../content/tree.ts'
import { addFile } from '../content/unixfs.ts'
import type { Param, Value } from '../interface.ts'
import { INLINE_BYTES } from '../words/arguments.ts'
import type { Context } from './context.ts'
import { asContent, readInput } from './inputs.ts'
import { UsageError } from './usage.ts'

/** The options of `run` that a program alone has. */
export interface ProgramOptions {
  readonly dir?: readonly string[]
  readonly env?: readonly string[]
  readonly stdin?: string
  readonly keep?: readonly string[]
  /** The streams of a program are written to those of this process, byte for byte. */
  readonly raw?: boolean
  /** This process exits with the exit code of the program. */
  readonly exitCode?: boolean
}

/** The options that are parts of the parameter, and all of them, as they are typed. */
const PARTS = { dir: '--dir', env: '--env', stdin: '--stdin', keep: '--keep' } as const
const TYPED = { ...PARTS, raw: '--raw', exitCode: '--exit-code' } as const

/** What stands for the program's own name: never the name of a local file, which would be part of the task. */
const ARGV0 = 'program'

/**
 * Whether a call without `--abi` is that of a program: the module exports `_start`. Of a module that is rejected only the call can
 * tell: it has options of programs.
 */
export function isProgram(module: Callable | undefined, options: ProgramOptions): boolean {
  if (module === undefined) return givenOf(TYPED, options) !== undefined
  return exportsFunction(module, START, { params: [], results: [] })
}

/** Throws UsageError if an option is given that only programs have. */
export function requireNoProgramOptions(options: ProgramOptions): void {
  const given = givenOf(TYPED, options)
  if (given !== undefined)
    throw new UsageError(`${given} is for programs, which export _start and run with the ABI wasi; this call is none`)
}

/** Throws UsageError if an option is given that is part of the parameter, which `--params` gives whole. */
export function requireNoParts(options: ProgramOptions): void {
  const given = givenOf(PARTS, options)
  if (given !== undefined) throw new UsageError(`${given} and --params cannot both say what the program is given`)
}

/** The first of these options that is given, as it is typed. */
function givenOf(
  typed: Readonly<Partial<Record<keyof ProgramOptions, string>>>,
  options: ProgramOptions,
): string | undefined {
  return Object.entries(typed).find(([name]) => options[name as keyof ProgramOptions] !== undefined)?.[1]
}

/** The parameters of a program. Files go into the store. Throws UsageError for options that make no sense, and faults of content. */
export async function programParams(
  context: Context,
  words: readonly string[],
  { dir = [], env = [], stdin, keep = [] }: ProgramOptions,
): Promise<readonly Param[]> {
  const nul = [...words, ...env].find(word => word.includes('\0'))
  if (nul !== undefined) throw new UsageError('an argument or a variable of a program cannot have a NUL')
  const files = new Map<string, CID>()
  for (const word of dir) {
    const { from, at } = mountOf(word)
    if (files.has(at))
      throw new UsageError(`two things stand at /${at === WHOLE ? '' : at}: give each --dir a place of its own`)
    files.set(at, await treeAt(context, from))
  }
  const map: Record<string, Value> = { args: [ARGV0, ...words] }
  if (env.length > 0) map['env'] = variablesOf(env)
  if (stdin !== undefined) {
    const given = await inputOf(context, stdin)
    if (!(given instanceof Uint8Array) || given.length > 0) map['stdin'] = given
  }
  if (files.size > 0) map['files'] = Object.fromEntries(files)
  if (keep.length > 0) map['keep'] = [...new Set(keep.map(path => pathOf(path, '--keep')))]
  return [map]
}

function variablesOf(words: readonly string[]): Readonly<Record<string, string>> {
  const variables = new Map<string, string>()
  for (const word of words) {
    const at = word.indexOf('=')
    if (at <= 0) throw new UsageError(`--env takes NAME=value, not "${word}"`)
    const name = word.slice(0, at)
    if (variables.has(name)) throw new UsageError(`--env: ${name} is given twice`)
    variables.set(name, word.slice(at + 1))
  }
  return Object.fromEntries(variables)
}

/** `LOCAL:PLACE`, or `LOCAL` for the root; the last colon divides. */
function mountOf(word: string): { readonly from: string; readonly at: string } {
  const colon = word.lastIndexOf(':')
  if (colon < 0) return { from: word, at: WHOLE }
  if (colon === 0) throw new UsageError(`--dir takes WHAT:/PLACE, such as ./data:/data, not "${word}"`)
  return { from: word.slice(0, colon), at: pathOf(word.slice(colon + 1), '--dir') }
}

/** A place among the program's files as tasks write it: `/data/in` is `data/in`, and `/` is `.`. */
function pathOf(typed: string, option: string): string {
  const path = typed.replace(/^\/+/, '').replace(/\/+$/, '') || WHOLE
  if (!typed.startsWith('/') || nameParts(path) === undefined)
    throw new UsageError(
      `${option}: a place among the program's files is an absolute path, such as /data, not "${typed}"`,
    )
  return path
}

async function inputOf(context: Context, word: string): Promise<Uint8Array | CID> {
  const cid = word === '-' ? undefined : await asContent(context, word)
  if (cid !== undefined) {
    const { kind } = await rootAt(context, cid)
    if (kind === 'file') return cid
    throw new UsageError(`--stdin takes a file, and ${word} is a directory`)
  }
  const bytes = await readInput(word)
  return bytes.length > INLINE_BYTES ? addFile(context.store, bytes, { signal: context.signal }) : bytes
}

/** The CID of a file or folder, named by its CID or by its local path, which is then in the store. */
async function treeAt(context: Context, word: string): Promise<CID> {
  const cid = await asContent(context, word)
  const { signal } = context
  if (cid === undefined) return addTree(context.store, await localTree(word, { left: MAX_TOTAL_BYTES }), { signal })
  await rootAt(context, cid)
  return cid
}

/** What a CID stands for. Its first block is read, and the program reads the others as it comes to them. Throws faults of content. */
async function rootAt(context: Context, cid: CID): Promise<TreeNode> {
  const [{ openTree }, { TreeBlocks }] = await Promise.all([
    import('../content/tree.ts'),
    import('../content/tree-blocks.ts'),
  ])
  const { signal } = context
  const block = cid.code === DAG_PB ? await getBlock(await context.source(), cid, { signal }) : new Uint8Array(0)
  return openTree(new TreeBlocks(() => block, MAX_BLOCK_BYTES), cid)
}

/** A local file or folder. Links, pipes and devices have no place in it. */
async function localTree(path: string, bound: { left: number }): Promise<NewTree> {
  let stats
  try {
    stats = await lstat(path)
    if (stats.isDirectory()) {
      const entries: [string, NewTree][] = []
      for (const name of await readdir(path)) entries.push([name, await localTree(join(path, name), bound)])
      return { kind: 'directory', entries }
    }
    if (stats.isFile()) {
      bound.left -= stats.size
      if (bound.left < 0)
        throw new UsageError(`--dir: there are more than ${MAX_TOTAL_BYTES} bytes of files, and no more are added`)
      return { kind: 'file', bytes: new Uint8Array(await readFile(path)) }
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(`cannot read ${path}: ${code === 'ENOENT' ? 'there is no such file or folder' : message}`)
  }
  const kind = stats.isSymbolicLink() ? 'a link' : 'neither a file nor a folder'
  throw new UsageError(
    `${path} is ${kind}, and a task has files and folders alone: leave it out, or copy what it stands for`,
  )
}
