/** Words by a regular expression of Unicode properties. */
import type { Expected } from '../expected.ts'
import { bytesCall, fileCall, input, utf8 } from './common.ts'

function words(text: string): string[] {
  return (text.match(/[\p{Alphabetic}\p{N}]+/gu) ?? []).map(word => word.toLowerCase())
}

/** By bytes of UTF-8, which is also by code point. */
function alphabetical(a: string, b: string): number {
  return Buffer.compare(utf8(a), utf8(b))
}

function count(text: string): Uint8Array {
  const times = new Map<string, number>()
  for (const word of words(text)) times.set(word, (times.get(word) ?? 0) + 1)
  const sorted = [...times].sort((a, b) => b[1] - a[1] || alphabetical(a[0], b[0]))
  return utf8(sorted.map(([word, n]) => `${n} ${word}\n`).join(''))
}

function longest(text: string, most: number): Uint8Array {
  const sorted = [...new Set(words(text))].sort((a, b) => [...b].length - [...a].length || alphabetical(a, b))
  return utf8(sorted.slice(0, most).map(word => `${word}\n`).join(''))
}

const TEXTS = [
  '',
  'The cat sat. The dog sat; the cat ran!',
  'Zürich, ÉTÉ, été – 雪 雪 2nd 2ND',
  'one_two-three\tfour\nfive  five',
]

export function wordcount(): Expected {
  const stations = new TextDecoder().decode(input('stations.json'))
  return {
    abi: 'bytes',
    calls: [
      ...TEXTS.map(text => bytesCall('count', [utf8(text)], count(text))),
      ...TEXTS.map(text => bytesCall('longest', [utf8(text), utf8('2')], longest(text, 2))),
      bytesCall('longest', [utf8('a bb'), utf8('many')], utf8('')),
    ],
    files: [fileCall('count', 'stations.json', count(stations))],
  }
}
