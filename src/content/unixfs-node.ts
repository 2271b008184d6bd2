/** One node of a UnixFS DAG: a dag-pb block whose data is a protocol buffer (specs.ipfs.tech/unixfs). */
import { decode as decodePb } from '@ipld/dag-pb'
import type { CID } from 'multiformats/cid'
import { reader as protobufReader } from 'protons-runtime'

/** The types of nodes. Their indices are the numbers in the protocol buffer. */
const TYPES = ['raw', 'directory', 'file', 'metadata', 'symlink', 'hamt-sharded-directory'] as const

export type UnixFsType = (typeof TYPES)[number]

export interface UnixFsNode {
  readonly type: UnixFsType
  readonly data: Uint8Array
  readonly links: readonly { readonly name: string; readonly cid: CID }[]
  /** The declared size of the content; undefined if the node declares none. */
  readonly fileSize: bigint | undefined
  /** The declared sizes of the content below each link, in order. Some writers leave all of them out. */
  readonly blockSizes: readonly bigint[]
  /** For a sharded directory: the multicodec code of the hash function, and the number of places in the shard. */
  readonly hashType: bigint | undefined
  readonly fanout: bigint | undefined
}

/** Wire types of protocol buffers. */
const VARINT = 0
const BYTES = 2

/** Decodes a node. Throws an Error if the block is none; its message says why. */
export function decodeNode(block: Uint8Array): UnixFsNode {
  const { Data, Links } = decodePb(block)
  // A missing message would be decoded as an empty one.
  if (Data === undefined || Data.length === 0) throw new Error('it has no UnixFS data')
  const { type, ...rest } = decodeData(Data)
  if (type === undefined) throw new Error('it does not say what it is')
  return { type, ...rest, links: Links.map(({ Hash, Name }) => ({ name: Name ?? '', cid: Hash })) }
}

/** Decodes the fields of the message that concern the content. Others, such as modes and times, are skipped. */
function decodeData(bytes: Uint8Array): Omit<UnixFsNode, 'links' | 'type'> & { readonly type: UnixFsType | undefined } {
  const message = protobufReader(bytes)
  let type: UnixFsType | undefined
  let data: Uint8Array = new Uint8Array(0)
  let fileSize: bigint | undefined
  const blockSizes: bigint[] = []
  let hashType: bigint | undefined
  let fanout: bigint | undefined
  while (message.pos < message.len) {
    const tag = message.uint32()
    const wire = tag & 7
    const field = tag >>> 3
    if (field === 1 && wire === VARINT) type = typeOf(message.uint32())
    else if (field === 2 && wire === BYTES) data = message.bytes()
    else if (field === 3 && wire === VARINT) fileSize = message.uint64()
    else if (field === 4 && wire === VARINT) blockSizes.push(message.uint64())
    else if (field === 4 && wire === BYTES) {
      // A packed field: one byte string with all values.
      const end = message.uint32() + message.pos
      if (end > message.len) throw new Error('its block sizes are cut off')
      while (message.pos < end) blockSizes.push(message.uint64())
      if (message.pos > end) throw new Error('its block sizes are cut off')
    } else if (field === 5 && wire === VARINT) hashType = message.uint64()
    else if (field === 6 && wire === VARINT) fanout = message.uint64()
    else if (field >= 1 && field <= 6) throw new Error(`field ${field} has wire type ${wire}`)
    else message.skipType(wire)
  }
  if (message.pos > message.len) throw new Error('its data is cut off')
  return { type, data, fileSize, blockSizes, hashType, fanout }
}

function typeOf(number: number): UnixFsType {
  const type = TYPES[number]
  if (type === undefined) throw new Error(`there is no UnixFS type ${number}`)
  return type
}
