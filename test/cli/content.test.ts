import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from '@ipld/dag-json'
import { CID } from 'multiformats/cid'
import { describe, expect, onTestFinished, test } from 'vitest'
import { encodeStrict, linkOf } from '../../src/base/dag-cbor.ts'
import { addTree } from '../../src/content/add-tree.ts'
import { getBlock, putBlock } from '../../src/content/block.ts'
import { exportCar } from '../../src/content/car.ts'
import { parseCid } from '../../src/content/cids.ts'
import { dagBlocks } from '../../src/content/dag.ts'
import { createFsStore } from '../../src/content/fs-store.ts'
import { createMemoryStore, type MemoryStore } from '../../src/content/memory-store.ts'
import { addFile, load } from '../../src/content/unixfs.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { createTask, decodeTask, encodeTask } from '../../src/task/task.ts'
import { readerOf } from '../support/streamed.ts'
import { bytesOf, folder, ipvm, ipvmJson, program, STATIONS } from './support.ts'

const MANIFEST = JSON.parse(readFileSync(new URL('../../wasm-fixtures/manifest.json', import.meta.url), 'utf8')) as {
  name: string
  cid: string
}[]
const JSON_CID = MANIFEST.find(({ name }) => name === 'json')!.cid
const ABSENT = 'bafkreidziarjr3uh2owfcc2uqgtxm6gxqesy6fl6xyu72cmnc3d3xra3gq'

describe('add and get', () => {
  test('the last line is the CID, in the settings of published modules', async () => {
    const cwd = folder({ 'large.bin': new Uint8Array(600_000) })
    const { code, stdout, stderr } = await ipvm(['add', program('json'), 'large.bin'], { cwd })
    expect(code).toBe(0)
    const [small, large, ...rest] = stdout.trimEnd().split('\n')
    expect([small, rest]).toEqual([JSON_CID, []])
    expect(parseCid(large!).code).toBe(0x70)
    expect(stderr).toContain('large.bin: 600_000 bytes')
    expect((await ipvm(['get', large!, '-o', 'copy.bin'], { cwd })).code).toBe(0)
    expect(bytesOf(join(cwd, 'copy.bin'))).toEqual(new Uint8Array(600_000))
  })

  test('--json', async () => {
    const cwd = folder({ a: 'one', b: 'three' })
    const added = await ipvmJson<{ cid: CID }>(['add', 'a', 'b'], { cwd })
    const { cid } = added.json
    expect(added.json).toEqual({
      added: [
        { file: 'a', cid: expect.any(CID), size: 3 },
        { file: 'b', cid, size: 5 },
      ],
      cid,
    })
    expect((await ipvmJson(['get', cid.toString()], { cwd })).json).toEqual({
      cid,
      size: 5,
      content: new TextEncoder().encode('three'),
    })
    expect((await ipvmJson(['get', cid.toString(), '-o', 'c'], { cwd })).json).toEqual({ cid, size: 5, file: 'c' })
  })

  test('standard input, a CIDv0 and ipfs://', async () => {
    const cwd = folder()
    const cid = (await ipvm(['add', '-'], { cwd, input: 'hello' })).stdout.trim()
    expect((await ipvm(['get', `ipfs://${cid}`], { cwd })).stdout).toBe('hello')
    const large = (await ipvm(['add', '-'], { cwd, input: new Uint8Array(300_000) })).stdout.trim()
    const old = CID.createV0(CID.parse(large).multihash as Parameters<typeof CID.createV0>[0]).toString()
    expect(old).toMatch(/^Qm/)
    expect((await ipvm(['get', old], { cwd })).stdout).toHaveLength(300_000)
  })

  test('nothing is added if one of the files cannot be read', async () => {
    const cwd = folder({ a: 'one' })
    const { code, stdout, stderr } = await ipvm(['add', 'a', 'nothere'], { cwd })
    expect([code, stdout, existsSync(join(cwd, '.ipvm-wasm'))]).toEqual([64, '', false])
    expect(stderr).toBe('error: cannot read nothere: there is no such file\n')
    expect((await ipvm(['add', '.'], { cwd })).stderr).toBe('error: cannot read .: it is a folder: name a file\n')
  })

  test('a missing block is a fault with advice', async () => {
    const cwd = folder()
    const { code, json, stderr } = await ipvmJson(['get', ABSENT], { cwd })
    expect(code).toBe(2)
    expect(json).toMatchObject({ fault: { code: 'block-missing', whose: 'network' } })
    expect(stderr).toContain('ipvm-wasm add FILE')
    expect((await ipvm(['get', 'nonsense'], { cwd })).code).toBe(64)
  })

  test('a file that cannot be written is a fault', async () => {
    const cwd = folder({ a: 'one' })
    const cid = (await ipvm(['add', 'a'], { cwd })).stdout.trim()
    const { code, json } = await ipvmJson(['get', cid, '-o', 'no/such/folder'], { cwd })
    expect(code).toBe(2)
    expect(json).toMatchObject({ fault: { code: 'store-failed', whose: 'runner' } })
  })
})

describe('show', () => {
  test('a profile, and a block that is not a document', async () => {
    const cwd = folder()
    const ran = await ipvmJson<{ meta: { profile: CID } }>(['run', program('fibonacci'), 'nosuch'], { cwd })
    const profile = ran.json.meta.profile.toString()
    expect((await ipvmJson(['show', profile], { cwd })).json).toMatchObject({
      id: 'ipvm-wasm/1-draft',
      denied: 'reject',
    })
    const text = await ipvm(['show', profile], { cwd })
    expect(text.stdout).toContain(`profile ${profile}\n  id: "ipvm-wasm/1-draft"\n`)
    // What only looks like one is named for what is wrong with it.
    const block = encodeStrict({ ...PROFILE_1, limits: { ...PROFILE_1.limits, types: -1 } })
    const store = createFsStore(`${cwd}/.ipvm-wasm`)
    await putBlock(store, { cid: linkOf(block), bytes: block })
    expect(await ipvmJson(['show', linkOf(block).toString()], { cwd })).toMatchObject({
      code: 2,
      json: { fault: { code: 'bad-profile', message: expect.stringContaining('limits.types') as string } },
    })
    const raw = await ipvm(['add', STATIONS], { cwd })
    const shown = await ipvm(['show', raw.stdout.trim()], { cwd })
    expect(shown.code).toBe(2)
    expect(shown.stderr).toContain(`type ipvm-wasm get ${raw.stdout.trim()}`)
  })
})

describe('a gateway', () => {
  type Mode = 'car' | 'raw' | 'corrupt' | 'partial'

  /** A trustless gateway over a store; `asked` is what was asked for. */
  async function gateway(store: MemoryStore, mode: Mode): Promise<{ url: string; asked: string[] }> {
    const asked: string[] = []
    const answer: RequestListener = async (request, response) => {
      const { pathname, searchParams } = new URL(request.url!, 'http://localhost')
      const cid = CID.parse(pathname.split('/').at(-1)!)
      const format = searchParams.get('format')
      asked.push(`${format} ${cid}`)
      try {
        if (format === 'car' && mode === 'raw') return response.writeHead(406).end()
        const bytes =
          format === 'raw'
            ? await getBlock(store, cid)
            : await exportCar(store, [cid], { ...(mode === 'partial' && { follow: false }) })
        response.end(mode === 'corrupt' ? bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte)) : bytes)
      } catch {
        response.writeHead(404).end()
      }
    }
    const server = createServer(answer).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
  }

  async function published(): Promise<{ store: MemoryStore; module: string; input: string }> {
    const store = createMemoryStore()
    const module = await addFile(store, bytesOf(program('json')))
    const input = await addFile(store, new TextEncoder().encode(JSON.stringify('x'.repeat(600_000))))
    return { store, module: module.toString(), input: input.toString() }
  }

  test.each(['car', 'raw'] as const)('by %s: module and input are fetched, and kept', async mode => {
    const { store, module, input } = await published()
    const { url, asked } = await gateway(store, mode)
    const cwd = folder()
    const words = ['run', module, 'census', input]
    const { code, stdout } = await ipvm([...words, '--gateway', url], { cwd })
    expect(code).toBe(0)
    expect(stdout).toContain('"strings":1')
    expect(asked).toContain(`car ${input}`)
    expect(asked.filter(line => line.startsWith('raw')).length > 2).toBe(mode === 'raw')
    expect((await ipvm(words, { cwd })).code).toBe(0)
  })

  test.each([
    ['corrupt', 'hash-mismatch'],
    ['partial', 'block-missing'],
  ] as const)('a %s answer: %s, and nothing is stored', async (mode, code) => {
    const { store, input } = await published()
    const { url } = await gateway(store, mode)
    const cwd = folder()
    const ended = await ipvmJson(['get', input, '--gateway', url], { cwd })
    expect(ended.code).toBe(2)
    expect(ended.json).toMatchObject({ fault: { code, whose: 'network' } })
    expect(existsSync(join(cwd, '.ipvm-wasm'))).toBe(false)
  })

  test('a receipt is verified through it', async () => {
    const cwd = folder()
    const ran = await ipvmJson<{ receipt: CID }>(['run', program('fibonacci'), 'pair', '5', '--out', 'receipt.car'], {
      cwd,
    })
    const store = createMemoryStore()
    const { importCar } = await import('../../src/content/car.ts')
    await importCar(store, bytesOf(join(cwd, 'receipt.car')))
    const { url } = await gateway(store, 'raw')
    const elsewhere = folder()
    const { code, json } = await ipvmJson(['verify', ran.json.receipt.toString(), '--gateway', url], { cwd: elsewhere })
    expect([code, json]).toEqual([0, { verdict: 'reproduced', mismatches: [], claimed: { ok: [5, 8] } }])
    expect(existsSync(join(elsewhere, '.ipvm-wasm'))).toBe(false)
  })

  test('of the files of a program it gives what the program reads, and all of it for --out (WASI-27)', async () => {
    const store = createMemoryStore()
    const [read, unread] = [new Uint8Array(300_000).fill(1), new Uint8Array(300_000).fill(2)]
    const tree = await addTree(store, {
      kind: 'directory',
      entries: [['a', { kind: 'file', bytes: read }], ['b', { kind: 'file', bytes: unread }]], // prettier-ignore
    })
    const { url, asked } = await gateway(store, 'raw')
    const cwd = folder()
    writeFileSync(join(cwd, 'reader.wasm'), await readerOf({ path: 'in/a', offset: 299_999 }))
    const words = ['run', 'reader.wasm', '--dir', `${tree}:/in`]
    expect((await ipvmJson([...words], { cwd })).json).toMatchObject({ fault: { code: 'block-missing' } })
    const { code, json } = await ipvmJson<{ receipt: CID }>([...words, '--gateway', url], { cwd })
    const blocks = async (bytes: Uint8Array): Promise<CID[]> => {
      const cids: CID[] = []
      for await (const { cid } of dagBlocks(store, await addFile(store, bytes))) cids.push(cid)
      return cids
    }
    expect(code).toBe(0)
    const [root, first, last] = await blocks(read)
    const here = createFsStore(join(cwd, '.ipvm-wasm'))
    const stored = async (cids: readonly CID[]): Promise<boolean[]> => Promise.all(cids.map(cid => here.has(cid)))
    expect(await stored([tree, root!, last!, first!, ...(await blocks(unread))])).toEqual([true, true, true, false, false, false, false]) // prettier-ignore
    expect(new Set(asked)).toEqual(new Set([tree, root!, last!].map(cid => `raw ${cid}`)))
    // What was stored is enough to verify it here, and the CAR is enough elsewhere.
    expect((await ipvm(['verify', String(json.receipt)], { cwd })).code).toBe(0)
    const away = ['--out', 'r.car', '--gateway', url]
    expect((await ipvm([...words, ...away], { cwd })).code).toBe(0)
    const elsewhere = folder()
    expect((await ipvm(['import', join(cwd, 'r.car')], { cwd: elsewhere })).code).toBe(0)
    expect((await ipvm(['verify', String(json.receipt)], { cwd: elsewhere })).code).toBe(0)
    const other = createFsStore(join(elsewhere, '.ipvm-wasm'))
    expect(await load(other, (await blocks(unread))[0]!)).toEqual(unread)
  })

  test('it has what links within parameters name: of a call, of a document and of a workflow (WASI-27)', async () => {
    const store = createMemoryStore()
    const text = new Uint8Array(300_000).fill(65)
    const tree = await addTree(store, {
      kind: 'directory',
      entries: [['deep', { kind: 'directory', entries: [['a', { kind: 'file', bytes: text }]] }]],
    })
    const reader = await readerOf({ path: 'in/deep/a', offset: 299_999 })
    const mod = await addFile(store, reader)
    const stdin = await addFile(store, text)
    const params = [{ args: ['program'], files: { in: tree }, stdin }]
    const task = createTask({ mod, fun: '_start', abi: 'wasi', params })
    await store.put(encodeTask(task).cid, encodeTask(task).bytes)
    const { url } = await gateway(store, 'raw')
    const dagJson = (value: unknown): string => new TextDecoder().decode(encode(value))
    const run = { cmd: '/wasm/run', args: { ...task.args, params }, nonce: new Uint8Array() }
    const workflow = folder({ 'w.json': dagJson({ tasks: { read: { run } } }) })
    const taskCid = encodeTask(task).cid.toString()
    const ways: Record<string, string[]> = {
      params: ['run', mod.toString(), '--abi', 'wasi', '--params', dagJson(params)],
      words: ['run', mod.toString(), '--dir', `${tree}:/in`, '--stdin', stdin.toString()],
      path: ['run', mod.toString(), '--dir', `${tree}/deep:/in/deep`, '--stdin', stdin.toString()],
      document: ['run', '--task', taskCid],
      workflow: ['workflow', join(workflow, 'w.json')],
    }
    for (const [way, words] of Object.entries(ways)) {
      const cwd = folder()
      const { code, json } = await ipvmJson<{ receipt?: CID; tasks?: { read: { receipt: CID } } }>(
        [...words, '--no-memo', '--gateway', url],
        { cwd },
      )
      expect([way, code]).toEqual([way, 0])
      const receipt = (json.receipt ?? json.tasks!.read.receipt).toString()
      // What was stored is enough to verify the receipt without the gateway.
      expect([way, (await ipvm(['verify', receipt], { cwd })).code]).toEqual([way, 0])
    }
  })

  test('verify reads from it what links within parameters name, also if an archive leaves it out', async () => {
    const store = createMemoryStore()
    const tree = await addTree(store, {
      kind: 'directory',
      entries: [['a', { kind: 'file', bytes: new Uint8Array(300_000).fill(1) }]],
    })
    const { url } = await gateway(store, 'raw')
    const cwd = folder()
    writeFileSync(join(cwd, 'reader.wasm'), await readerOf({ path: 'in/a', offset: 299_999 }))
    const words = ['run', 'reader.wasm', '--dir', `${tree}:/in`, '--gateway', url]
    const { json } = await ipvmJson<{ receipt: CID; task: CID; meta: { profile: CID } }>(words, { cwd })
    const { receipt, task, meta } = json
    const here = createFsStore(join(cwd, '.ipvm-wasm'))
    const { args } = decodeTask(await getBlock(here, task))
    // Receipt, task, profile and module, without the files.
    const cids = [receipt, task, meta.profile, args.mod]
    writeFileSync(join(cwd, 'bare.car'), await exportCar(here, [receipt], { cids }))
    const elsewhere = { cwd: folder() }
    const bare = join(cwd, 'bare.car')
    expect((await ipvmJson(['verify', bare], elsewhere)).json).toMatchObject({ fault: { code: 'block-missing' } })
    expect((await ipvm(['verify', bare, '--gateway', url], elsewhere)).code).toBe(0)
    expect((await ipvm(['verify', bare, bare, '--gateway', url], elsewhere)).code).toBe(0)
    for (const cid of cids) await store.put(cid, await getBlock(here, cid))
    await here.close()
    expect((await ipvm(['verify', receipt.toString(), '--gateway', url], elsewhere)).code).toBe(0)
  })

  test('an unreachable gateway, and an invalid address', async () => {
    const cwd = folder()
    expect((await ipvmJson(['get', ABSENT, '--gateway', 'http://127.0.0.1:1'], { cwd })).json).toMatchObject({
      fault: { code: 'gateway-failed', whose: 'network' },
    })
    expect((await ipvmJson(['get', ABSENT, '--gateway', 'nonsense'], { cwd })).json).toMatchObject({
      fault: { code: 'bad-usage' },
    })
  })
})
