/**
 * A thread that is killed or runs out of memory during a task: this is a fault, the store is intact, and the next task
 * runs.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { getBlock } from '../../src/content/block.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import { WORKER } from '../support/jobs.ts'
import { Bench, WATS } from '../support/tasks.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-worker-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The real worker, except that the first thread does `instead` when it gets a job. */
function once(name: string, instead: string): URL {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(
    file,
    `
    import { existsSync, writeFileSync } from 'node:fs'
    import { parentPort } from 'node:worker_threads'
    const met = ${JSON.stringify(`${file}.met`)}
    if (existsSync(met)) await import(${JSON.stringify(WORKER.href)})
    else {
      writeFileSync(met, '')
      parentPort.on('message', () => { ${instead} })
    }`,
  )
  return pathToFileURL(file)
}

const FILL = 'const all = []; for (;;) all.push(Array.from({ length: 10_000 }, (_, i) => ({ i })))'

describe('a thread that', () => {
  test.each([
    ['exits', 'exit', 'process.exit(1)', 'engine-failed'],
    ['throws', 'throw', 'throw new Error("no")', 'engine-failed'],
    [
      'has an error event for lack of memory',
      'told',
      'throw Object.assign(new Error("heap"), { code: "ERR_WORKER_OUT_OF_MEMORY" })',
      'host-memory',
    ],
  ])('%s under a task', async (_, name, instead, code) => {
    const engine = createThreadEngine({ workerUrl: once(name, instead) })
    const bench = new Bench(engine)
    const task = await bench.task(WATS.add, { params: [40n, 2n] })
    const before = bench.store.size
    expect(await bench.execute(task).catch((reason: unknown) => reason)).toMatchObject({
      name: 'Fault',
      code,
      whose: 'runner',
    })
    expect(bench.store.size).toBe(before)
    const { cid } = await bench.execute(task)
    expect(cid).toEqual((await new Bench(createInlineEngine()).run(WATS.add, { params: [40n, 2n] })).cid)
    for await (const block of bench.store.getAll()) await getBlock(bench.store, block.cid)
    await engine.close()
  })

  test('really fills its heap', async () => {
    const engine = new URL('../../dist/engine/threads.js', import.meta.url).href
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        '--max-old-space-size=64',
        '--input-type=module',
        '-e',
        `
      import { createThreadEngine } from ${JSON.stringify(engine)}
      import { PROFILE_1 as profile } from ${JSON.stringify(new URL('../../dist/profile/v1.js', import.meta.url).href)}
      const engine = createThreadEngine({ workerUrl: new URL(${JSON.stringify(once('fill', FILL).href)}) })
      const module = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0])
      const job = { key: 'k', module, profile, fun: 'f', abi: 'core', args: [], limits: { gas: 1n, pages: 1 } }
      console.log(await engine.compute(job).catch(fault => fault.code))
      console.log((await engine.compute(job)).out.error.code)
      await engine.close()`,
      ],
      { timeout: 60_000 },
    )
    expect(stdout).toBe('host-memory\nno-such-function\n')
  })
})
