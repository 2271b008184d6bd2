/** With the DEFLATE and the CRC of Node, so that the chunks are made by other code. */
import { crc32, deflateSync } from 'node:zlib'
import type { Call, Expected } from '../expected.ts'

function escape(re: number, im: number, most: number): number {
  let [x, y] = [0, 0]
  for (let i = 0; i < most; i++) {
    if (x * x + y * y > 4) return i
    ;[x, y] = [x * x - y * y + re, 2 * x * y + im]
  }
  return most
}

function chunk(name: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name), content])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(content.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

/** Between two colours, rounded down as the integers of the program are. */
function between(a: number, b: number, weight: number): number {
  return Math.floor((a * (255 - weight) + b * weight) / 255)
}

function palette(index: number): readonly number[] {
  if (index === 0) return [9, 20, 24]
  const weight = 255 - Math.floor(((255 - index) * (255 - index)) / 255)
  return [between(22, 250, Math.floor((weight * weight) / 255)), between(60, 244, weight), between(58, 214, weight)]
}

function png(width: number, height: number, most: number): Uint8Array {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  const rows = Array.from({ length: height }, (_, row) => [
    0,
    ...Array.from({ length: width }, (_, column) => {
      const steps = escape(-2 + (3 * (column + 0.5)) / width, -1 + (2 * (row + 0.5)) / height, most)
      return steps === most ? 0 : 1 + ((steps * 7) % 255)
    }),
  ])
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk('IHDR', header),
      chunk('PLTE', Uint8Array.from(Array.from({ length: 256 }, (_, index) => palette(index)).flat())),
      // Level 0 stores. The program writes full blocks, as zlib does for a whole input of less than one.
      chunk('IDAT', deflateSync(Uint8Array.from(rows.flat()), { level: 0 })),
      chunk('IEND', new Uint8Array(0)),
    ]),
  )
}

export function picture(): Expected {
  const sizes: [number, number, number][] = [[1, 1, 1], [16, 8, 50], [31, 21, 100]]
  const none: [number, number, number][] = [[0, 1, 1], [1025, 1, 1], [1, -1, 1], [1, 1, 0]]
  const calls: Call[] = [
    ...sizes.map(size => ({ fun: 'png', params: size.map(BigInt), ok: png(...size) })),
    ...none.map(size => ({ fun: 'png', params: size.map(BigInt), ok: new Uint8Array(0) })),
  ]
  return { abi: 'assemblyscript(i32,i32,i32)->Uint8Array', calls }
}
