/**
 * The kernels, on which everything is measured: programs of wasm-fixtures with large inputs, and those of kernels/.
 * Each returns a checksum. kernels/expected.json has the checksums for both sizes of inputs.
 */
import { readFileSync } from 'node:fs'
import { ascii, forth, numbers, picture, readings, text } from './inputs.ts'

/** The kind of work of a kernel. Results of `float` and `simd` kernels are computed from floats. */
export type Kind = 'integer' | 'float' | 'simd' | 'calls' | 'branches' | 'memory' | 'indirect'

export type Size = 'full' | 'quick'

/** An argument of the ABIs `core` and `bytes`. */
export type Argument = bigint | Uint8Array

export interface Kernel {
  readonly name: string
  readonly language: 'C' | 'C++' | 'Rust' | 'AssemblyScript' | 'WAT'
  readonly kinds: readonly Kind[]
  /** The path of the module from the root of the repository. */
  readonly path: string
  readonly fun: string
  readonly abi: 'core' | 'bytes'
  /** Makes the arguments. */
  readonly args: (size: Size) => readonly Argument[]
}

type Words = string

/** A kernel of this folder. It exports one function `run` with one number as parameter. */
function own(name: string, language: Kernel['language'], kinds: Words, full: number, quick: number): Kernel {
  return {
    name,
    language,
    kinds: kinds.split(' ') as Kind[],
    path: `benchmarks/kernels/${name}/${name}.wasm`,
    fun: 'run',
    abi: 'core',
    args: size => [BigInt(size === 'full' ? full : quick)],
  }
}

/** A kernel that is a function of a fixture's program. */
function fixture(
  name: string,
  language: Kernel['language'],
  kinds: Words,
  target: `${string}.${string}`,
  make: (n: number) => Argument | readonly Argument[],
  full: number,
  quick: number,
): Kernel {
  const [program, fun] = target.split('.') as [string, string]
  return {
    name,
    language,
    kinds: kinds.split(' ') as Kind[],
    path: `wasm-fixtures/programs/${program}/${program}.wasm`,
    fun,
    abi: typeof make(1) === 'bigint' ? 'core' : 'bytes',
    args: size => [make(size === 'full' ? full : quick)].flat(),
  }
}

/** All kernels. Without metering, full inputs take 20 to 100 ms on a current machine, and quick ones about 1 ms. */
export const KERNELS: readonly Kernel[] = [
  fixture('fibonacci', 'WAT', 'integer calls', 'fibonacci.recursive', BigInt, 32, 20),
  fixture('fibonacci-tail', 'WAT', 'integer calls', 'fibonacci.tail', BigInt, 10_000_000, 50_000),
  own('ackermann', 'WAT', 'integer calls', 200, 30),
  own('tak', 'WAT', 'integer calls', 27, 12),
  own('queens', 'AssemblyScript', 'integer calls', 13, 7),
  fixture('collatz', 'WAT', 'integer indirect', 'collatz.longest', BigInt, 60_000, 1_000),
  own('dispatch', 'C', 'integer indirect', 4_000_000, 20_000),
  own('switch', 'WAT', 'integer branches', 4_000_000, 20_000),
  own('brain', 'C', 'integer branches', 20, 1),
  fixture('forth', 'C', 'integer branches', 'forth.run', forth, 1_500, 1),
  own('lexer', 'C', 'integer calls branches', 150, 2),
  own('primes', 'Rust', 'integer branches', 1_000_000, 10_000),
  own('sieve', 'AssemblyScript', 'integer memory', 3_000_000, 20_000),
  own('lcg', 'WAT', 'integer', 15_000_000, 50_000),
  own('crc32', 'C', 'integer memory', 120, 1),
  own('keccak', 'C', 'integer memory', 20_000, 100),
  own('blake2', 'Rust', 'integer memory', 6_000, 30),
  fixture('sha256', 'C', 'integer memory', 'sha256.hash', text, 6_000_000, 20_000),
  fixture('base64', 'Rust', 'integer memory', 'base64.encode', text, 12_000_000, 50_000),
  fixture('quicksort', 'C', 'integer branches memory', 'sort.quick', numbers, 500_000, 3_000),
  fixture('heapsort', 'C', 'integer indirect memory', 'sort.heap', n => [numbers(n), ascii('bits')], 250_000, 2_000),
  fixture('lz', 'C', 'integer branches memory', 'lz.compress', text, 12_000_000, 50_000),
  fixture('json', 'C', 'integer branches calls', 'json.census', readings, 60, 1),
  fixture('wordcount', 'Rust', 'integer memory branches', 'wordcount.count', text, 2_000_000, 10_000),
  fixture('pi', 'C++', 'integer memory', 'pi.digits', n => ascii(String(n)), 2_000, 100),
  own('hash-map', 'Rust', 'integer memory branches', 400_000, 2_000),
  own('linked-list', 'C', 'integer memory', 40, 1),
  own('levenshtein', 'Rust', 'integer branches', 4_000, 200),
  own('search', 'AssemblyScript', 'integer branches memory', 900_000, 10_000),
  own('life', 'AssemblyScript', 'integer memory', 40, 1),
  own('bulk', 'C', 'integer memory', 200_000, 200),
  fixture('nbody', 'C', 'float', 'matrix.nbody', BigInt, 300_000, 500),
  own('mandelbrot', 'AssemblyScript', 'float branches', 500, 30),
  own('spectral-norm', 'AssemblyScript', 'float', 500, 40),
  own('matmul', 'Rust', 'float memory', 300, 40),
  own('fft', 'C', 'float memory', 100, 1),
  own('jacobi', 'C', 'float memory', 150, 2),
  own('ray', 'Rust', 'float calls branches', 600, 30),
  own('saxpy', 'WAT', 'simd float memory', 12_000, 50),
  own('simd-matmul', 'C', 'simd float memory', 20, 1),
  fixture('edges', 'C', 'simd float memory', 'image.edges', n => picture(n, n), 2_000, 60),
]

const ROOT = new URL('../', import.meta.url)

/** The bytes of a kernel's module. */
export function moduleOf({ path }: Kernel): Uint8Array {
  return new Uint8Array(readFileSync(new URL(path, ROOT)))
}

/** Returns true if the results come from floats. Such kernels have a target of their own. */
export function isFloat({ kinds }: Pick<Kernel, 'kinds'>): boolean {
  return kinds.includes('float') || kinds.includes('simd')
}

/** The expected checksums of the kernels, by name and size. */
export function expectedChecksums(): Readonly<Record<string, Readonly<Record<Size, string>>>> {
  return JSON.parse(readFileSync(new URL('kernels/expected.json', import.meta.url), 'utf8')) as never
}
