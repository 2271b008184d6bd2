/**
 * Finds the functions that may be active when a host function ends the run: those that can reach, by calls, an import with
 * the ability `end-run`.
 *
 * When a host function ends the run, the counter of gas must be exact. In the fast modes it may lag while a function waits for
 * a callee. Also, such a function never comes to its end, where it would check whether it has met a NaN (`nan/passes/watch.ts`).
 * So these functions settle their charges before calls that can reach such an import, and make their NaNs canonical at once.
 * All other functions keep the same code. For example:
 *
 *     $main calls $work and $quit, $quit calls the import     →     $main settles before it calls $quit, but not before $work
 */
import type { AdmittedModule } from '../../admission/admit.ts'
import type { Module } from '../../wasm/module.ts'

export class Endings {
  /** By function index: 1 if the function can reach such an import. Undefined if the module has none. */
  readonly #reaching: Uint8Array | undefined
  /** True if an indirect call can reach such an import. Any function whose reference the module makes may be in a table. */
  readonly throughTables: boolean

  constructor({ module, imports }: Pick<AdmittedModule, 'module' | 'imports'>) {
    const may = imports.filter(({ import: entry }) => entry.kind === 'function').map(({ grant }) => grant?.may ?? [])
    const ends = may.map(abilities => abilities.includes('end-run'))
    if (!ends.includes(true)) {
      this.throughTables = false
      return
    }
    // A host function that calls the guest may call any exported function, which may in turn reach such an import.
    const roots = may.flatMap((abilities, index) => (ends[index] || abilities.includes('call-guest') ? [index] : []))
    const reaching = new Uint8Array(module.functions.length)
    const callers = callersOf(module)
    const markCallers = (open: number[]): void => {
      for (let index = open.pop(); index !== undefined; index = open.pop()) {
        if (reaching[index] === 1) continue
        reaching[index] = 1
        for (const caller of callers.get(index) ?? []) open.push(caller)
      }
    }
    markCallers(roots)
    this.throughTables = [...module.referenced].some(index => reaching[index] === 1)
    if (this.throughTables)
      markCallers(module.bodies.flatMap((body, i) => (body.callsIndirectly ? [module.importedFunctions + i] : [])))
    this.#reaching = reaching
  }

  /** True if the function with this index can reach an import that may end the run. */
  reaches(index: number): boolean {
    return this.#reaching?.[index] === 1
  }
}

/** The direct callers of each function, by the function's index. */
function callersOf({ bodies, importedFunctions }: Module): ReadonlyMap<number, number[]> {
  const callers = new Map<number, number[]>()
  bodies.forEach(({ callees }, i) => {
    for (const callee of new Set(callees)) {
      const known = callers.get(callee)
      if (known === undefined) callers.set(callee, [importedFunctions + i])
      else known.push(importedFunctions + i)
    }
  })
  return callers
}
