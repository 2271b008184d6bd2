/** The files of a program: the task mounts files and directories, which it names by CID, at paths. */
import { byBytes, utf8Length } from '../base/text.ts'
import { isBytes } from '../base/realms.ts'
import { Fault } from '../base/fault.ts'
import type { InputDirectory, InputEntry, InputFile, InputNode } from '../host/wasi/input.ts'
import type { Link } from '../interface.ts'

/** The path of the root itself. It is not `/`, since a map with the key `/` is a link in dag-json. */
export const WHOLE = '.'

/** The greatest length of a path and of a name in bytes of UTF-8; programs cannot pass longer ones (WASI-11). */
const MAX_PATH = 4095
const MAX_NAME = 255

/**
 * Splits a path into its names: `a/b` is `['a', 'b']`, and the root itself is `[]`. Returns undefined if the text is
 * not a path. A path does not begin or end with a slash. No name is empty, `.` or `..`, or contains a NUL.
 */
export function nameParts(path: string): readonly string[] | undefined {
  if (path === WHOLE) return []
  const names = path.split('/')
  const isName = (name: string): boolean =>
    name !== '' && name !== '.' && name !== '..' && !name.includes('\0') && utf8Length(name) <= MAX_NAME
  return utf8Length(path) <= MAX_PATH && names.every(isName) ? names : undefined
}

/** Returns the links by path, or undefined if a path lies in another one or occurs twice. */
export function mountsOf(
  entries: readonly (readonly [path: string, link: Link])[],
): ReadonlyMap<string, Link> | undefined {
  // After sorting, a path comes right before the paths that lie in it.
  const paths = entries.map(([path]) => `${path}/`).sort()
  const nested = paths.some((path, i) => i > 0 && path.startsWith(paths[i - 1]!))
  const whole = paths.length > 1 && paths.includes(`${WHOLE}/`)
  return nested || whole ? undefined : new Map(entries)
}

/**
 * Opens the file or directory that a link of the task names.
 *
 * @throws Fault `block-missing`, `hash-mismatch` and others of the content
 */
export type OpenFile = (link: Link) => InputNode

/**
 * Returns the directory `/` of a program.
 *
 * @throws Fault `bad-dag` if the task mounts a file as the root
 */
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

/** A path, as its names, and the link that is mounted there. */
type Mount = readonly [names: readonly string[], link: Link]

/**
 * Returns the directory at `depth` names below the root which leads to these mounts. Its entries are made when they are
 * read.
 */
function directoryOf(below: readonly Mount[], depth: number, open: OpenFile): InputDirectory {
  function* entries(): Generator<readonly [string, InputEntry]> {
    const byName = new Map<string, Mount[]>()
    for (const mount of below) {
      const name = mount[0][depth]!
      const inside = byName.get(name)
      if (inside === undefined) byName.set(name, [mount])
      else inside.push(mount)
    }
    for (const [name, inside] of [...byName].sort(([a], [b]) => byBytes(a, b))) {
      const [names, link] = inside[0]!
      const isPlace = names.length === depth + 1
      yield [name, isPlace ? { link, open: () => open(link) } : { open: () => directoryOf(inside, depth + 1, open) }]
    }
  }
  return { kind: 'directory', entries }
}

/**
 * Returns the standard input as a file.
 *
 * @throws Fault `bad-dag` if the link names a directory
 */
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
