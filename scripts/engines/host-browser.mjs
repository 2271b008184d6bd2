// Runs a corpus in a browser, on a page or in a worker. It fetches the corpus from the server of this file, and posts
// lines to it.
import { run } from './runner.mjs'

const BATCH = 50
let lines = []

async function flush() {
  const body = lines.join('')
  lines = []
  await fetch('/lines', { method: 'POST', body })
}

try {
  const corpus = await (await fetch('/corpus.json')).json()
  const { from } = await (await fetch('/start', { method: 'POST', body: navigator.userAgent })).json()
  await run(corpus, from, async line => {
    lines.push(`${JSON.stringify(line)}\n`)
    if (lines.length >= BATCH) await flush()
  })
  await flush()
  await fetch('/done', { method: 'POST', body: '' })
} catch (error) {
  await fetch('/done', { method: 'POST', body: String(error?.stack ?? error) })
}
