/** Writes the larger inputs of the programs. The same on every machine: `npx tsx wasm-fixtures/inputs/make.ts`. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const TOWNS = ['Aarburg', 'Bergün', 'Castasegna', 'Dornach', 'Évolène', 'Flüelen', 'Grüningen', 'Hérémence',
  'Innertkirchen', 'Jaun', 'Küblis', 'Lüen', 'Mörel', 'Nyon', 'Orsières', 'Poschiavo']
const REMARKS = ['', 'sensor cleaned', 'frost on the mast', 'read by hand: "about right"', 'path C:\\field\\log',
  'föhn ☀', 'snow line 1 400 m', 'first line\nsecond line', '雪', 'lost 🎈 balloon']

/** A linear congruential generator modulo 2³²; answers with integers from 0 to `below` - 1. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 4294967296) * below)
  }
}

/** Readings of invented weather stations: nested, indented, with escapes and characters of all lengths. */
export function stations(): string {
  const random = generator(20240229)
  const reading = (hour: number): object => ({
    hour,
    celsius: (random(450) - 150) / 10,
    hectopascal: 940 + random(900) / 10,
    wind: { degrees: random(360), knots: random(40), gusting: random(4) === 0 },
    remark: REMARKS[random(REMARKS.length * 3)] ?? null,
  })
  const station = (index: number): object => ({
    id: `st-${String(index).padStart(3, '0')}`,
    town: TOWNS[index % TOWNS.length],
    position: [45.8 + random(20000) / 10000, 6 + random(40000) / 10000, 200 + random(2600)],
    heated: index % 3 === 0,
    readings: Array.from({ length: 8 }, (_, i) => reading(3 * i)),
    tags: [],
    notes: {},
  })
  const all = Array.from({ length: 40 }, (_, i) => station(i))
  return `${JSON.stringify({ network: 'invented', version: 3, stations: all }, null, 2)}\n`
}

interface Peak {
  readonly x: number
  readonly y: number
  readonly high: number
  readonly wide: number
}

/** A grey picture of overlapping hills with some noise, as binary PGM. */
export function hills(width: number, height: number): Uint8Array {
  const random = generator(7)
  const peak = (): Peak => ({ x: random(width), y: random(height), high: 40 + random(80), wide: 10 + random(40) })
  const peaks = Array.from({ length: 12 }, peak)
  const header = Buffer.from(`P5\n${width} ${height}\n255\n`)
  const pixels = Buffer.alloc(width * height)
  for (let at = 0; at < pixels.length; at++) {
    const [x, y] = [at % width, Math.floor(at / width)]
    let level = 20 + random(12)
    for (const { x: top, y: row, high, wide } of peaks) {
      const distance = Math.abs(x - top) + Math.abs(y - row)
      level += Math.max(0, Math.floor(high * (1 - distance / (4 * wide))))
    }
    pixels[at] = Math.min(255, level)
  }
  return Buffer.concat([header, pixels])
}

/** Writes all inputs into this folder. */
export function main(): void {
  writeFileSync(new URL('stations.json', import.meta.url), stations())
  writeFileSync(new URL('hills.pgm', import.meta.url), hills(240, 180))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
