/** Listing directories. */
import { FILETYPE } from '../constants.ts'
import { ITEM, type GuestAccess } from '../guest-access.ts'
import type { Node } from '../nodes.ts'
import type { WasiState } from '../state.ts'
import { encode } from '../text.ts'

/** The size of an entry without its name, in bytes. */
const HEAD = 24

/** The names that come first in every listing. */
const OWN = ['.', '..']

/**
 * Writes entries into the buffer, beginning with number `cookie`, until it is full. The last entry may be cut off. The
 * names are those that the directory had when its descriptor was last listed from the beginning. Those removed since
 * are left out (WASI-13).
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
  const { node } = directory
  if (cookie === 0n) directory.listing = undefined
  const names = (directory.listing ??= node.list(guest))
  const count = OWN.length + names.length
  const into = guest.range(buffer, size >>> 0)
  const first = BigInt.asUintN(64, cookie)
  let used = 0
  for (let i = first < count ? Number(first) : count; i < count && used < into.length; i++) {
    const name = OWN[i] ?? names[i - OWN.length]!
    // The entry `..` has the inode of the directory itself, as in Wasmtime.
    guest.charge(ITEM)
    const found = i < OWN.length ? node : node.get(name, guest)?.node
    if (found === undefined) continue
    const entry = entryOf(state, i + 1, name, found).subarray(0, into.length - used)
    guest.charge(entry.length)
    into.set(entry, used)
    used += entry.length
  }
  guest.writeU32(result, used)
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
