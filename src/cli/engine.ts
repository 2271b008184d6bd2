/** The engine of a command: on a process of its own, which starts while the command line is still being read. */
import type { ChildProcess } from 'node:child_process'
import type { PreparingEngine } from '../engine/engine.ts'
import { startProcess } from '../engine/process-seat.ts'
import { processEngine, processSetup } from '../engine/processes.ts'
import { cacheFolder } from './cache.ts'
import { switchesFor } from './switches.ts'

/** The commands that run guests. */
const RUNNING: readonly string[] = ['run', 'verify']

let begun: ChildProcess | undefined

/** Starts the process if the words look as if it will be needed. One that is not keeps nothing waiting, and ends with us. */
export function beginEngine(words: readonly string[]): void {
  if (words.some(word => RUNNING.includes(word)) && !words.includes('--help')) begun = start()
}

/** The engine, with so much memory beside the pages of a task; whoever asks for it closes it. */
export function takeEngine(memoryMb: number): PreparingEngine {
  const engine = processEngine({ memoryMb }, begun ?? start())
  begun = undefined
  return engine
}

function start(): ChildProcess {
  const index = cacheFolder('prepared')
  return startProcess(processSetup({ ...(index !== undefined && { index }) }, switchesFor()))
}
