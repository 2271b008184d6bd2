/**
 * Which functions may be waiting when a host function ends the run.
 *
 * When a host function ends the run, the counter must be exact. But the fast modes let it lag while a function waits for a callee,
 * and a frame that never returns never checks the NaNs that it has made (src/instrument/nan/passes/watch.ts). So a function from
 * which an import with the ability `end-run` can be reached does two things. It settles its charges before the calls that may
 * lead there, and it makes its NaNs canonical at once. No other function pays for that.
 *
 *     $main calls $work and $quit, $quit calls the import     →     $main settles before it calls $quit; $work pays nothing
 */
import type { AdmittedModule } from '../../admission/admit.ts'
import type { Module } from '../../wasm/module.ts'

export class Endings {
  /** Whether such an import can be reached from a function, by its index; undefined if there is none. */
  readonly #reaching: Uint8Array | undefined
  /** Whether a call through a table may lead to one: any function that references are made of may stand there. */
  readonly throughTables: boolean

  constructor({ module, imports }: Pick<AdmittedModule, 'module' | 'imports'>) {
    const may = imports.filter(({ import: entry }) => entry.kind === 'function').map(({ grant }) => grant?.may ?? [])
    const ends = may.map(abilities => abilities.includes('end-run'))
    if (!ends.includes(true)) {
      this.throughTables = false
      return
    }
    // What calls the guest may call any function that it exports, and so come to one that ends the run.
    const roots = may.flatMap((abilities, index) => (ends[index] || abilities.includes('call-guest') ? [index] : []))
    const reaching = new Uint8Array(module.functions.length)
    const callers = callersOf(module)
    const spread = (open: number[]): void => {
      for (let index = open.pop(); index !== undefined; index = open.pop()) {
        if (reaching[index] === 1) continue
        reaching[index] = 1
        for (const caller of callers.get(index) ?? []) open.push(caller)
      }
    }
    spread(roots)
    this.throughTables = [...module.referenced].some(index => reaching[index] === 1)
    if (this.throughTables)
      spread(module.bodies.flatMap((body, i) => (body.callsIndirectly ? [module.importedFunctions + i] : [])))
    this.#reaching = reaching
  }

  /** Whether a function, by its index, may be waiting or running when a host function ends the run. */
  reaches(index: number): boolean {
    return this.#reaching?.[index] === 1
  }
}

/** Functions by those that they call by their index. */
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
