/** From node:crypto. */
import { createHash, createHmac } from 'node:crypto'
import type { Expected } from '../expected.ts'
import { bytesCall, fileCall, input, noise, utf8 } from './common.ts'

function hash(data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(data).digest())
}

function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(data).digest())
}

export function sha256(): Expected {
  const messages = [utf8(''), utf8('abc'), noise(55), noise(56), noise(64), noise(1000)]
  const keyed = [[utf8('key'), utf8('message')], [noise(64), utf8('')], [noise(65), noise(300)]] as const
  return {
    abi: 'bytes',
    calls: [
      ...messages.map(data => bytesCall('hash', [data], hash(data))),
      ...keyed.map(([key, data]) => bytesCall('hmac', [key, data], hmac(key, data))),
    ],
    files: [fileCall('hash', 'stations.json', hash(input('stations.json')))],
  }
}
