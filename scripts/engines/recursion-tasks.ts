/** Tasks that recurse, with frames of many shapes, to depths near the profile's bound and far beyond. */
import { admit } from '../../src/admission/admit.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { wordsOf } from '../../src/wasm/types.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { ENOUGH, type CorpusTask } from './tasks.ts'

interface Shape {
  readonly name: string
  /** The parameters after the depth, the locals, and the values below the operands of the call. */
  readonly params?: readonly string[]
  readonly locals?: readonly string[]
  readonly under?: readonly string[]
  /** The call, without its operands. */
  readonly call?: string
}

const many = (count: number, ...types: readonly string[]): string[] =>
  Array.from({ length: count }, (_, i) => types[i % types.length]!)

const SHAPES: readonly Shape[] = [
  { name: 'nothing' },
  { name: 'four numbers', params: ['i64', 'f32', 'f64', 'i32'] },
  { name: 'a vector', params: ['v128'] },
  { name: 'thirty parameters', params: many(30, 'i64', 'f64') },
  { name: 'a hundred locals', locals: many(100, 'i32', 'i64', 'f32', 'f64') },
  { name: 'thirty vectors', locals: many(30, 'v128') },
  { name: 'a thousand locals', locals: many(1000, 'f64') },
  { name: 'twenty values below the call', under: many(20, 'i64', 'f64') },
  { name: 'twenty vectors below the call', under: many(20, 'v128') },
  { name: 'two hundred values below the call', under: many(200, 'i32', 'f32', 'i64') },
  { name: 'through the table', call: '(call_indirect (type $t) (i32.const 0))' },
  { name: 'through another function', call: '(call $g)' },
]

const ZERO: Readonly<Record<string, string>> = {
  i32: '(i32.const 3)',
  i64: '(i64.const 5)',
  f32: '(f32.const 1.5)',
  f64: '(f64.const -2.5)',
  v128: '(v128.const i64x2 1 2)',
}

/** The text of a function that adds one on every level of recursion. */
function recursionText({ params = [], locals = [], under = [], call = '(call $f)' }: Shape): string {
  const types = ['i32', ...params].join(' ')
  const passed = params.map((_, i) => `(local.get ${i + 1})`).join(' ')
  return `(module
    (type $t (func (param ${types}) (result i64)))
    (table funcref (elem $f))
    (func $g (type $t) ${['(local.get 0)', passed].join(' ')} (call $f))
    (func $f (export "f") (param ${types}) (result i64) (local $sum i64) ${locals.map(type => `(local ${type})`).join(' ')}
      (if (i32.eqz (local.get 0)) (then (return (i64.const 0))))
      ${under.map(type => ZERO[type]).join(' ')}
      (i32.sub (local.get 0) (i32.const 1)) ${passed} ${call}
      (local.set $sum)
      ${under.map(() => '(drop)').join(' ')}
      (i64.add (local.get $sum) (i64.const 1)))
    (func (export "descend") (param i32) (result i64) (local.get 0) ${params.map(type => ZERO[type]).join(' ')} (call $f)))`
}

/** The number of nested frames of the module's second function for which the profile's stack has room. */
function bound(module: Uint8Array): number {
  const { admitted } = admit(module, PROFILE_1)
  const { functions, bodies } = admitted!.module
  const params = functions[1]!.params.reduce((sum, type) => sum + wordsOf(type), 0)
  return Math.floor(PROFILE_1.limits.stackWords / (10 + params + bodies[1]!.localWords + 2 * bodies[1]!.heightWords))
}

export async function recursionTasks(): Promise<CorpusTask[]> {
  const tasks = await Promise.all(
    SHAPES.map(async shape => {
      const module = await assemble(recursionText(shape))
      const most = bound(module)
      const depths = [1, 10, Math.floor(most / 2), ...[-4, -3, -2, -1, 0, 1].map(more => most + more), 1_000_000]
      return depths.map((depth, i) => ({
        group: 'recursion',
        name: `${shape.name}, ${depth} deep`,
        module,
        fun: 'descend',
        abi: 'core',
        params: [BigInt(depth)],
        gas: ENOUGH,
        pages: 0,
        gasEdges: i === 2,
      }))
    }),
  )
  return tasks.flat()
}
