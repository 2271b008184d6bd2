#!/usr/bin/env node
/** The command `ipvm-wasm`. It starts the engine's process first, and then loads the rest of the code. */
import { keepCompiledCode } from './cache.ts'
import { beginEngine } from './engine.ts'

const words = process.argv.slice(2)
keepCompiledCode()
beginEngine(words)
const { main } = await import('./command.ts')
process.exitCode = await main(words)
