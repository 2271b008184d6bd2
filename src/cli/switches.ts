/**
 * The switches of V8 under which a command loads binaryen. A command uses binaryen once, for one module.
 *
 * - All JavaScript of binaryen is in one function with 14 MB of text. V8 would parse it twice: first to find its end, and then to
 *   compile it. Without lazy parsing it is parsed once.
 * - Only a tenth of binaryen's WebAssembly functions is ever called. With lazy validation only these are validated.
 * - Optimising binaryen's functions does not pay for a single module: the machine code is ready when the work is done, and
 *   compiling it takes time from the work. So the budget after which V8 optimises a function is raised. Guests get the usual
 *   budget, because the switch is reset before they are compiled. The switch is used with V8 11 alone; later versions have a
 *   budget of 13 million, which is almost as good.
 */
import type { Switches } from '../engine/switches.ts'

export function switchesFor(v8 = process.versions.v8): Switches {
  const low = v8.startsWith('11.')
  return {
    during: ['--no-lazy', '--wasm-lazy-validation', ...(low ? ['--wasm-tiering-budget=100000000'] : [])],
    afterwards: ['--lazy', '--no-wasm-lazy-validation', ...(low ? ['--wasm-tiering-budget=1800000'] : [])],
  }
}
