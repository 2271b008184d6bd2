/** What a generated module that calls functions of WASI imports, and what lies in its memory for them. */
import { TABLE } from '../../src/host/wasi/table.ts'
import { typeOf, type FunctionType } from '../../src/wasm/types.ts'
import { WASI_NAMES } from '../oracle/wasi.ts'
import type { DataShape } from './shape.ts'

export const WASI_MODULE = 'wasi_snapshot_preview1'

/** A function that may be imported. */
export interface WasiImport {
  readonly module: string
  readonly name: string
  readonly type: FunctionType
  /** Names of its parameters. */
  readonly params: readonly string[]
}

/** Those that the oracle knows and a profile grants. */
export function wasiImports(kind: 'pure' | 'virtual'): readonly WasiImport[] {
  return TABLE.filter(({ name, pure }) => WASI_NAMES.includes(name) && (pure || kind === 'virtual')).map(
    ({ name, type, params }) => ({ module: WASI_MODULE, name, type: typeOf(type), params }),
  )
}

/** How often each function is called, to the others' once. */
export const OFTEN: Readonly<Record<string, number>> = {
  path_open: 10,
  fd_write: 8,
  fd_read: 6,
  fd_readdir: 2,
  fd_seek: 2,
  fd_close: 2,
  path_create_directory: 2,
}

// ── The memory ──────────────────────────────────────────────────────────────────────────────────────────────────────

// Generated code reads and writes the first kilobyte. Results and bytes that are read go there, so that code meets them.

/** A range of memory, or a list of buffers. */
export type Place = readonly [at: number, length: number]

const LISTS_AT = 1_152
const TEXTS_AT = 2_048
const PAGE = 65_536

/** Lists of buffers: those that fit, that overlap each other, their own list or the result, and that lie outside. */
const LISTS: readonly (readonly Place[])[] = [
  [[16, 8]],
  [[0, 1]],
  [
    [64, 40],
    [128, 3],
  ],
  [
    [32, 32],
    [48, 32],
  ],
  [[0, 1000]],
  [
    [0xffffffff, 0],
    [8, 8],
  ],
  [
    [PAGE - 8, 8],
    [4, 0],
    [1, 7],
  ],
  [[PAGE - 4, 8]],
  [[0xfffffff8, 16]],
  [[LISTS_AT, 64]],
  [[0, PAGE]],
  [
    [8, 8],
    [0, 0xffffffff],
  ],
  [],
]

/** Paths of the surroundings in `test/properties/surroundings.ts`, and new ones. */
const USUAL = 'a b dir c dir/x dir/new new new/d dir/sub/deep dir/none dir/none/e empty ü/ß€😀 data/in'.split(' ')

/** These, others that lead somewhere, and what no path is. */
const PATHS: readonly (string | Uint8Array)[] = [
  ...USUAL,
  '.',
  'dir/..',
  './/dir//../a',
  '..',
  'dir/../..',
  '',
  '/a',
  'a\0',
  'dir/',
  'c/',
  'a/x',
  'none/x',
  'x'.repeat(255),
  'x'.repeat(256),
  Uint8Array.of(0x61, 0xff),
  Uint8Array.of(0xed, 0xa0, 0x80),
  `${'dir/../'.repeat(60)}a`,
  './'.repeat(2_100),
]

interface Laid {
  readonly lists: readonly Place[]
  readonly usual: readonly Place[]
  readonly paths: readonly Place[]
  readonly data: readonly DataShape[]
}

function lay(): Laid {
  const lists = new DataView(new ArrayBuffer(8 * LISTS.flat().length))
  let at = 0
  const listPlaces = LISTS.map((buffers): Place => {
    const place = [LISTS_AT + at, buffers.length] as const
    for (const [pointer, length] of buffers) {
      lists.setUint32(at, pointer, true)
      lists.setUint32(at + 4, length, true)
      at += 8
    }
    return place
  })
  const texts: number[] = []
  const pathPlaces = PATHS.map((path): Place => {
    const bytes = typeof path === 'string' ? new TextEncoder().encode(path) : path
    texts.push(...bytes)
    return [TEXTS_AT + texts.length - bytes.length, bytes.length]
  })
  const segment = (at: number, bytes: readonly number[]): DataShape => ({ mode: 'active', at, bytes, explicit: false })
  return {
    lists: listPlaces,
    usual: pathPlaces.slice(0, USUAL.length),
    paths: pathPlaces,
    data: [segment(LISTS_AT, [...new Uint8Array(lists.buffer)]), segment(TEXTS_AT, texts)],
  }
}

export const LAID: Laid = lay()

/** Numbers that no pointer, length or descriptor should be. */
export const HOSTILE: readonly number[] = [
  0xffffffff, 0x80000000, 0x7fffffff, 0xfffffff8, 65_535, 65_536, 65_532, 65_472, 131_072, 1_025, 8_193, 3,
]
