// A worker of the app, which verifies on its own thread.
import { createInlineEngine } from 'ipvm-wasm'
import { verdictsOf } from './verdicts.js'

addEventListener('message', async ({ data: base }) => {
  try {
    postMessage(await verdictsOf(createInlineEngine(), base))
  } catch (error) {
    postMessage(`${error.code ?? error.name}: ${error.message}`)
  }
})
