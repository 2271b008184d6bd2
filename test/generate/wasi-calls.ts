/** Code that calls functions of WASI: with what they are meant for, and now and then with anything. */
import { OP } from '../../src/wasm/instructions.ts'
import { F64, I32, I64, type ValueType } from '../../src/wasm/types.ts'
import type { Choices } from './choices.ts'
import { encodeConstant } from './constants.ts'
import { Counters } from './counting.ts'
import { HOSTILE, LAID, OFTEN, type Place, type WasiImport } from './wasi.ts'

const NOTHING = { params: [], results: [] } as const

/** Names of parameters that are pointers to what is written. */
const RESULTS = new Set(
  'argv argv_buf environ environ_buf count size time stat prestat nread nwritten position used opened buf'.split(' '),
)

/** Numbers by the names of parameters, the plainest first: such as are mostly right. */
const NUMBERS: Readonly<Record<string, readonly number[]>> = {
  fd: [4, 1, 4, 5, 4, 0, 5, 6, 3, 2, 7, 9],
  from: [4, 5, 3, 1, 9],
  to: [5, 4, 0, 6, 9],
  whence: [0, 1, 2, 0, 1, 2, 0, 1, 2, 3],
  dirflags: [1, 0],
  flags: [1, 0],
  oflags: [0, 1, 0, 1, 9, 2, 0, 1, 8, 5, 0, 1, 3],
  fdflags: [0, 0, 0, 1, 0, 0, 4, 5, 0, 0, 2],
  id: [1, 0, 1, 0, 2, 3, 4],
  code: [42, 0, 1, 0xffffffff, 256],
  buf_len: [100, 24, 300, 1, 0, 60, 31],
  path_len: [1, 2, 0, 40],
  iovs_len: [1, 0, 2, 1_024, 1_025],
}

/** Descriptors of functions that mostly need another kind of them. */
const DESCRIPTORS: Readonly<Record<string, readonly number[]>> = {
  fd_readdir: [3, 4, 3, 5, 6],
  fd_prestat_get: [3, 4],
  fd_prestat_dir_name: [3, 3, 4],
  // What is closed is 4 or above, but for once in a while.
  fd_close: [4, 5, 6, 4, 5, 6, 7, 1, 3],
}
/** The same for those that take a path. */
const BASES = [3, 3, 3, 4, 3, 3, 3, 5, 1]

const LARGE: Readonly<Record<string, readonly bigint[]>> = {
  offset: [0n, 1n, 5n, 4n, -1n, 4_095n, 9_999n, 70_000n, 0n, 3n, -70_000n, 0x3ffffffn, 2n ** 63n - 1n, -(2n ** 63n)],
  size: [5n, 0n, 14n, 4_096n, 10_000n, 10_001n, 0x3ffff00n, 0x4000000n, 2n ** 53n, -1n],
  cookie: [0n, 0n, 2n, 1n, 4n, 0n, 100n, -1n],
  base: [0x42n, 0x42n, 2n, 0x40n, 0x42n, 0n, 0x3fffffffn],
}

export abstract class WasiCalls extends Counters {
  /** A few paths are opened before anything else is done: most calls want descriptors. */
  protected openSome(choices: Choices, depth: number): void {
    const { choices: others } = this
    this.choices = choices
    const open = this.shape.wasi.find(({ name }) => name === 'path_open')!
    for (let left = choices.below(4); left > 0; left--) this.#callOf(open, depth)
    this.choices = others
  }

  /** Calls of functions of WASI. */
  protected hostCalls(depth: number): void {
    for (let left = this.choices.below(3); left >= 0; left--) this.#hostCall(depth)
  }

  #hostCall(depth: number): void {
    const pool = this.shape.wasi.flatMap(fn => Array<WasiImport>(OFTEN[fn.name] ?? 1).fill(fn))
    const fn = this.choices.pick(pool)
    // Most runs are to go on.
    const isConditional = fn.name === 'proc_exit' && !this.choices.once(3)
    if (isConditional) {
      this.want(I32, depth)
      this.i32(7)
      this.named('i32.and')
      this.settle(1, [])
      this.open(OP.if, NOTHING)
    }
    this.#callOf(fn, depth)
    if (isConditional) this.close([])
  }

  #callOf(fn: WasiImport, depth: number): void {
    const { memory, imports } = this.shape
    const index = imports.findIndex(({ module, name }) => module === fn.module && name === fn.name)
    if (fn.name === 'fd_write' && memory !== undefined && this.choices.once(3)) this.#putNumber(depth)
    const { params, results } = fn.type
    const isStored = results.length > 0 && memory !== undefined && this.choices.once(3)
    const { floor } = this
    if (isStored) this.#result(depth)
    this.floor = this.stack.length
    this.#operands(fn, depth)
    this.floor = floor
    this.emit(OP.call, params.length, results, index)
    if (isStored) this.#store(OP_I32_STORE, 2)
    else if (results.length > 0 && !this.choices.once(4)) this.putAway()
  }

  /** Puts a float where buffers are: now and then a NaN. */
  #putNumber(depth: number): void {
    this.i32(this.choices.pick([16, 64, 40, 0]))
    this.want(F64, depth)
    if (this.shape.nans && this.choices.once(2)) {
      this.named('f64.abs')
      this.named('f64.neg')
      this.named('f64.sqrt')
    }
    this.#store(OP_F64_STORE, 3)
  }

  #store(opcode: number, align: number): void {
    this.opcode(opcode)
    this.u32(align, 0)
    this.settle(2, [])
  }

  #operands({ name, params, type }: WasiImport, depth: number): void {
    const writesPath = name === 'fd_prestat_dir_name'
    let length: number | undefined
    params.forEach((param, i) => {
      const of = type.params[i]!
      if (this.choices.once(24)) {
        length = undefined
        return this.#hostile(of, depth)
      }
      if (of === I64) return this.#i64(this.choices.pick(LARGE[param] ?? [0n]))
      if (length !== undefined) {
        this.i32(length)
        length = undefined
        return
      }
      const paths = this.choices.once(3) ? LAID.paths : LAID.usual
      const places: readonly Place[] | undefined =
        param === 'iovs' ? LAID.lists : param === 'path' && !writesPath ? paths : undefined
      if (places !== undefined) {
        const [at, size] = this.choices.pick(places)
        this.i32(at)
        length = size
      } else if (RESULTS.has(param) || param === 'path') this.#result(depth)
      else this.i32(this.choices.pick(numbersFor(name, param)))
    })
  }

  /** A pointer to where a result is written. */
  #result(depth: number): void {
    if (this.choices.once(4)) this.masked(0x3ff, depth)
    else this.i32(this.choices.pick([16, 64, 0, 128, 1, 8, 1_000]))
  }

  #hostile(type: ValueType, depth: number): void {
    if (this.choices.once(2)) this.want(type, depth)
    else if (type === I32) this.i32(this.choices.pick(HOSTILE))
    else this.#i64(this.choices.pick([-1n, 2n ** 63n - 1n, -(2n ** 63n), 0x1_0000_0000n]))
  }

  #i64(value: bigint): void {
    this.opcode(OP.i64Const)
    this.raw(...encodeConstant(I64, BigInt.asUintN(64, value)))
    this.settle(0, [I64])
  }
}

function numbersFor(name: string, param: string): readonly number[] {
  if (param !== 'fd') return NUMBERS[param]!
  return name.startsWith('path_') ? BASES : (DESCRIPTORS[name] ?? NUMBERS[param]!)
}

const OP_I32_STORE = 0x36
const OP_F64_STORE = 0x39
