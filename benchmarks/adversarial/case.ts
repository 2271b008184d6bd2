/** Functions with which the adversarial cases are written. */
import { assemble } from '../../wasm-fixtures/wat.ts'
import { unsigned, type Bytes } from '../strategies/binary.ts'
import { concat } from './module.ts'

export interface Case {
  readonly name: string
  readonly idea: string
  /** Makes a module that exports `run` with one i32 as parameter. */
  readonly make: () => Uint8Array | Promise<Uint8Array>
  /**
   * The argument of `run`, which is smaller in quick runs. If both are equal, the cost is that of preparing the module.
   */
  readonly full: number
  readonly quick: number
}

export const I32 = 0x7f
export const I64 = 0x7e
export const F64 = 0x7c
export const RUN = [[I32], [I32]] as const
export const NOTHING = [[], []] as const

export const get = (local: number): Bytes => [0x20, ...unsigned(local)]
export const set = (local: number): Bytes => [0x21, ...unsigned(local)]

/** Code that repeats the body as often as the argument of `run` says, and returns 0. */
export function looped(body: Bytes): number[] {
  return concat([[0x03, 0x40], body, get(0), [0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x41, 0]])
}

/** The end of a loop that counts the argument of `run` down to 0. */
export const AGAIN = '(br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))'

export interface Loop {
  /**
   * The number of copies of the snippet in the loop, so that the price of the loop's own instructions does not matter.
   */
  readonly copies?: number
  readonly pages?: number
  /** Additional fields of the module. */
  readonly fields?: string
  /** Code before and after the loop. */
  readonly first?: string
  readonly last?: string
}

/**
 * A loop over a snippet, with a few locals: `$p` and `$q` are i32, `$i` and `$j` are i64, `$x` and `$y` are f64, `$v`
 * and `$w` are v128. Their values are part of the result, since compilers remove unused code.
 */
export function loop(
  snippet: string,
  { copies = 16, pages = 1, fields = '', first = '', last = '' }: Loop = {},
): Promise<Uint8Array> {
  return assemble(`(module
    ${fields}
    (memory ${pages})
    (func (export "run") (param $n i32) (result i32)
      (local $p i32) (local $q i32) (local $i i64) (local $j i64)
      (local $x f64) (local $y f64) (local $v v128) (local $w v128)
      ${first}
      (loop $again ${snippet.repeat(copies)} ${AGAIN})
      (i64.store (i32.const 24) (local.get $i))
      (f64.store (i32.const 40) (local.get $x))
      (v128.store (i32.const 64) (local.get $v))
      ${last}
      (i32.add (local.get $p) (local.get $q))))`)
}

/** Code that loads initial values of two locals of `loop` from memory, so that compilers do not know them. */
export const start = {
  i64: (i: string, j: string): string => through('i64', 'i', i) + through('i64', 'j', j),
  f64: (x: string, y: string): string => through('f64', 'x', x) + through('f64', 'y', y),
  v128: (shape: string, v: string, w: string): string =>
    through('v128', 'v', `${shape} ${v}`) + through('v128', 'w', `${shape} ${w}`),
}

function through(type: string, local: string, value: string): string {
  return `(${type}.store (i32.const 96) (${type}.const ${value})) (local.set $${local} (${type}.load (i32.const 96)))`
}

/** A case that repeats one instruction. */
export function chain(name: string, idea: string, snippet: string, full: number, first = ''): Case {
  return {
    name,
    idea,
    full,
    quick: Math.ceil(full / 20),
    make: () => loop(snippet, { first }),
  }
}
