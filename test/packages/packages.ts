/**
 * npm packages with a WebAssembly module, and a job for each, which the package's own JavaScript does. They are
 * installed when the script runs, and are not copied. Their modules are made by clang, wasi-sdk, Emscripten, rustc with
 * and without wasm-bindgen, and AssemblyScript.
 *
 * Loaded packages have the type `any`, since they and their types are not installed when this file is checked.
 */
import { createHash } from 'node:crypto'

/** Imports a module of an installed package, and reads a file of one. */
export interface Installed {
  load(specifier: string): Promise<any>
  read(path: string): Uint8Array
}

export interface PackageJob {
  /** The packages to install, with exact versions. The first one is the package of the job. */
  readonly packages: Readonly<Record<string, string>>
  readonly job: string
  /** Does the job with the package's JavaScript, and returns the result. Only one of its instances is called. */
  session(installed: Installed): Promise<unknown>
  /** The result, if it is known from another source. */
  readonly answer?: unknown
}

const TEXT = Buffer.from('To be, or not to be: that is the question. '.repeat(300))
const SCRIPT = 'import a, { b } from "c"; export const d = import("e"); export * from "f"; export { b as g }'

/** The size of the compressed text. `same` is true if decompressing it gives the text again. */
function packed(small: Uint8Array, again: Uint8Array): { readonly bytes: number; readonly same: boolean } {
  return { bytes: small.length, same: Buffer.from(again).equals(TEXT) }
}

export const PACKAGES: readonly PackageJob[] = [
  {
    packages: { 'xxhash-wasm': '1.1.0' },
    job: 'XXH64 of a text',
    session: async ({ load }) => String((await (await load('xxhash-wasm')).default()).h64Raw(TEXT)),
  },
  {
    packages: { 'hash-wasm': '4.13.0' },
    job: 'SHA3-256 of a text',
    session: async ({ load }) => (await load('hash-wasm')).sha3(TEXT, 256),
    answer: createHash('sha3-256').update(TEXT).digest('hex'),
  },
  {
    packages: { '@chainsafe/as-sha256': '1.2.5' },
    job: 'SHA-256 of a text',
    session: async ({ load }) => Buffer.from((await load('@chainsafe/as-sha256')).digest(TEXT)).toString('hex'),
    answer: createHash('sha256').update(TEXT).digest('hex'),
  },
  {
    packages: { 'tiny-secp256k1': '2.2.4' },
    job: 'a signature, and its verification',
    session: async ({ load }) => {
      const { pointFromScalar, sign, verify } = await load('tiny-secp256k1')
      const [hash, key] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(1)]
      const signature = sign(hash, key)
      return [
        verify(hash, pointFromScalar(key), signature),
        verify(new Uint8Array(32), pointFromScalar(key), signature),
      ]
    },
    answer: [true, false],
  },
  {
    packages: { 'es-module-lexer': '3.0.5' },
    job: 'imports and exports of a script',
    session: async ({ load }) => {
      const { init, parse } = await load('es-module-lexer')
      await init
      const [imports, exports] = parse(SCRIPT)
      return { imports: imports.map(({ specifier }: any) => specifier), exports: exports.map(({ name }: any) => name) }
    },
    answer: { imports: ['c', 'e', 'f'], exports: ['d', undefined, 'g'] },
  },
  {
    packages: { 'source-map': '0.8.0' },
    job: 'the mappings of a source map',
    session: async ({ load }) => {
      const map = { version: 3, sources: ['a.js', 'b.js'], names: ['x'], mappings: 'AAAA;AACAA,IAAI,CCAC;AACA' }
      return (await load('source-map')).SourceMapConsumer.with(map, null, (consumer: any) => {
        const found: unknown[] = []
        consumer.eachMapping(({ generatedLine, generatedColumn, source, originalLine }: any) =>
          found.push([generatedLine, generatedColumn, source, originalLine]),
        )
        return found
      })
    },
    answer: [
      [1, 0, 'a.js', 1],
      [2, 0, 'a.js', 2],
      [2, 4, 'a.js', 2],
      [2, 5, 'b.js', 2],
      [3, 0, 'b.js', 3],
    ],
  },
  {
    packages: { '@cwasm/lodepng': '0.1.9' },
    job: 'a picture to PNG and back',
    session: async ({ load }) => {
      const { decode, encode } = await load('@cwasm/lodepng')
      const data = new Uint8ClampedArray(64 * 64 * 4).map((_, i) => (i * i) >> 4)
      return Buffer.from(decode(encode({ data, width: 64, height: 64 })).data).equals(Buffer.from(data))
    },
    answer: true,
  },
  {
    packages: { '@bokuweb/zstd-wasm': '0.0.27' },
    job: 'a text to Zstandard and back',
    session: async ({ load }) => {
      const { compress, decompress, init } = await load('@bokuweb/zstd-wasm')
      await init()
      const small = compress(TEXT, 10)
      return packed(small, decompress(small))
    },
    answer: { bytes: 61, same: true },
  },
  {
    packages: { 'lz4-wasm-nodejs': '0.9.2' },
    job: 'a text to LZ4 and back',
    session: async ({ load }) => {
      const { compress, decompress } = await load('lz4-wasm-nodejs')
      const small = compress(TEXT)
      return packed(small, decompress(small))
    },
  },
  {
    packages: { hysnappy: '1.1.1' },
    job: 'a text out of Snappy',
    session: async ({ load }) => {
      const literal = Uint8Array.of(...varint(TEXT.length), 0xf0, 42, ...TEXT.subarray(0, 43))
      // Each copies the 43 bytes before it.
      const copies = Array.from({ length: 299 }, () => [(42 << 2) | 2, 43, 0]).flat()
      return Buffer.from(
        (await load('hysnappy')).snappyUncompress(Uint8Array.of(...literal, ...copies), TEXT.length),
      ).equals(TEXT)
    },
    answer: true,
  },
  {
    packages: { meshoptimizer: '1.3.0' },
    job: 'vertices of a mesh, packed',
    session: async ({ load }) => {
      const { MeshoptEncoder } = await load('meshoptimizer/encoder')
      await MeshoptEncoder.ready
      const vertices = new Uint8Array(
        Float32Array.from({ length: 300 }, (_, i) => Math.round(100 * Math.sin(i)) / 100).buffer,
      )
      return Buffer.from(MeshoptEncoder.encodeVertexBuffer(vertices, 100, 12)).toString('hex')
    },
  },
  {
    packages: { harfbuzzjs: '1.6.4', 'dejavu-fonts-ttf': '2.37.3' },
    job: 'Latin, with a ligature, and Arabic text, shaped',
    session: async ({ load, read }) => {
      const { Blob, Buffer: Shaped, Face, Font, shape } = await load('harfbuzzjs')
      const font = new Font(new Face(new Blob(read('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'))))
      return ['fine AVATAR', 'سلام'].map(text => {
        const buffer = new Shaped()
        buffer.addText(text)
        buffer.guessSegmentProperties()
        shape(font, buffer)
        const positions = buffer.getGlyphPositions()
        return buffer.getGlyphInfos().map(({ codepoint }: any, i: number) => [codepoint, positions[i].xAdvance])
      })
    },
  },
  {
    packages: { '@dimforge/rapier2d-deterministic-compat': '0.20.0' },
    job: 'a ball that falls onto the ground, a second of it',
    session: async ({ load }) => {
      const { init, World, ColliderDesc, RigidBodyDesc } = await load('@dimforge/rapier2d-deterministic-compat')
      await init()
      const world = new World({ x: 0, y: -9.81 })
      world.createCollider(ColliderDesc.cuboid(10, 0.1))
      const ball = world.createRigidBody(RigidBodyDesc.dynamic().setTranslation(0, 3))
      world.createCollider(ColliderDesc.ball(0.5), ball)
      for (let i = 0; i < 60; i++) world.step()
      return ball.translation()
    },
  },
  {
    packages: { 'sql.js': '1.16.0' },
    job: 'SQL: a table, and a window function over it',
    session: async ({ load }) => {
      const { Database } = await (await load('sql.js/dist/sql-wasm-debug.js')).default()
      const database = new Database()
      database.run("create table t (a integer, b text); insert into t values (1, 'x'), (2, 'y'), (3, 'z')")
      return database.exec('select b, sum(a) over (order by a) from t order by a desc')[0].values
    },
    answer: [
      ['z', 6],
      ['y', 3],
      ['x', 1],
    ],
  },
]

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}
