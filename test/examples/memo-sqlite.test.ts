/** The memo over SQLite in `examples/`. Its database is a package of its own, which need not be installed. */
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { createExecutor } from '../../src/executor/executor.ts'
import type { MemoStore } from '../../src/executor/memo-store.ts'
import { Bench, LIMITS, WATS } from '../support/tasks.ts'

const FOLDER = new URL('../../examples/memo-sqlite/', import.meta.url)

interface Example {
  createSqliteMemo(database: object, options?: { readonly maxEntries?: number }): MemoStore
}

/** The class of databases, if it is installed: `npm install` in the folder of the example. */
function databaseClass(): (new (path: string) => object) | undefined {
  try {
    return createRequire(new URL('sqlite-memo.mjs', FOLDER))('better-sqlite3') as new (path: string) => object
  } catch {
    return undefined
  }
}

const Database = databaseClass()
const skipped = Database === undefined
const example = import(new URL('sqlite-memo.mjs', FOLDER).href) as Promise<Example>

test('the example loads', async () =>
  expect(await example).toMatchObject({ createSqliteMemo: expect.any(Function) as unknown }))

test.skipIf(skipped)(
  'it answers what has run (skipped if better-sqlite3 is not installed in examples/memo-sqlite)',
  async () => {
    const memo = (await example).createSqliteMemo(new Database!(':memory:'))
    const bench = new Bench(createInlineEngine())
    const task = await bench.task(WATS.add, { params: [1n, 2n] })
    const origins: string[] = []
    for (let i = 0; i < 2; i++) {
      const executor = createExecutor({ store: bench.store, engine: bench.engine, memo })
      origins.push((await executor.execute(task, LIMITS)).origin)
    }
    expect(origins).toEqual(['run', 'memo'])
  },
)

test.skipIf(skipped)('it removes the least recently used entries (skipped likewise)', async () => {
  const memo = (await example).createSqliteMemo(new Database!(':memory:'), { maxEntries: 10 })
  for (let i = 0; i < 10; i++) memo.put(`key ${i}`, Uint8Array.of(i))
  expect(memo.get('key 0')).toEqual(Buffer.of(0))
  memo.put('key 10', Uint8Array.of(10))
  expect([0, 1, 2, 10].map(i => memo.get(`key ${i}`) !== undefined)).toEqual([true, false, false, true])
})
