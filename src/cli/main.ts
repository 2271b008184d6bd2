#!/usr/bin/env node
/** The command `ipvm-wasm`. What takes its time beside us is begun first; then the rest is loaded. */
import { keepCompiledCode } from './cache.ts'
import { beginEngine } from './engine.ts'

const words = process.argv.slice(2)
keepCompiledCode()
beginEngine(words)
const { main } = await import('./command.ts')
process.exitCode = await main(words)
