/** The files of a program: trees that a task names, at the paths where it wants them. */
import { utf8Length } from '../base/text.ts'
import { isBytes } from '../base/realms.ts'
import { Fault } from '../base/fault.ts'
import type { InputDirectory, InputEntry, InputFile, InputNode } from '../host/wasi/input.ts'
import type { Link } from '../interface.ts'

/** The path of the root itself. A map cannot have the key `/`. */
export const WHOLE = '.'

/** Longest path and name, in bytes, as programs can give them (WASI-11). */
const MAX_PATH = 4095
const MAX_NAME = 255

/**
 * The names of a path from the root on: none for the root itself, and undefined for what is no path. A path does not begin or end
 * with a slash. No name is empty, `.` or `..`, or has a NUL.
 */
export function nameParts(path: string): readonly string[] | undefined {
  if (path === WHOLE) return []
  const names = path.split('/')
  const isName = (name: string): boolean =>
    name !== '' && name !== '.' && name !== '..' && !name.includes('\0') && utf8Length(name) <= MAX_NAME
  return utf8Length(path) <= MAX_PATH && names.every(isName) ? names : undefined
}

/** What stands at which path; undefined if one path lies in another. */
export function mountsOf(
  entries: readonly (readonly [path: string, link: Link])[],
): ReadonlyMap<string, Link> | undefined {
  // In this order a path comes right before those that lie in it.
  const paths = entries.map(([path]) => `${path}/`).sort()
  const nested = paths.some((path, i) => i > 0 && path.startsWith(paths[i - 1]!))
  const whole = paths.length > 1 && paths.includes(`${WHOLE}/`)
  return nested || whole ? undefined : new Map(entries)
}

/** The file or directory that a link of the task names. Throws faults of the content. */
export type OpenFile = (link: Link) => InputNode

/** What a program finds under `/`. Throws Fault('bad-dag') if the root is to be a file. */
export function rootOf(files: ReadonlyMap<string, Link>, open: OpenFile): InputDirectory {
  const whole = files.get(WHOLE)
  if (whole === undefined)
    return directoryOf(
      [...files].map(([path, link]) => [nameParts(path)!, link]),
      0,
      open,
    )
  const root = open(whole)
  if (root.kind === 'directory') return root
  throw new Fault('bad-dag', `${whole['/']} is a file, and the root of a program's files is a directory`, {
    cid: whole['/'],
  })
}

/** Names of a path, and what stands there. */
type Mount = readonly [names: readonly string[], link: Link]

/** A directory on the way to these mounts, so many names from the root. It is made when a program looks into it. */
function directoryOf(below: readonly Mount[], depth: number, open: OpenFile): InputDirectory {
  function* entries(): Generator<readonly [string, InputEntry]> {
    const byName = new Map<string, Mount[]>()
    for (const mount of below) {
      const name = mount[0][depth]!
      const inside = byName.get(name)
      if (inside === undefined) byName.set(name, [mount])
      else inside.push(mount)
    }
    for (const [name, inside] of byName) {
      const [names, link] = inside[0]!
      const isPlace = names.length === depth + 1
      yield [name, isPlace ? { link, open: () => open(link) } : { open: () => directoryOf(inside, depth + 1, open) }]
    }
  }
  return { kind: 'directory', entries }
}

/** A standard input. Throws Fault('bad-dag') for a directory. */
export function inputFile(given: Uint8Array | Link, open: OpenFile): InputFile {
  if (isBytes(given)) return fileOf(given)
  const node = open(given)
  if (node.kind === 'file') return node
  throw new Fault('bad-dag', `${given['/']} is a directory, and the standard input is a file`, { cid: given['/'] })
}

function fileOf(bytes: Uint8Array): InputFile {
  const read = (offset: number, into: Uint8Array): void => into.set(bytes.subarray(offset, offset + into.length))
  return { kind: 'file', size: bytes.length, read }
}
