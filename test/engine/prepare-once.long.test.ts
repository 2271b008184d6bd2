/** The threads, processes or workers of an engine instrument a module only once, even if several need it at the same time. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Fault } from '../../src/base/fault.ts'
import type { PreparingEngine } from '../../src/engine/engine.ts'
import type { Stage } from '../../src/engine/preparer.ts'
import { createProcessEngine } from '../../src/engine/processes.ts'
import { createFsIndex } from '../../src/engine/fs-index.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import { createWorkerEngine } from '../../src/engine/web-workers.ts'
import { CHILD, jobOf, WORKER, type PlainJob } from '../support/jobs.ts'
import { program } from '../support/tasks.ts'
import { webWorker } from '../support/web-workers.ts'

const THREADS = 3

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'ipvm-once-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return join(made, 'index')
}

const ENGINES: [string, () => PreparingEngine][] = [
  ['threads', () => createThreadEngine({ threads: THREADS, workerUrl: WORKER })],
  ['threads with an index', () => createThreadEngine({ threads: THREADS, workerUrl: WORKER, index: folder() })],
  ['processes', () => createProcessEngine({ processes: THREADS, workerUrl: WORKER, childUrl: CHILD })],
  ['workers', () => createWorkerEngine({ workers: THREADS, worker: () => webWorker() })],
  [
    'workers with an index',
    () => createWorkerEngine({ workers: THREADS, worker: () => webWorker(), index: createFsIndex(folder()) }),
  ],
]

const json = (): PlainJob => jobOf(program('json'), { fun: 'minify', abi: 'bytes', args: ['[1, 2]'] })
const OUT = { ok: new TextEncoder().encode('[1,2]') }

test.each(ENGINES)('%s', async (_, make) => {
  const engine = make()
  onTestFinished(() => engine.close())
  const job = json()
  const stages: Stage[] = []
  const onStage = (stage: Stage): unknown => stages.push(stage)
  const runs = Array.from({ length: 2 * THREADS }, () => engine.compute(job, { onStage }))
  expect((await Promise.all(runs)).map(({ out }) => out)).toEqual(runs.map(() => OUT))
  expect(stages).toEqual(['admit', 'instrument', 'compile', 'run'])
})

test.each(ENGINES)('%s: if the one that prepares is given up, another one takes over', async (_, make) => {
  const engine = make()
  onTestFinished(() => engine.close())
  const job = json()
  const stages: Stage[] = []
  let givenUp = false
  const runs = Array.from({ length: THREADS }, () => {
    const controller = new AbortController()
    const heard: Stage[] = []
    const onStage = (stage: Stage): void => {
      heard.push(stage)
      if (stage !== 'instrument' || givenUp) return
      givenUp = true
      controller.abort()
    }
    return engine.compute(job, { signal: controller.signal, onStage }).then(
      ({ out }) => (stages.push(...heard), out),
      ({ code }: Fault) => code,
    )
  })
  const ends = await Promise.all(runs)
  expect(ends.filter(end => end === 'aborted')).toHaveLength(1)
  expect(ends.filter(end => end !== 'aborted')).toEqual(Array.from({ length: THREADS - 1 }, () => OUT))
  expect(stages).toEqual(['admit', 'instrument', 'compile', 'run'])
})
