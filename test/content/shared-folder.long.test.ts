/** Processes that use the folder of a store at the same time. They run what is built. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { CID } from 'multiformats/cid'
import { parse } from 'multiformats/link'
import { describe, expect, it, onTestFinished } from 'vitest'
import { getBlock } from '../../src/content/block.ts'
import { createFsStore } from '../../src/content/fs-store.ts'
import { noise, putRaw, temporaryFolder } from './support.ts'

const NODE = fileURLToPath(new URL('../../dist/node.js', import.meta.url))
const INDEX = fileURLToPath(new URL('../../dist/index.js', import.meta.url))

/** A process that uses the same folder. `body` is a program with `folder`, `createFsStore`, `parseCid` and `load`. */
function processWith(folder: string, body: string): ChildProcess {
  const code = `const { createFsStore } = await import(${JSON.stringify(NODE)})
    const { parseCid, addFile, load } = await import(${JSON.stringify(INDEX)})
    const folder = ${JSON.stringify(folder)}
    ${body}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

describe('processes that share a folder', () => {
  it('see what the other has put as soon as it is answered', async () => {
    const folder = await temporaryFolder()
    const store = createFsStore(folder)
    const child = processWith(
      folder,
      `const store = createFsStore(folder)
      const { createInterface } = await import('node:readline')
      for await (const line of createInterface({ input: process.stdin })) {
        const bytes = await load(store, parseCid(line))
        console.log(String(await addFile(store, new Uint8Array([...bytes, 1]))))
      }`,
    )
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
    for (let i = 0; i < 50; i++) {
      const cid = await putRaw(store, noise(50, i))
      child.stdin!.write(`${cid}\n`)
      const answer = parse((await lines.next()).value as string) as unknown as CID
      expect(await store.has(answer)).toBe(true)
      expect((await getBlock(store, answer)).length).toBe(51)
    }
    child.stdin!.end()
  })

  it('lose nothing while they open and close stores, and put journals together', async () => {
    const folder = await temporaryFolder()
    const store = createFsStore(folder)
    const answered: CID[] = []
    const children = [1, 2, 3].map(async seed => {
      const child = processWith(
        folder,
        `for (let round = 0; round < 15; round++) {
          const store = createFsStore(folder)
          await Promise.all(Array.from({ length: 4 }, async (_, i) => {
            const bytes = new TextEncoder().encode([${seed}, round, i].join())
            console.log(String(await addFile(store, bytes)))
          }))
          await store.close()
        }`,
      )
      for await (const line of createInterface({ input: child.stdout! })) {
        const cid = parse(line) as unknown as CID
        answered.push(cid)
        expect((await getBlock(store, cid)).length).toBeGreaterThan(4)
      }
    })
    await Promise.all(children)
    expect(answered.length).toBe(180)
    for (const found of [store, createFsStore(folder)])
      for (const cid of answered) expect((await getBlock(found, cid)).length).toBeGreaterThan(4)
  }, 120_000)
})
