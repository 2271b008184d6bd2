/** The engine of a command. Its process is started while the command line is still being parsed. */
import type { ChildProcess } from 'node:child_process'
import type { PreparingEngine } from '../engine/engine.ts'
import { startProcess } from '../engine/process-seat.ts'
import { processEngine, processSetup, type ProcessOptions } from '../engine/processes.ts'
import { cacheFolder } from './cache.ts'
import { switchesFor } from './switches.ts'

/** The commands that run guests. */
const RUNNING: readonly string[] = ['run', 'verify', 'workflow']

let begun: ChildProcess | undefined

/** Starts the process if the words name a command that runs guests. If it is not needed, it ends with this process. */
export function beginEngine(words: readonly string[]): void {
  const isIdle = words.includes('--help') || words.includes('--plan')
  if (words.some(word => RUNNING.includes(word)) && !isIdle) begun = start()
}

/** Makes the engine. `memoryMb` bounds the memory of each process besides the pages of a task. The caller must close it. */
export function takeEngine(memoryMb: number, processes = 1): PreparingEngine {
  const engine = processEngine({ ...optionsOf(), memoryMb, processes }, begun ?? start())
  begun = undefined
  return engine
}

function start(): ChildProcess {
  return startProcess(processSetup(optionsOf(), switchesFor()))
}

/** The index of prepared modules, if there is one. */
function optionsOf(): ProcessOptions {
  const index = cacheFolder('prepared')
  return index === undefined ? {} : { index }
}
