/** Makes stores, tasks and executions for tests of executor and verifier. */
import { readFileSync } from 'node:fs'
import type { CID } from 'multiformats/cid'
import { addFile } from '../../src/content/unixfs.ts'
import { createMemoryStore, type MemoryStore } from '../../src/content/memory-store.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { createExecutor, type Execution } from '../../src/executor/executor.ts'
import type { Profile } from '../../src/interface-profile.ts'
import type { Param, RunLimits, Task } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { createTask } from '../../src/task/task.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { ROOT } from './fixtures.ts'

export const LIMITS: RunLimits = { gas: 10n ** 10n, pages: 100 }

/** The fields of a call that a test may set. */
export interface CallInput {
  readonly fun?: string
  readonly abi?: string
  readonly params?: readonly Param[]
}

/** A store, with an executor and tasks in it. */
export class Bench {
  readonly store: MemoryStore = createMemoryStore()
  readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
  }

  async task(module: string | Uint8Array, { fun = 'f', abi = 'core', params = [] }: CallInput = {}): Promise<Task> {
    const mod = await addFile(this.store, typeof module === 'string' ? await assemble(module) : module)
    return createTask({ mod, fun, params, abi })
  }

  async execute(task: Task | CID, limits: RunLimits = LIMITS, profile: Profile = PROFILE_1): Promise<Execution> {
    return createExecutor({ store: this.store, engine: this.engine, profile }).execute(task, limits)
  }

  async run(module: string | Uint8Array, input: CallInput = {}, limits: RunLimits = LIMITS): Promise<Execution> {
    return this.execute(await this.task(module, input), limits)
  }
}

export function program(name: string): Uint8Array {
  return new Uint8Array(readFileSync(`${ROOT}/programs/${name}/${name}.wasm`))
}

/** Small modules, each with another kind of outcome. */
export const WATS = {
  add: '(module (func (export "f") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))',
  logs: `(module (import "ipvm" "log" (func (param i32 i32))) (memory 1) (data (i32.const 0) "hello")
    (func (export "f") (result i32) (call 0 (i32.const 0) (i32.const 5)) (i32.const 1)))`,
  grows: '(module (memory 1) (func (export "f") (param i32) (result i32) (memory.grow (local.get 0))))',
  trap: '(module (memory 2) (func (export "f") (result i32) (i32.div_u (i32.const 1) (i32.load (i32.const 0)))))',
  loop: '(module (func (export "f") (loop (br 0))))',
  echo: `(module (memory (export "memory") 20) (func (export "ipvm_alloc") (param i32) (result i32) (i32.const 0))
    (func (export "f") (param i32 i32) (result i64) (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1)))))`,
  clock: '(module (import "env" "now" (func (result f64))) (func (export "f")))',
  reserved: '(module (func (export "f")) (func (export "ipvm:gas")))',
  shared: '(module (memory 1 1 shared) (func (export "f")))',
  invalid: '(module (func (export "f") (result i32) (i64.const 1)))',
  large: '(module (table 1000001 funcref) (func (export "f")))',
} as const
