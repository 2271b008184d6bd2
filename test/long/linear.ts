/**
 * How the time for a hostile module grows with its size: `npx tsx test/long/linear.ts`. Fails if one that is twice as large
 * takes more than three times as long, where it takes long enough to tell.
 */
import { HOSTILE } from '../wasm/hostile.ts'
import { RULES } from '../wasm/bytes.ts'
import { validate } from '../../src/wasm/validate.ts'

/** Below these milliseconds a ratio says nothing. */
const NOISE = 30
const ROUNDS = 5
/** A machine that does something else, too, may be wrong so many times in a row. */
const ATTEMPTS = 4

/** The least times of both, taken in turns: what else the machine does only adds. */
function milliseconds(...modules: Uint8Array[]): number[] {
  const least = modules.map(() => Infinity)
  for (let round = 0; round < ROUNDS; round++) {
    modules.forEach((bytes, i) => {
      const start = performance.now()
      validate(bytes, RULES)
      least[i] = Math.min(least[i]!, performance.now() - start)
    })
  }
  return least
}

let failed = 0
for (const { title, size, make } of HOSTILE) {
  const [half, whole] = [make(Math.floor(size / 2)), make(size)]
  let [before, after] = milliseconds(half, whole) as [number, number]
  const wrong = (): boolean => after > NOISE && after > 3 * before && whole.length < 2.5 * half.length
  for (let again = 1; again < ATTEMPTS && wrong(); again++)
    [before, after] = milliseconds(half, whole) as [number, number]
  const ratio = after / before
  if (wrong()) failed++
  const rate = (after * 1e6) / whole.length
  const figures = `${after.toFixed(1).padStart(8)} ms ${ratio.toFixed(1).padStart(6)}x ${rate.toFixed(0).padStart(8)} ns/byte`
  console.log(`${figures}  ${size} ${title}${wrong() ? '  <- not linear' : ''}`)
}
process.exitCode = failed === 0 ? 0 : 1
