/** The format written and read once more in TypeScript. */
import type { Expected } from '../expected.ts'
import { bytesCall, fileCall, input, noise, utf8 } from './common.ts'

function literals(data: Uint8Array, from: number, to: number): number[] {
  const out: number[] = []
  for (let at = from; at < to; at += 128) {
    const run = data.subarray(at, Math.min(at + 128, to))
    out.push(run.length - 1, ...run)
  }
  return out
}

function compress(data: Uint8Array): Uint8Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const out = [0x49, 0x4c, 0x31, ...new Uint8Array(new Uint32Array([data.length]).buffer)]
  const last = new Map<number, number>()
  let [at, written] = [0, 0]
  while (at < data.length) {
    let length = 0
    let from: number | undefined
    if (data.length - at >= 4) {
      const slot = Math.imul(view.getUint32(at, true), 2654435761) >>> 18
      from = last.get(slot)
      last.set(slot, at)
      if (from !== undefined && at - from <= 65535) {
        while (length < 131 && at + length < data.length && data[from + length] === data[at + length]) length++
      }
    }
    if (length < 4) {
      at++
      continue
    }
    out.push(...literals(data, written, at), 0x80 + length - 4, (at - from!) & 255, (at - from!) >> 8)
    at += length
    written = at
  }
  return Uint8Array.from([...out, ...literals(data, written, at)])
}

function decompress(stream: Uint8Array): Uint8Array {
  const out: number[] = []
  for (let at = 7; at < stream.length; ) {
    const token = stream[at++]!
    if (token < 128) {
      out.push(...stream.subarray(at, at + token + 1))
      at += token + 1
    } else {
      const distance = stream[at]! + 256 * stream[at + 1]!
      for (let i = 0; i < token - 124; i++) out.push(out[out.length - distance]!)
      at += 2
    }
  }
  return Uint8Array.from(out)
}

export function lz(): Expected {
  const texts = ['', 'abc', 'abcabcabcabcabcabc!', 'to be or not to be, that is to be']
  const samples = [...texts.map(utf8), new Uint8Array(500), noise(300)]
  for (const sample of samples) {
    const back = decompress(compress(sample))
    if (Buffer.compare(back, sample) !== 0) throw new Error('the reference does not come back to the original')
  }
  return {
    abi: 'bytes',
    calls: [
      ...samples.map(data => bytesCall('compress', [data], compress(data))),
      ...samples.map(data => bytesCall('decompress', [compress(data)], data)),
    ],
    files: ['stations.json', 'hills.pgm'].map(name => fileCall('compress', name, compress(input(name)))),
  }
}
