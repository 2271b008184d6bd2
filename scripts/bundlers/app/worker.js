// A worker of the app, which verifies on its own thread.
import { createInlineEngine } from 'ipvm-wasm'
import { verdictOf } from './verdict.js'

addEventListener('message', async ({ data: car }) => postMessage(await verdictOf(car, createInlineEngine())))
