/** Foreign text reaches the terminal in every command and in every kind of error. It must not control the terminal. */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { encodeStrict, linkOf } from '../../src/base/dag-cbor.ts'
import { exportCar } from '../../src/content/car.ts'
import { rawCid } from '../../src/content/cids.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { encodeProfile } from '../../src/profile/document.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { encodeTask, createTask } from '../../src/task/task.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { folder, ipvm, NUMBERS, program, type Ended } from './support.ts'

/** Colour, title, screen, direction, hidden characters, and a line that looks like a verdict. */
const HOSTILE = '\u001b[35mPWNED\u001b]0;t\u0007\u009b2J\u202e\u200b\ufeff\u2028\r\nReproduced: it is true'
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const ABSENT = 'bafkreidziarjr3uh2owfcc2uqgtxm6gxqesy6fl6xyu72cmnc3d3xra3gq'

/** A text as a string in the WebAssembly text format. */
const wat = (text: string): string => [...utf8(text)].map(byte => `\\${byte.toString(16).padStart(2, '0')}`).join('')

/** The output without our own styles and the progress line. */
function bare(text: string, terminal: boolean): string {
  return terminal ? text.replaceAll(/\u001b\[(?:1|2|22|31|32|33|39)m|\r\u001b\[K/g, '') : text
}

function expectHarmless({ stdout, stderr }: Ended, terminal: boolean): void {
  for (const said of [stdout, stderr]) {
    const text = bare(said, terminal)
    expect(text).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
    expect(text).not.toMatch(/^Reproduced: it is true/m)
  }
}

interface Case {
  readonly words: readonly string[]
  readonly code: number
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** True if the text is not shown at all. */
  readonly silent?: boolean
}

/** A CAR with one block of dag-cbor. */
async function carOf(value: unknown): Promise<Uint8Array> {
  const store = createMemoryStore()
  const bytes = encodeStrict(value)
  const cid = linkOf(bytes)
  await store.put(cid, bytes)
  return exportCar(store, [cid], { cids: [cid] })
}

const car: Record<string, Uint8Array> = {}
let names: Uint8Array
let logging: Uint8Array
beforeAll(async () => {
  names = await assemble(`(module (func (export "${wat(HOSTILE)}")) (func (export "ok") (param i32)))`)
  logging = await assemble(`(module (import "ipvm" "log" (func $log (param i32 i32))) (memory (export "memory") 1)
    (data (i32.const 0) "${wat(`${'log '.repeat(20)}${HOSTILE}`)}")
    (func (export "say") (call $log (i32.const 0) (i32.const ${80 + utf8(HOSTILE).length}))))`)
  const profile = encodeProfile(PROFILE_1)
  const task = createTask({ mod: CID.parse(ABSENT), fun: HOSTILE, params: [HOSTILE, utf8(HOSTILE)], abi: 'core' })
  const meta = {
    profile: profile.cid,
    limits: { gas: 10n ** 12n, pages: 1 },
    gasUsed: 0n,
    peakPages: 0,
    growRefused: false,
  }
  const store = createMemoryStore()
  const keep = async ({ cid, bytes }: { cid: CID; bytes: Uint8Array }): Promise<CID> => {
    await store.put(cid, bytes)
    return cid
  }
  await keep(profile)
  const wanted = encodeTask(
    createTask({
      mod: await keep({ cid: await rawCid(NUMBERS), bytes: NUMBERS }),
      fun: 'add',
      params: [1, 2],
      abi: 'core',
    }),
  )
  const ran = await keep(wanted)
  const error = { kind: 'rejection', code: 'import', subject: HOSTILE, offset: 1 } as const
  car['rejection'] = await exportCar(store, [await keep(encodeReceipt({ ran, out: { error }, meta }))])
  car['text'] = await exportCar(store, [
    await keep(encodeReceipt({ ran, out: { ok: HOSTILE }, meta: { ...meta, logs: utf8(HOSTILE) } })),
  ])
  car['document'] = await carOf({ [HOSTILE]: [HOSTILE, { [HOSTILE]: utf8(HOSTILE) }] })
  car['receipt'] = await carOf({ ran, out: { error }, meta: { ...meta, limits: { gas: 1n, pages: 1 } }, [HOSTILE]: 3 })
  await keep(encodeTask(task))
  car['task'] = await exportCar(store, [encodeTask(task).cid], { cids: [encodeTask(task).cid] })
})

/** The CID that `import` prints. */
const rootOf = async (cwd: string): Promise<string> => (await ipvm(['import', 'x.car'], { cwd })).stdout.trim()

const work = (fields: object): string => JSON.stringify({ type: 'ipvm/task', version: '0.1.0', ...fields })

const CASES: Readonly<Record<string, (cwd: string) => Case | Promise<Case>>> = {
  'add, a file of such a name': () => ({ words: ['add', HOSTILE], code: 0, files: { [HOSTILE]: 'x' } }),
  'add, a file that is missing': () => ({ words: ['add', HOSTILE], code: 64 }),
  'get, a CID': () => ({ words: ['get', HOSTILE], code: 64 }),
  'get, a folder that is missing': async cwd => {
    writeFileSync(join(cwd, 'f'), 'x')
    return { words: ['get', (await ipvm(['add', 'f'], { cwd })).stdout.trim(), '-o', `${HOSTILE}/f`], code: 2 }
  },
  'show, a document': async cwd => {
    writeFileSync(join(cwd, 'x.car'), car['document']!)
    return { words: ['show', await rootOf(cwd)], code: 0 }
  },
  'show, a task': async cwd => {
    writeFileSync(join(cwd, 'x.car'), car['task']!)
    return { words: ['show', await rootOf(cwd)], code: 0 }
  },
  'show, a receipt': async cwd => {
    writeFileSync(join(cwd, 'x.car'), car['text']!)
    return { words: ['show', await rootOf(cwd)], code: 0 }
  },
  'show, what is no receipt': async cwd => {
    writeFileSync(join(cwd, 'x.car'), car['receipt']!)
    return { words: ['show', await rootOf(cwd)], code: 2 }
  },
  'export, a folder that is missing': async cwd => {
    writeFileSync(join(cwd, 'x.car'), car['document']!)
    return { words: ['export', await rootOf(cwd), '-o', `${HOSTILE}/f`], code: 2 }
  },
  'import, a file of such a name': () => ({
    words: ['import', HOSTILE],
    code: 0,
    files: { [HOSTILE]: car['document']! },
  }),
  'import, what is no CAR': () => ({
    words: ['import', HOSTILE],
    code: 2,
    files: { [HOSTILE]: HOSTILE },
    silent: true,
  }),
  'inspect, exports': () => ({ words: ['inspect', 'm'], code: 0, files: { m: names } }),
  'inspect, imports': async () => ({
    words: ['inspect', 'm'],
    code: 1,
    files: { m: await assemble(`(module (import "${wat(HOSTILE)}" "${wat(HOSTILE)}" (func)))`) },
  }),
  'inspect, a profile': () => ({ words: ['inspect', 'm', '--profile', HOSTILE], code: 64, files: { m: names } }),
  'instrument, what is rejected': async () => ({
    words: ['instrument', 'm', '-o', 'n'],
    code: 1,
    files: { m: await assemble(`(module (import "e" "${wat(HOSTILE)}" (func)))`) },
  }),
  'instrument, a file of such a name': () => ({
    words: ['instrument', 'm', '-o', HOSTILE],
    code: 0,
    files: { m: names },
  }),
  'classify, what is no JSON': () => ({ words: ['classify', '-'], code: 64, input: `${HOSTILE}{` }),
  'classify, an ability': () => ({
    words: ['classify', '-'],
    code: 0,
    input: JSON.stringify({ do: HOSTILE.trim(), with: HOSTILE }),
  }),
  'classify, a declaration': () => ({
    words: ['classify', '-'],
    code: 2,
    input: JSON.stringify({ do: `x/${HOSTILE}`, with: 'x:y', safety: 'deterministic' }),
  }),
  'classify, a call': () => ({
    words: ['classify', '-'],
    code: 0,
    input: work({ on: 'ipvm/wasm', using: ABSENT, run: { args: [HOSTILE], fun: HOSTILE } }),
  }),
  'workflow, what is no JSON': () => ({ words: ['workflow', HOSTILE], code: 64, files: { [HOSTILE]: '{' } }),
  'workflow, a label': () => ({
    words: ['workflow', '-'],
    code: 2,
    input: JSON.stringify({ tasks: { [HOSTILE]: 1 } }),
  }),
  'workflow, a module': () => ({
    words: ['workflow', '-'],
    code: 64,
    input: JSON.stringify({ tasks: { a: { run: { cmd: '/wasm/run', args: { mod: `${HOSTILE}/../../x` } } } } }),
  }),
  'workflow, a function that is not there, and a plan': () => ({
    words: ['workflow', 'w.json', '--plan'],
    code: 0,
    files: { m: NUMBERS, 'w.json': JSON.stringify({ tasks: { a: { run: { cmd: `x/${HOSTILE}`, args: {} } } } }) },
  }),
  'workflow, an error': () => ({
    words: ['workflow', 'w.json'],
    code: 1,
    files: {
      m: NUMBERS,
      'w.json': JSON.stringify({
        tasks: { a: { run: { cmd: '/wasm/run', args: { mod: 'm', fun: HOSTILE, params: [], abi: 'core' } } } },
      }),
    },
  }),
  'run, a function': () => ({ words: ['run', 'm', HOSTILE], code: 1, files: { m: NUMBERS } }),
  'run, functions to choose from': () => ({ words: ['run', 'm', 'none'], code: 1, files: { m: names } }),
  'run, a module of such a name': () => ({ words: ['run', HOSTILE, 'f'], code: 1, files: { [HOSTILE]: HOSTILE } }),
  'run, an argument': () => ({ words: ['run', 'm', 'ok', HOSTILE], code: 64, files: { m: names } }),
  'run, a file as argument': () => ({ words: ['run', 'm', 'ok', `@${HOSTILE}`], code: 64, files: { m: names } }),
  'run, an ABI': () => ({ words: ['run', 'm', 'ok', '1', '--abi', HOSTILE], code: 64, files: { m: names } }),
  'run, gas': () => ({ words: ['run', 'm', 'ok', '1', '--gas', HOSTILE], code: 64, files: { m: names } }),
  'run, logs': () => ({ words: ['run', 'm', 'say'], code: 0, files: { m: logging } }),
  'run, a result': () => ({
    words: ['run', program('greet'), 'greet', HOSTILE, '--abi', 'assemblyscript(string)->string'],
    code: 0,
  }),
  'run, a result and CAR of such names': () => ({
    words: ['run', 'm', 'add', '1', '2', '-o', HOSTILE, '--out', `${HOSTILE}.car`],
    code: 0,
    files: { m: NUMBERS },
  }),
  'verify, a rejection': () => ({ words: ['verify', 'c'], code: 1, files: { c: car['rejection']! } }),
  'verify, a result and logs': () => ({ words: ['verify', 'c'], code: 1, files: { c: car['text']! } }),
  'verify, what is no receipt': () => ({ words: ['verify', 'c'], code: 2, files: { c: car['receipt']! } }),
  'verify, another CID': () => ({
    words: ['verify', 'c', '--expect-task', HOSTILE],
    code: 64,
    files: { c: car['text']! },
  }),
  'a store of such a name': () => ({ words: ['add', 'f', '--store', `f/${HOSTILE}`], code: 2, files: { f: 'x' } }),
  'a gateway of such a name': () => ({ words: ['get', ABSENT, '--gateway', HOSTILE], code: 2 }),
  'a gateway that answers so': async () => ({ words: ['get', ABSENT, '--gateway', await hostileGateway()], code: 2 }),
  'an unknown command': () => ({ words: [HOSTILE], code: 64 }),
  'an unknown option': () => ({ words: ['add', `--${HOSTILE}`], code: 64 }),
  'an unknown shell': () => ({ words: ['completion', HOSTILE], code: 64 }),
  'a fault with its stack': () => ({
    words: ['add', 'f', '--store', `f/${HOSTILE}`],
    code: 2,
    files: { f: 'x' },
    env: { IPVM_WASM_DEBUG: '1' },
  }),
}

/** A gateway with a reason phrase that is as hostile as HTTP permits. */
async function hostileGateway(): Promise<string> {
  const phrase = HOSTILE.replaceAll(/[\r\n]/g, ' ')
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(`HTTP/1.1 500 ${phrase}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('foreign text is shown escaped', () => {
  test.each(Object.keys(CASES))('%s', async name => {
    const modes = [
      { json: false, terminal: false },
      { json: false, terminal: true },
      { json: true, terminal: true },
    ]
    const shown = await Promise.all(
      modes.map(async ({ json, terminal }) => {
        const cwd = folder()
        const { words, code, files = {}, input, env, silent } = await CASES[name]!(cwd)
        for (const [file, content] of Object.entries(files)) writeFileSync(join(cwd, file), content)
        const all = json ? [...words.slice(0, 1), '--json', ...words.slice(1)] : words
        const ended = await ipvm(all, {
          cwd,
          terminal,
          ...(input !== undefined && { input }),
          ...(env !== undefined && { env }),
        })
        expect(ended).toMatchObject({ code })
        expectHarmless(ended, terminal)
        // There must be exactly one object, even for errors.
        if (json) {
          expect(ended.stdout).toMatch(/^\{.*\}\n$/)
          expect(() => JSON.parse(ended.stdout)).not.toThrow()
        }
        return silent || `${ended.stdout}${ended.stderr}`.includes('PWNED')
      }),
    )
    expect(shown).toContain(true)
  })
})

describe('a terminal', () => {
  const said = async (content: string | Uint8Array, words: readonly string[] = [], options = {}): Promise<Ended> => {
    const cwd = folder({ f: content })
    const cid = (await ipvm(['add', 'f'], { cwd })).stdout.trim()
    return ipvm(['get', cid, ...words], { cwd, terminal: true, ...options })
  }

  test('gets text unchanged, and other bytes only on request', async () => {
    expect((await said('Zoë\n')).stdout).toBe('Zoë\n')
    for (const content of [HOSTILE, Uint8Array.of(0, 0x61), Uint8Array.of(0xff)]) {
      const refused = await said(content)
      expect([refused.code, refused.stdout]).toEqual([64, ''])
      expect(refused.stderr).toContain('name a file for it with -o FILE')
      expect((await said(content, ['-o', '-'])).code).toBe(0)
    }
    expect((await said(HOSTILE, [], { terminal: false })).stdout).toBe(HOSTILE)
    expect((await said(HOSTILE, ['-o', '-'])).stdout).toBe(HOSTILE)
  })

  test.each([
    ['export', ABSENT],
    ['instrument', 'm'],
  ])('%s asks for -o', async (...words) => {
    const { code, stdout, stderr } = await ipvm(words, { cwd: folder({ m: NUMBERS }), terminal: true })
    expect([code, stdout]).toEqual([64, ''])
    expect(stderr).toContain('-o FILE')
  })

  test('has colours, unless they are switched off', async () => {
    const cwd = folder({ m: NUMBERS })
    const colored = (env: Record<string, string>): Promise<Ended> =>
      ipvm(['run', 'm', 'trap'], { cwd, terminal: true, env })
    expect((await colored({ TERM: 'xterm', NO_COLOR: '' })).stdout).toMatch(/^\u001b\[31mTrapped: .*\u001b\[39m\n/)
    expect((await colored({ TERM: 'xterm', NO_COLOR: '1' })).stdout).toMatch(/^Trapped: /)
    expect((await colored({ TERM: 'dumb', NO_COLOR: '' })).stdout).toMatch(/^Trapped: /)
  })

  test('a result of several lines is indented, so that it cannot look like our own output', async () => {
    const { stdout } = await ipvm(
      ['run', program('greet'), 'greet', 'x\nreceipt   bafyfalse', '--abi', 'assemblyscript(string)->string'],
      { cwd: folder() },
    )
    expect(stdout).toMatch(/^result .*\n {2}Hello, x\n {2}receipt {3}bafyfalse!\n/)
    expect(stdout.match(/^receipt /gm)).toHaveLength(1)
  })
})
