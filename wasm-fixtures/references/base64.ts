/** From Node's Buffer. */
import type { Expected } from '../expected.ts'
import { bytesCall, fileCall, input, noise, utf8 } from './common.ts'

function base64Text(data: Uint8Array): Uint8Array {
  return utf8(Buffer.from(data).toString('base64'))
}

export function base64(): Expected {
  const samples = [...['', 'f', 'fo', 'foo', 'foobar'].map(utf8), noise(200), Uint8Array.of(0xfb, 0xff, 0xfe)]
  /* no padding, a stray letter, padding inside, bits that are left over, too much padding */
  const wrong = ['Zg', 'Zm9*', 'Zg==Zg==', 'Zh==', 'Z===', '====']
  return {
    abi: 'bytes',
    calls: [
      ...samples.map(data => bytesCall('encode', [data], base64Text(data))),
      ...samples.map(data => bytesCall('decode', [base64Text(data)], data)),
      ...wrong.map(text => bytesCall('decode', [utf8(text)], utf8(''))),
    ],
    files: [fileCall('encode', 'hills.pgm', base64Text(input('hills.pgm')))],
  }
}
