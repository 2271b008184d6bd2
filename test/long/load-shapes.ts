/**
 * Modules that try to cost the host more than their gas, or that never end. `f` has no parameters. No two modules are
 * the same.
 */
import { assemble } from '../../wasm-fixtures/wat.ts'
import type { RunLimits } from '../../src/interface.ts'
import { I32, infiniteLoop, only, RECURSIONS } from '../support/shapes.ts'
import type { Bytes } from '../wasm/bytes.ts'

export interface Shape {
  readonly name: string
  readonly module: Uint8Array
  readonly limits?: RunLimits
}

const FOREVER: RunLimits = { gas: 2n ** 62n, pages: 100 }
const LARGE: RunLimits = { gas: 2n ** 62n, pages: 4096 }

/** Returns a module with so many locals and so many empty `if` blocks. */
function localsAndIfs(locals: number, ifs: number): Uint8Array {
  const code: Bytes[] = []
  for (let i = 0; i < ifs; i++) code.push([0x20, 0x00, 0x04, 0x40, 0x0b])
  return only(code, [[locals, I32]])
}

/** Returns a module with the same code and another CID, so that no prepared module can be used. */
function unlike(module: Uint8Array, i: number): Uint8Array {
  const id = new TextEncoder().encode(`n${String(i).padStart(6, '0')}`)
  return new Uint8Array(Buffer.concat([module, Uint8Array.of(0, id.length + 1, id.length), id]))
}

export const hostileShapes: readonly ((i: number) => Promise<Shape>)[] = [
  async i => ({ name: 'endless loop', module: unlike(infiniteLoop(), i), limits: FOREVER }),
  async () => ({ name: 'the same endless loop', module: infiniteLoop(), limits: FOREVER }),
  async i => ({ name: 'locals and ifs', module: localsAndIfs(9990, 5000 + 500 * (i % 40)) }),
  async i => ({ name: 'fewer locals, more ifs', module: localsAndIfs(2000 + i, 60_000) }),
  async i => ({
    name: 'fills its pages, and again',
    module: unlike(
      await assemble(`(module (memory 4096) (func (export "f")
      (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 268435456)) (br 0))))`),
      i,
    ),
    limits: LARGE,
  }),
  async i => ({
    name: 'grows without end',
    module: unlike(
      await assemble(`(module (memory 0) (table 0 funcref) (func (export "f")
      (loop (drop (memory.grow (i32.const 1))) (drop (table.grow (ref.null func) (i32.const 100))) (br 0))))`),
      i,
    ),
    limits: LARGE,
  }),
  async i => ({
    name: 'starts without end',
    module: unlike(await assemble('(module (func $start (loop (br 0))) (start $start) (func (export "f")))'), i),
    limits: FOREVER,
  }),
  async i => ({
    name: 'logs without end',
    module: unlike(
      await assemble(`(module (import "ipvm" "log" (func $log (param i32 i32))) (memory 16)
      (func (export "f") (loop (call $log (i32.const 0) (i32.const 1048576)) (br 0))))`),
      i,
    ),
    limits: FOREVER,
  }),
  async i => ({
    name: 'deep recursion',
    module: unlike(Object.values(RECURSIONS)[i % Object.keys(RECURSIONS).length]!(), i),
    limits: FOREVER,
  }),
]
