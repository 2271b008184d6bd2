/** Writes the name of the built code into `dist` (`src/engine/built.ts`). It runs after the compiler. */
import { readFileSync, writeFileSync } from 'node:fs'
import { makerName, MAKES_RECEIPTS } from '../dist/engine/maker.js'

const file = new URL('../dist/engine/built.js', import.meta.url)
const maker = makerName([...MAKES_RECEIPTS, './answerer'])
const text = readFileSync(file, 'utf8')
const named = text.replace('MAKER = undefined', `MAKER = ${JSON.stringify(maker)}`)
if (maker === undefined || named === text) throw new Error('the built code could not be named')
writeFileSync(file, named)
