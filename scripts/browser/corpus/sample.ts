/** The corpus that browsers run through the built page, and the receipts of Node for it. */
import { computing, baseTasks } from '../../engines/corpus.ts'
import type { Corpus, Line } from '../../engines/format.ts'
import { run } from '../../engines/runner.ts'
import { toCorpus, withGasEdges } from '../../engines/tasks.ts'
import { Random } from '../../../test/support/random.ts'

/** The number of calls in a sample, before calls near their gas are added, and its seed. */
const SAMPLE = { count: 300, seed: 15 }

/** Makes the corpus: all of it, or a sample that is the same each time. */
export async function makeCorpus(full: boolean): Promise<Corpus> {
  const all = await baseTasks()
  const random = new Random(SAMPLE.seed)
  const chosen = new Set(full ? all : random.shuffled(all).slice(0, SAMPLE.count))
  // The order stays, since calls of one module follow one another.
  return toCorpus(
    await withGasEdges(
      all.filter(task => chosen.has(task)),
      computing(),
    ),
  )
}

/** Runs a corpus on this Node, on the caller's thread. */
export async function receiptsOfNode(corpus: Corpus): Promise<Line[]> {
  const lines: Line[] = []
  await run(corpus, 0, line => void lines.push(line))
  return lines
}
