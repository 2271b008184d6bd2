/**
 * How the time for a hostile module grows with its size: `npx tsx test/long/linear.ts`. Fails if one that is twice as large
 * takes more than three times as long, where it takes long enough to tell.
 */
import { HOSTILE } from '../wasm/hostile.ts'
import { RULES } from '../wasm/bytes.ts'
import { validate } from '../../src/wasm/validate.ts'

/** Below these milliseconds a ratio says nothing. */
const NOISE = 20

/** The least of several times: what others do on the machine only adds. */
function milliseconds(bytes: Uint8Array): number {
  const times = Array.from({ length: 3 }, () => {
    const start = performance.now()
    validate(bytes, RULES)
    return performance.now() - start
  })
  return Math.min(...times)
}

let failed = 0
for (const { title, size, make } of HOSTILE) {
  const [half, whole] = [make(Math.floor(size / 2)), make(size)]
  const [before, after] = [milliseconds(half), milliseconds(whole)]
  const ratio = after / before
  const wrong = after > NOISE && ratio > 3 && whole.length < 2.5 * half.length
  if (wrong) failed++
  const rate = (after * 1e6) / whole.length
  const figures = `${after.toFixed(1).padStart(8)} ms ${ratio.toFixed(1).padStart(6)}x ${rate.toFixed(0).padStart(8)} ns/byte`
  console.log(`${figures}  ${size} ${title}${wrong ? '  <- not linear' : ''}`)
}
process.exitCode = failed === 0 ? 0 : 1
