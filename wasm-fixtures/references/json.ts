/** From the host's JSON.parse; the places of errors were counted by hand. */
import type { Expected } from '../expected.ts'
import { bytesCall, fileCall, input, utf8 } from './common.ts'

const VALID = [
  ' {"b" : [1, 2.50, -0, 1e+9 , {}], "a":\t"x \\" y", "ü": null}\r\n',
  '[[[[]],[true,false , null]],"\\ud83c\\udf88 🎈 雪 ]}"]',
  '0',
  '"\\u0000\\/ { spaces   stay }"',
  `${'['.repeat(1024)}7${']'.repeat(1024)}`,
]

const INVALID: readonly [string, string][] = [
  ['', 'error at 0: expected a value'],
  ['[1,]', 'error at 3: expected a value'],
  ['{"a" 1}', 'error at 5: expected a colon'],
  ['{a:1}', 'error at 1: expected a key'],
  ['[01]', 'error at 2: expected a comma or ]'],
  ['{"a":1 "b"}', 'error at 7: expected a comma or }'],
  ['1.', 'error at 2: expected a digit'],
  ['"a', 'error at 2: unfinished string'],
  ['"\\x"', 'error at 2: bad escape'],
  ['"\n"', 'error at 1: control character in string'],
  ['nul', 'error at 3: expected a value'],
  ['1 2', 'error at 2: expected the end'],
  ['['.repeat(1025), 'error at 1024: too deep'],
]

const BAD_UTF8: readonly [number[], string][] = [
  [[0x22, 0xc0, 0x80, 0x22], 'error at 1: bad UTF-8'],
  [[0x22, 0xed, 0xa0, 0x80, 0x22], 'error at 1: bad UTF-8'],
  [[0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], 'error at 1: bad UTF-8'],
  [[0x22, 0xe2, 0x98], 'error at 1: bad UTF-8'],
]

/** Strings stay as they are, white space outside of them goes. */
function minify(text: string): Uint8Array {
  JSON.parse(text)
  return utf8(text.replace(/("(?:[^"\\]|\\.)*")|\s+/gs, '$1'))
}

function census(text: string): Uint8Array {
  const counts = { objects: 0, arrays: 0, keys: 0, strings: 0, numbers: 0, literals: 0, depth: 0 }
  const visit = (value: unknown, depth: number): void => {
    counts.depth = Math.max(counts.depth, depth)
    if (typeof value === 'string') counts.strings++
    else if (typeof value === 'number') counts.numbers++
    else if (typeof value !== 'object' || value === null) counts.literals++
    else {
      if (Array.isArray(value)) counts.arrays++
      else counts.objects++
      if (!Array.isArray(value)) counts.keys += Object.keys(value).length
      counts.depth = Math.max(counts.depth, depth + 1)
      for (const item of Object.values(value)) visit(item, depth + 1)
    }
  }
  visit(JSON.parse(text), 0)
  return utf8(JSON.stringify(counts))
}

export function json(): Expected {
  const stations = new TextDecoder().decode(input('stations.json'))
  return {
    abi: 'bytes',
    calls: [
      ...VALID.map(text => bytesCall('minify', [utf8(text)], minify(text))),
      ...VALID.map(text => bytesCall('census', [utf8(text)], census(text))),
      ...INVALID.map(([text, answer]) => bytesCall('minify', [utf8(text)], utf8(answer))),
      ...BAD_UTF8.map(([bytes, answer]) => bytesCall('census', [Uint8Array.from(bytes)], utf8(answer))),
    ],
    files: [
      fileCall('minify', 'stations.json', minify(stations)),
      fileCall('census', 'stations.json', census(stations)),
    ],
  }
}
