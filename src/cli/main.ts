#!/usr/bin/env node
/** The command `ipvm-wasm`. It starts the engine's process first, and then loads the rest of the code. */
import { keepCompiledCode } from './cache.ts'

/** The commands that run guests. */
const RUNNING: readonly string[] = ['run', 'verify']

const words = process.argv.slice(2)
keepCompiledCode()
if (words.some(word => RUNNING.includes(word)) && !words.includes('--help')) (await import('./engine.ts')).beginEngine()
const { main } = await import('./command.ts')
process.exitCode = await main(words)
