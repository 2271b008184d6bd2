/** A disk that is full, or read-only, or gives out half-way: a typed fault with advice, no half block, and the next write works. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import type * as Files from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { equals } from 'multiformats/bytes'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import { getBlock } from '../../src/content/block.ts'
import { createFsStore } from '../../src/content/fs-store.ts'
import { addFile, load } from '../../src/content/unixfs.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { createExecutor } from '../../src/executor/executor.ts'
import { createTask } from '../../src/task/task.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { noise } from '../content/support.ts'
import { LIMITS, WATS } from '../support/tasks.ts'

/** What the disk refuses, and with which errno; writes until then succeed. */
const disk = vi.hoisted(() => ({ refuses: '', errno: '', after: 0 }))

vi.mock('node:fs/promises', async original => {
  const real = await original<typeof Files>()
  const due = (what: string): boolean => disk.refuses === what && disk.after-- <= 0
  const error = (): Error => Object.assign(new Error(disk.errno), { code: disk.errno })
  return {
    ...real,
    mkdir: async (...args: Parameters<typeof real.mkdir>) => {
      if (due('mkdir')) throw error()
      return real.mkdir(...args)
    },
    rename: async (...args: Parameters<typeof real.rename>) => {
      if (due('rename')) throw error()
      return real.rename(...args)
    },
    open: async (...args: Parameters<typeof real.open>) => {
      const reading = args[1] === 'r' || typeof args[1] === 'number'
      if (!reading && due('open')) throw error()
      const handle = await real.open(...args)
      if (!reading) {
        const { writeFile, sync, datasync } = handle
        handle.writeFile = async bytes => {
          if (!due('write')) return writeFile.call(handle, bytes)
          await handle.write((bytes as Uint8Array).subarray(0, (bytes as Uint8Array).length >> 1))
          throw error()
        }
        handle.sync = async () => {
          if (due('sync')) throw error()
          return sync.call(handle)
        }
        handle.datasync = async () => {
          if (due('sync')) throw error()
          return datasync.call(handle)
        }
      }
      return handle
    },
  }
})

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvm-disk-'))
  disk.refuses = ''
})
afterEach(() => rmSync(folder, { recursive: true }))

const FAILURES = [
  ['is full when a file is written', 'write', 'ENOSPC', /the disk is full: free some space/],
  ['is full when a file is flushed', 'sync', 'ENOSPC', /the disk is full/],
  ['has no quota left', 'write', 'EDQUOT', /quota is used up/],
  ['is full when a folder is made', 'mkdir', 'ENOSPC', /the disk is full/],
  ['is read-only', 'open', 'EROFS', /read-only: choose a store elsewhere/],
  ['is read-only for folders', 'mkdir', 'EROFS', /read-only/],
  ['denies access', 'open', 'EACCES', /access is denied/],
  ['fails to rename', 'rename', 'EIO', /the disk reports an error/],
  ['has an error in the middle', 'write', 'EIO', /the disk reports an error/],
] as const

describe('a disk that', () => {
  test.each(FAILURES)('%s', async (_, refuses, errno, advice) => {
    const store = createFsStore(folder)
    const kept = await addFile(store, noise(600_000, 1))
    const before = files()
    Object.assign(disk, { refuses, errno, after: 1 })
    const fault = await addFile(store, noise(600_000, 2)).catch((reason: unknown) => reason as Fault)
    expect(fault).toBeInstanceOf(Fault)
    expect(fault).toMatchObject({ code: 'store-failed', whose: 'runner', detail: { errno } })
    expect((fault as Fault).message).toMatch(advice)
    // Other blocks of the file may still be on their way.
    await expect.poll(() => files().filter(name => name.endsWith('.tmp'))).toEqual([])
    expect(files()).toEqual(expect.arrayContaining(before))
    expect(equals(await load(store, kept), noise(600_000, 1))).toBe(true)
    disk.refuses = ''
    expect(equals(await load(store, await addFile(store, noise(600_000, 2))), noise(600_000, 2))).toBe(true)
  })

  test.each(FAILURES)(
    '%s while a receipt is kept: no receipt, and the next task has one',
    async (_, refuses, errno) => {
      const store = createFsStore(folder)
      const engine = createInlineEngine()
      const executor = createExecutor({ store, engine })
      const mod = await addFile(store, await assemble(WATS.echo))
      const task = createTask({ mod, fun: 'f', params: [noise(5_000)], abi: 'bytes' })
      for (let after = 0; after < 4; after++) {
        Object.assign(disk, { refuses, errno, after })
        const fault = await executor.execute(task, LIMITS).catch((reason: unknown) => reason)
        // What was kept in an earlier round is not written again.
        if (!(fault instanceof Error)) break
        expect(fault).toMatchObject({ name: 'Fault', code: 'store-failed', detail: { errno } })
        // As above.
        await expect.poll(() => files().filter(name => name.endsWith('.tmp'))).toEqual([])
      }
      disk.refuses = ''
      const { cid, bytes } = await executor.execute(task, LIMITS)
      expect(await getBlock(store, cid)).toEqual(bytes)
    },
  )

  test('fails to flush soon: flush says so once, also for a flush in the background', async () => {
    const store = createFsStore(folder, { durable: 'soon' })
    await addFile(store, noise(1000, 1))
    Object.assign(disk, { refuses: 'sync', errno: 'EIO', after: 0 })
    await expect(store.flush()).rejects.toMatchObject({ code: 'store-failed', detail: { errno: 'EIO' } })
    disk.refuses = ''
    await store.flush()
    const cid = await addFile(store, noise(1000, 1))
    Object.assign(disk, { refuses: 'sync', errno: 'EIO', after: 0 })
    await new Promise(resolve => setTimeout(resolve, 1500))
    disk.refuses = ''
    await expect(addFile(store, noise(1000, 2))).rejects.toMatchObject({
      code: 'store-failed',
      detail: { errno: 'EIO' },
    })
    expect(equals(await load(store, await addFile(store, noise(1000, 2))), noise(1000, 2))).toBe(true)
    await store.close()
    expect(equals(await load(createFsStore(folder), cid), noise(1000, 1))).toBe(true)
  })
})

function files(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
}
