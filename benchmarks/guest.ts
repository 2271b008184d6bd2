/** Calls kernels on the host's engine. Floats cross as numbers, or as bits if the module is instrumented. */
import { createHash } from 'node:crypto'
import { externalName } from '../src/instrument/edit/globals.ts'
import { F32, F64, I64, type FunctionType, type ValueType } from '../src/wasm/types.ts'
import type { Argument, Kernel } from './kernels.ts'
import { processorMs } from './measure.ts'

/** A form of a module, such as bare or metered, that can run. */
export interface Variant {
  readonly bytes: Uint8Array
  /** True if floats cross as bits, and exports have the names of `externalName`. */
  readonly instrumented: boolean
  /** Makes the imports of an instance. */
  imports?(): WebAssembly.Imports
  /** Sets the meter, if there is one, before the guest runs. */
  arm?(exports: WebAssembly.Exports): void
  /** Reads the used gas from the meter after the run. */
  gas?(exports: WebAssembly.Exports): bigint
}

/** The result of a run. */
export interface Run {
  /** The time inside the guest, in milliseconds. Its arguments have been written before. */
  readonly ms: number
  /** The processor time of the same, in milliseconds. */
  readonly processorMs: number
  readonly checksum: string
  readonly gas: bigint | undefined
}

/** The function that is called, and its ABI. */
type Called = Pick<Kernel, 'fun' | 'abi'>

/** A compiled variant of one kernel. Every run has a new instance, as runs of tasks have. */
export class Guest {
  readonly #variant: Variant
  readonly #module: WebAssembly.Module
  readonly #kernel: Called
  readonly #type: FunctionType
  readonly #args: readonly Argument[]

  constructor(variant: Variant, kernel: Called, type: FunctionType, args: readonly Argument[]) {
    this.#variant = variant
    this.#module = new WebAssembly.Module(variant.bytes as Uint8Array<ArrayBuffer>)
    this.#kernel = kernel
    this.#type = type
    this.#args = args
  }

  run(): Run {
    const { instrumented, imports, arm, gas } = this.#variant
    const { exports } = new WebAssembly.Instance(this.#module, imports?.() ?? {})
    arm?.(exports)
    const name = (fun: string): string => (instrumented ? externalName(fun) : fun)
    const call = exports[name(this.#kernel.fun)] as (...args: readonly (number | bigint)[]) => unknown
    const args = this.#kernel.abi === 'core' ? this.#numbers() : this.#write(exports, name)
    const [start, begun] = [performance.now(), processorMs()]
    const answer = call(...args)
    const [ms, spent] = [performance.now() - start, processorMs() - begun]
    return {
      ms,
      processorMs: spent,
      checksum: this.#checksum(answer, exports, name),
      gas: gas?.(exports),
    }
  }

  #numbers(): (number | bigint)[] {
    return this.#args.map((arg, i) => (this.#type.params[i] === I64 ? (arg as bigint) : Number(arg)))
  }

  /** Writes byte strings into buffers of the guest. Returns their pointers and lengths. */
  #write(exports: WebAssembly.Exports, name: (fun: string) => string): number[] {
    const alloc = exports[name('ipvm_alloc')] as (bytes: number) => number
    return this.#args.flatMap(arg => {
      const bytes = arg as Uint8Array
      const at = alloc(bytes.length) >>> 0
      memory(exports, name).set(bytes, at)
      return [at, bytes.length]
    })
  }

  #checksum(answer: unknown, exports: WebAssembly.Exports, name: (fun: string) => string): string {
    if (this.#kernel.abi === 'core') {
      const values = Array.isArray(answer) ? (answer as (number | bigint)[]) : [answer as number | bigint]
      return values.map((value, i) => hexOf(this.#type.results[i]!, value, this.#variant.instrumented)).join(' ')
    }
    const pair = BigInt.asUintN(64, answer as bigint)
    const [at, length] = [Number(pair >> 32n), Number(pair & 0xffffffffn)]
    return createHash('sha256')
      .update(memory(exports, name).subarray(at, at + length))
      .digest('hex')
      .slice(0, 16)
  }
}

function memory(exports: WebAssembly.Exports, name: (fun: string) => string): Uint8Array {
  return new Uint8Array((exports[name('memory')] as WebAssembly.Memory).buffer)
}

/** The bits of a result in hex. A number would not keep the bits of a NaN, but no kernel returns one. */
function hexOf(type: ValueType, value: number | bigint, bits: boolean): string {
  const view = new DataView(new ArrayBuffer(8))
  if (type === F32 && !bits) view.setFloat32(4, value as number)
  else if (type === F64 && !bits) view.setFloat64(0, value as number)
  else view.setBigUint64(0, BigInt.asUintN(type === I64 || type === F64 ? 64 : 32, BigInt(value)))
  const hex = view.getBigUint64(0).toString(16)
  return `0x${hex}`
}
