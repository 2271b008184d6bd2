/** From paths to what they name, and from the root to what is kept of it. */
import { GuestTrap } from './values.ts'
import { Refused, refuse, type Directory, type Kept, type Node, type Pay } from './wasi-files.ts'

const MAX_KEPT = 67_108_864
const MAX_KEPT_DEPTH = 255

// ── Paths (WASI-11, WASI-12) ────────────────────────────────────────────────────────────────────────────────────────

/** Where a path leads: to a name in a directory, or to the directory itself if it ends with none. */
export interface Place {
  readonly directory: Directory
  readonly name: string | undefined
  readonly node: Node | undefined
  readonly slash: boolean
}

export function resolve(base: Directory, path: string, pay: Pay, creates = false): Place {
  if (path.includes('\0')) refuse('inval')
  if (path === '') refuse('noent')
  if (path[0] === '/') refuse('perm')
  const slash = path.endsWith('/')
  const names = path.split('/').filter(name => name !== '')
  pay(64 * names.length)
  let directory = base
  for (const [i, name] of names.entries()) {
    if (name === '.') continue
    if (name === '..') {
      if (directory === base) refuse('perm')
      directory = directory.parent
      continue
    }
    if (Buffer.byteLength(name) > 255) refuse('nametoolong')
    const node = directory.entries(pay).get(name)?.node
    if (i === names.length - 1) {
      if (slash && creates) refuse('isdir')
      return { directory, name, node, slash }
    }
    directory = asDirectory(node)
  }
  return { directory, name: undefined, node: undefined, slash }
}

/** What a path names. */
export function nodeAt(base: Directory, path: string, pay: Pay): Node {
  const { directory, name, node, slash } = resolve(base, path, pay)
  if (name === undefined) return directory
  return slash ? asDirectory(node) : (node ?? refuse('noent'))
}

/** Where an entry is made or removed (WASI-17). */
export function placeFor(base: Directory, path: string, pay: Pay): Place {
  const place = resolve(base, path, pay)
  if (place.name === undefined || !place.slash) return place
  return { ...place, directory: asDirectory(place.node), name: undefined, node: undefined }
}

function asDirectory(node: Node | undefined): Directory {
  if (node === undefined) return refuse('noent')
  return node.kind === 'directory' ? node : refuse('notdir')
}

// ── What is kept (WASI-18) ──────────────────────────────────────────────────────────────────────────────────────────

/** What lies at the paths in a root; undefined if nothing does. */
export function keptOf(root: Directory, keep: readonly string[], pay: Pay): Kept | undefined {
  let bytes = 0
  const whole = (node: Node, depth: number): Kept => {
    if (node.kind === 'file') {
      if (!node.isUnchanged) {
        bytes += node.size
        if (bytes > MAX_KEPT) throw new GuestTrap('abi-violation')
        pay(node.size)
      }
      return Uint8Array.from({ length: node.size }, (_, at) => node.byte(at))
    }
    if (depth > MAX_KEPT_DEPTH) throw new GuestTrap('abi-violation')
    if (node.isUnchanged) return node.whole
    const names = node.list(pay)
    return Object.fromEntries(names.map(name => [name, whole(node.entries(pay).get(name)!.node, depth + 1)]))
  }
  const part = (directory: Directory, paths: readonly (readonly string[])[], depth: number): Kept | undefined => {
    if (paths.some(path => path.length === depth)) return whole(directory, depth)
    const kept: [string, Kept][] = []
    for (const name of directory.list(pay)) {
      const inside = paths.filter(path => path[depth] === name)
      if (inside.length === 0) continue
      const { node } = directory.entries(pay).get(name)!
      const found = inside.some(path => path.length === depth + 1)
        ? whole(node, depth + 1)
        : node.kind === 'directory'
          ? part(node, inside, depth + 1)
          : undefined
      if (found !== undefined) kept.push([name, found])
    }
    return kept.length === 0 ? undefined : Object.fromEntries(kept)
  }
  const paths = keep.map(path => (path === '.' ? [] : path.split('/')))
  try {
    return paths.length === 0 ? undefined : part(root, paths, 0)
  } catch (error) {
    if (error instanceof Refused) throw new GuestTrap('abi-violation')
    throw error
  }
}
