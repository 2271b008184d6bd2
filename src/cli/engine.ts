/** The engine of a command: on a thread, which starts while the command line is still being read. */
import type { PreparingEngine } from '../engine/engine.ts'
import { createThreadEngine } from '../engine/threads.ts'
import { cacheFolder } from './cache.ts'
import { switchesFor } from './switches.ts'

/** The commands that run guests. */
const RUNNING: readonly string[] = ['run', 'verify']

let begun: PreparingEngine | undefined

/** Starts the thread if the words look as if it will be needed. One that is not keeps nothing waiting. */
export function beginEngine(words: readonly string[]): void {
  if (words.some(word => RUNNING.includes(word)) && !words.includes('--help')) begun = create()
}

/** The engine; whoever asks for it closes it. */
export function takeEngine(): PreparingEngine {
  const engine = begun ?? create()
  begun = undefined
  return engine
}

function create(): PreparingEngine {
  const index = cacheFolder('prepared')
  return createThreadEngine({ eager: true, loadUnder: switchesFor(), ...(index !== undefined && { index }) })
}
