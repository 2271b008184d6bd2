/** Receipts made by the code of the built page must be those of Node. */
import { setTimeout as sleep } from 'node:timers/promises'
import { figuresOf } from '../engines/compare.ts'
import type { Corpus, Line } from '../engines/format.ts'
import { expect } from './checks.ts'
import type { Context } from './context.ts'
import type { CorpusRun } from './corpus/run.ts'
import { makeCorpus, receiptsOfNode } from './corpus/sample.ts'
import type { Tab } from './driven.ts'
import type { BrowserName } from './launch.ts'
import { buildCorpusPage, type CorpusPage } from './page-build.ts'
import { serveSite } from './site.ts'

/** In Chromium, the stack of a worker is too small for the heaviest frames of the corpus: these tasks are faults there. */
const MOST_FAULTS: Readonly<Record<BrowserName, number>> = { chromium: 12, firefox: 0 }
const TIMEOUT_MS = { sample: 180_000, full: 1_500_000 } as const

interface Prepared {
  readonly corpus: Corpus
  readonly expected: readonly Line[]
  readonly page: CorpusPage
}

let prepared: Promise<Prepared> | undefined

/** Made once for all browsers. */
function prepare({ cache, full }: Context): Promise<Prepared> {
  prepared ??= (async () => {
    const page = await buildCorpusPage(cache)
    const corpus = await makeCorpus(full)
    return { page, corpus, expected: await receiptsOfNode(corpus) }
  })()
  return prepared
}

/** Runs the corpus in a browser. */
export async function checkCorpus(context: Context, name: BrowserName): Promise<void> {
  const timeoutMs = TIMEOUT_MS[context.full ? 'full' : 'sample']
  const body = async (): Promise<string> => {
    const { corpus, expected, page } = await prepare(context)
    const began = performance.now()
    const lines = await linesOf(context, page, corpus, timeoutMs)
    const names = corpus.tasks.map(({ name }) => name)
    const ran = { version: '', lines, seconds: (performance.now() - began) / 1000 }
    const { receipts, tasks, mismatches, faults, problems } = figuresOf(ran, {
      expected,
      names,
      mayFault: MOST_FAULTS[name] > 0,
    })
    const found = `${receipts} receipts of ${tasks}, ${mismatches} other CIDs, ${faults} faults`
    expect(problems.length === 0, `${found}: ${problems.join('; ')}`)
    const other = lines.filter(([, cid, fault]) => cid === null && fault !== 'host-stack')
    expect(other.length === 0, `${found}: ${JSON.stringify(other[0])}`)
    expect(faults <= MOST_FAULTS[name], `${found}, and no more than ${MOST_FAULTS[name]} are allowed`)
    return found
  }
  await context.checks.run(`receipts, ${name}: those of Node, by the worker of the built page`, body, {
    timeoutMs: timeoutMs * 2,
  })
}

async function linesOf(context: Context, page: CorpusPage, corpus: Corpus, timeoutMs: number): Promise<Line[]> {
  const html = `<!doctype html><meta charset="utf-8"><script type="module" src="./${page.script}"></script>`
  const site = await serveSite({
    folder: page.folder,
    files: { '/corpus.html': html, '/corpus.json': JSON.stringify(corpus) },
  })
  const browser = await context.launch()
  try {
    const tab = await browser.open()
    await tab.goto(`${site.url}corpus.html`)
    return await whenDone(tab, timeoutMs)
  } finally {
    await browser.close()
    await site.close()
  }
}

async function whenDone(tab: Tab, timeoutMs: number): Promise<Line[]> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const state = await tab.evaluate(() => {
      const run = (globalThis as unknown as { corpusRun?: CorpusRun }).corpusRun
      return run === undefined ? null : { lines: run.lines.length, done: run.done, problem: run.problem }
    })
    if (state !== null && state.problem !== null) throw new Error(`the page ends with ${state.problem}`)
    if (state?.done === true) break
    if (performance.now() > end) throw new Error(`${state?.lines ?? 0} tasks after ${timeoutMs / 1000} s`)
    await sleep(500)
  }
  return JSON.parse(
    await tab.evaluate(() => JSON.stringify((globalThis as unknown as { corpusRun: CorpusRun }).corpusRun.lines)),
  ) as Line[]
}
