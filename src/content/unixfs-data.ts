/** The data of UnixFS nodes as this library writes them: protocol buffers without optional fields (specs.ipfs.tech/unixfs). */

/** The size of the chunks of a file in bytes, by the settings of published IPVM modules. */
export const CHUNK_BYTES = 256 * 1024

/** The data of a directory. */
export const DIRECTORY_DATA = Uint8Array.of(0x08, 1)

/** The data of a symbolic link. */
export function symlinkData(target: string): Uint8Array {
  const bytes = new TextEncoder().encode(target)
  return Uint8Array.from([0x08, 4, 0x12, ...varint(bytes.length), ...bytes])
}

/** The data of a node of a file that has all its content below its links. `sizes` are the bytes of content below each link. */
export function fileData(sizes: readonly number[]): Uint8Array {
  const total = sizes.reduce((sum, size) => sum + size, 0)
  return Uint8Array.from([0x08, 2, 0x18, ...varint(total), ...sizes.flatMap(size => [0x20, ...varint(size)])])
}

/** A number below 2⁵³ as a varint of protocol buffers. Bitwise operators would cut it to 32 bits. */
function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))]
}
