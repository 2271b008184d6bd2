#!/usr/bin/env node
/** The command `ipvm-wasm`. It starts the engine's process first, and then loads the rest of the code. */
import { keepCompiledCode } from './cache.ts'

/** The commands that run guests, and the options with which they run none. */
const RUNNING: readonly string[] = ['run', 'verify', 'workflow', 'submit', 'worker']
const IDLE: readonly string[] = ['--help', '--plan']

const words = process.argv.slice(2)
keepCompiledCode()
const runsGuests = words.some(word => RUNNING.includes(word)) && !words.some(word => IDLE.includes(word))
if (runsGuests) (await import('./engine.ts')).beginEngine()
const { main } = await import('./command.ts')
process.exitCode = await main(words)
