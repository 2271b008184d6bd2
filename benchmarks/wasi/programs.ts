/** The programs of wasm-fixtures/wasi with inputs on which they run for a while. The same on every machine. */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Profile } from '../../src/interface-profile.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { PROFILE_1_VIRTUAL } from '../../src/profile/virtual.ts'
import { Random } from '../../test/support/random.ts'

/** Files by name. */
export type Files = { readonly [name: string]: Uint8Array | Files }

export interface WasiProgram {
  readonly name: string
  readonly language: string
  readonly profile: Profile
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly stdin: Uint8Array
  /** What it finds under `/`. */
  readonly files: Files
  /** The directory that is kept. */
  readonly keep: string
}

const ROOT = new URL('../../wasm-fixtures/wasi/', import.meta.url)

/** The module of a program, which is kept plain or compressed. */
export function moduleOf(name: string): Uint8Array {
  const plain = new URL(`${name}/${name}.wasm`, ROOT)
  const packed = new URL(`${name}/${name}.wasm.gz`, ROOT)
  return new Uint8Array(existsSync(plain) ? readFileSync(plain) : gunzipSync(readFileSync(packed)))
}

const fixture = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, ROOT)))
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const NOTHING = new Uint8Array(0)

const SYLLABLES = 'ka lo mi ren tas u bel sho pri dun eg va'.split(' ')

/** So many different words of a few syllables. */
function vocabulary(count: number): string[] {
  const random = new Random(7)
  const words = new Set<string>()
  while (words.size < count)
    words.add(Array.from({ length: 1 + random.below(4) }, () => random.pick(SYLLABLES)).join(''))
  return [...words]
}

/** Text of so many words, some far more frequent than others, so many of them in a line. */
function prose(words: number, seed: number, inLine = 10): string {
  const random = new Random(seed)
  const known = vocabulary(400)
  return Array.from({ length: words }, (_, i) => {
    const word = known[Math.floor(known.length * (random.below(1_000) / 1_000) ** 3)]!
    return word + (i % inLine === inLine - 1 ? '\n' : ' ')
  }).join('')
}

function lines(count: number, line: (random: Random, i: number) => string): string {
  const random = new Random(count)
  return Array.from({ length: count }, (_, i) => `${line(random, i)}\n`).join('')
}

/** So many files, or directories of them. */
function folder(count: number, file: (i: number) => string): Files {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`file-${i}`, bytes(file(i))]))
}

/** All programs, with inputs of full size or a fiftieth of it. */
export function wasiPrograms(quick: boolean): readonly WasiProgram[] {
  const of = (count: number): number => Math.ceil(count / (quick ? 50 : 1))
  const names = vocabulary(60)
  const common = { profile: PROFILE_1_VIRTUAL, args: [], env: {}, stdin: NOTHING, keep: 'out' } as const
  return [
    {
      ...common,
      name: 'words',
      language: 'C',
      profile: PROFILE_1,
      args: ['words', '50'],
      env: { IN: '/texts' },
      files: {
        texts: { north: folder(8, i => prose(of(25_000), i)), south: folder(8, i => prose(of(25_000), 100 + i)) },
      },
    },
    {
      ...common,
      name: 'ledger',
      language: 'C++',
      profile: PROFILE_1,
      args: ['ledger', '/in/bookings.csv'],
      files: {
        in: {
          'bookings.csv': bytes(
            lines(
              of(250_000),
              random => `${random.pick(names)};${random.below(20_000) - 10_000}.${10 + random.below(90)}`,
            ),
          ),
        },
        out: {},
      },
    },
    {
      ...common,
      name: 'survey',
      language: 'Rust, serde_json',
      profile: PROFILE_1,
      args: ['survey'],
      files: {
        data: folder(of(1_500), i => {
          const random = new Random(i + 1)
          const readings = Array.from({ length: 2_500 }, () => (random.below(100_000) - 50_000) / 1_000)
          return JSON.stringify({ name: random.pick(names), labels: { i, tags: [null, 'x'] }, readings })
        }),
        out: {},
      },
    },
    {
      ...common,
      name: 'tally',
      language: 'Rust',
      args: ['tally'],
      files: { in: folder(6, i => prose(of(400_000), 200 + i)) },
    },
    {
      ...common,
      name: 'report',
      language: 'Go',
      args: ['report'],
      stdin: bytes(
        JSON.stringify(
          Array.from({ length: of(20_000) }, (_, i) => ({
            customer: names[(i * 7) % 40],
            item: names[(i * 11) % 60],
            count: 1 + (i % 9),
            price: (i % 400) / 4,
            at: `2024-0${1 + (i % 9)}-1${i % 10}T0${i % 10}:30:00Z`,
          })),
        ),
      ),
      files: { in: { 'report.tmpl': fixture('report/in/report.tmpl') }, out: {} },
    },
    {
      ...common,
      name: 'lines',
      language: 'Zig',
      args: ['lines', 'shopri'],
      files: { in: { 'text.txt': bytes(prose(of(150_000), 5, 2).slice(0, 1_000_000)) }, out: {} },
    },
    {
      ...common,
      name: 'quickjs',
      language: 'C, a script in JavaScript',
      args: ['qjs', '-m', '/in/orders.js', '/in/orders.csv', '/out/sums.json'],
      files: {
        in: {
          'orders.js': fixture('quickjs/in/orders.js'),
          'orders.csv': bytes(
            `customer,count,cents\n${lines(of(16_000), (random, i) => `"${names[i % 50]}, ${i % 40}",${1 + random.below(9)},${random.below(9_999)}`)}`,
          ),
        },
        out: {},
      },
    },
    {
      ...common,
      name: 'sqlite',
      language: 'C, SQL',
      args: ['sql', '/out/cities.db'],
      stdin: bytes(
        `CREATE TABLE city(name TEXT PRIMARY KEY, country TEXT, people INTEGER);\nBEGIN;\n${lines(
          of(30_000),
          (random, i) =>
            `INSERT INTO city VALUES ('${random.pick(names)}-${i}', '${random.pick(names)}', ${random.below(1e6)});`,
        )}COMMIT;\nCREATE INDEX by_country ON city(country, people);\n` +
          'SELECT country, count(*), sum(people), max(name) FROM city GROUP BY country ORDER BY 3 DESC;\n' +
          "UPDATE city SET people = people + 1 WHERE country < 'm';\n" +
          'SELECT count(*), sum(length(name)) FROM city a WHERE people > (SELECT avg(people) FROM city);\n',
      ),
      files: { out: {} },
    },
    {
      ...common,
      name: 'python',
      language: 'Rust, a script in Python',
      args: ['python', '/in/readings.py', '/in/readings.csv', '/out/table.json'],
      files: {
        in: {
          'readings.py': fixture('python/in/readings.py'),
          'readings.csv': bytes(
            `station,celsius\n${lines(of(4_000), random => `"${random.pick(names)}, S",${random.below(400) / 8 - 20}`)}`,
          ),
        },
        out: {},
      },
    },
  ]
}
