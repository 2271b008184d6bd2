/**
 * The switches of V8 under which a command loads binaryen, which it does once, for one module, with nothing else at work.
 *
 * - All of binaryen's JavaScript is in one function, which holds 14 MB of text: it would be read twice, first to find its
 *   end and then to compile it. Without laziness it is read once.
 * - A tenth of binaryen's functions is ever called, and only these need be validated.
 * - For a single module it does not pay to optimise binaryen's functions: the machine code is there when the work is done,
 *   and until then its compilation takes the processor from the work. The budget, in bytes of code that run, is what
 *   binaryen's functions are made with; those of guests are made when it is the usual one again. It is raised where the
 *   usual one is known to be low, which is in V8 11; a later one has a budget of 13 million, which is almost as good.
 */
import type { Switches } from '../engine/switches.ts'

export function switchesFor(v8 = process.versions.v8): Switches {
  const low = v8.startsWith('11.')
  return {
    during: ['--no-lazy', '--wasm-lazy-validation', ...(low ? ['--wasm-tiering-budget=100000000'] : [])],
    afterwards: ['--lazy', '--no-wasm-lazy-validation', ...(low ? ['--wasm-tiering-budget=1800000'] : [])],
  }
}
