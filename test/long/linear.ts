/**
 * Measures how the time for a hostile module grows with its size: `npx tsx test/long/linear.ts`. Fails if a module of
 * twice the size takes more than three times as long. Times that are too short to measure do not count.
 */
import { HOSTILE } from '../wasm/hostile.ts'
import { RULES } from '../wasm/bytes.ts'
import { validate } from '../../src/wasm/validate.ts'

/** Times below this many milliseconds are noise, so their ratio is not checked. */
const NOISE = 30
const ROUNDS = 5
/** The number of attempts, since other work of the machine may disturb a measurement. */
const ATTEMPTS = 4

/** Returns the least time of each module, measured in turns. The least one is best, since other work only adds time. */
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
