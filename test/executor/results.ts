/** A profile whose modules end with one of the results of results.mjs, and runs of them. */
import { readValue } from '../../src/base/links.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { createInlineEngine, type Engine } from '../../src/engine/engine.ts'
import { createExecutor, type Execution } from '../../src/executor/executor.ts'
import type { Profile } from '../../src/interface-profile.ts'
import type { Value } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { createTask } from '../../src/task/task.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { RESULTS } from './results.mjs'

/** The host modules of these tests. */
export const hostModules = [new URL('results.mjs', import.meta.url)]
export const profile: Profile = {
  ...PROFILE_1,
  id: 'with results',
  grants: ['i:', ':'].map((type, i) => {
    const name = ['result', 'params'][i]!
    return { module: 't', name, type, semantics: `test/${name}@1`, may: ['end-run'], price: { flat: 5, perUnit: 0 } }
  }),
}
export const limits = { gas: 10n ** 12n, pages: 1 }
export const store = createMemoryStore()
export const engine = createInlineEngine({ hostModules })
const MODULE = `(module (import "t" "result" (func $result (param i32))) (func (export "f") (param i32) (call $result (local.get 0))))`

/** The names of the results. */
export const names = Object.keys(RESULTS)
/** Runs a module that ends with a result, by its name. */
export async function resultOf(name: string, on: Engine = engine): Promise<Execution> {
  const executor = createExecutor({ store, engine: on, profile })
  const mod = await addFile(store, await assemble(MODULE))
  return executor.execute(createTask({ mod, fun: 'f', params: [names.indexOf(name)], abi: 'core' }), limits)
}
/** The value of a result, as a receipt holds it. */
export const made = (name: string): Value => readValue(RESULTS[name]!(), '', 'any')
export const VIOLATION = { error: { kind: 'trap', code: 'abi-violation' } }
