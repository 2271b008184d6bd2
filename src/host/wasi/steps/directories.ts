/** Listing directories. */
import { FILETYPE } from '../constants.ts'
import type { OpenDirectory } from '../descriptors.ts'
import { ITEM, type GuestAccess } from '../guest-access.ts'
import type { Node } from '../nodes.ts'
import type { WasiState } from '../state.ts'
import { encode } from '../text.ts'

/** Bytes of an entry before its name. */
const HEAD = 24

/**
 * Writes entries from the one with number `cookie` on, until the buffer is full; the last one may be cut off. The entries are
 * those that the directory had when its descriptor was last listed from the beginning (WASI-13).
 */
export function fdReaddir(
  guest: GuestAccess,
  state: WasiState,
  fd: number,
  buffer: number,
  size: number,
  cookie: bigint,
  result: number,
): void {
  const directory = state.descriptors.directory(fd)
  const listing = listingOf(guest, directory, cookie === 0n)
  const into = guest.range(buffer, size >>> 0)
  const first = BigInt.asUintN(64, cookie)
  let used = 0
  for (let i = first < listing.length ? Number(first) : listing.length; i < listing.length && used < into.length; i++) {
    const [name, node] = listing[i]!
    const entry = entryOf(state, i + 1, name, node).subarray(0, into.length - used)
    guest.charge(ITEM + entry.length)
    into.set(entry, used)
    used += entry.length
  }
  guest.writeU32(result, used)
}

function listingOf(guest: GuestAccess, open: OpenDirectory, anew: boolean): NonNullable<OpenDirectory['listing']> {
  if (open.listing !== undefined && !anew) return open.listing
  // The parent of the root is the root. Wasmtime gives the inode of the directory itself for both.
  const own: NonNullable<OpenDirectory['listing']> = ['.', '..'].map(name => [name, open.node] as const)
  return (open.listing = [...own, ...open.node.list(guest)])
}

function entryOf(state: WasiState, next: number, name: string, node: Node): Uint8Array {
  const text = encode(name)
  const bytes = new Uint8Array(HEAD + text.length)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(next), true)
  view.setBigUint64(8, BigInt(state.inodeOf(node)), true)
  view.setUint32(16, text.length, true)
  view.setUint8(20, FILETYPE[node.kind])
  bytes.set(text, HEAD)
  return bytes
}
