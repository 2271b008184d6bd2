/** An entry beside that of the page: it runs the corpus on an engine like that of the page (examples/verify-page/src/engine.ts). */
import { createWorkerEngine } from '../../../src/index.ts'
import type { Corpus } from '../../engines/format.ts'
import { run } from '../../engines/runner.ts'
import type { CorpusRun } from './run.ts'

const state: CorpusRun = { lines: [], done: false, problem: null }
Object.assign(globalThis, { corpusRun: state })
try {
  const corpus = (await (await fetch('./corpus.json')).json()) as Corpus
  const engine = createWorkerEngine()
  await run(corpus, 0, line => void state.lines.push(line), engine)
  await engine.close()
} catch (error) {
  state.problem = String(error)
}
state.done = true
