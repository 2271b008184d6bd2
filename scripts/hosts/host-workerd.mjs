// Probes workerd, which answers each request with the results as JSON.
import * as library from 'ipvm-wasm'
import { probe } from './probe.mjs'

export default {
  async fetch() {
    const engines = {
      inline: () => library.createInlineEngine(),
      worker: () => library.createWorkerEngine({ workers: 1 }),
    }
    return new Response(JSON.stringify({ results: await probe(library, engines) }))
  },
}
