/** Prepares a kernel by each strategy, so that it is ready to run. */
import { admit, type AdmittedModule } from '../src/admission/admit.ts'
import type { Profile } from '../src/interface-profile.ts'
import { PROFILE_1 } from '../src/profile/v1.ts'
import { Guest, type Run } from './guest.ts'
import { expectedChecksums, moduleOf, type Argument, type Kernel, type Size } from './kernels.ts'
import { STRATEGIES, type Strategy } from './strategies/strategies.ts'

export interface Prepared {
  readonly kernel: Kernel
  readonly admitted: AdmittedModule
  /** The guests by strategy, in the order of the strategies; and the reasons for which others failed. */
  readonly guests: ReadonlyMap<string, Guest>
  readonly sizes: ReadonlyMap<string, number>
  readonly refused: ReadonlyMap<string, string>
}

/** Admits a module, which must not be rejected. */
export function admitted(bytes: Uint8Array, profile: Profile = PROFILE_1): AdmittedModule {
  const admission = admit(bytes, profile)
  if (admission.admitted === undefined) throw new Error(`not admitted: ${JSON.stringify(admission.findings[0])}`)
  return admission.admitted
}

/** Makes guests of a kernel by the given strategies. */
export async function prepare(
  kernel: Kernel,
  size: Size,
  names: readonly string[],
  strategies: readonly Pick<Strategy, 'name' | 'make'>[] = STRATEGIES,
): Promise<Prepared> {
  const module = admitted(moduleOf(kernel))
  const type = functionType(module, kernel.fun)
  const args = kernel.args(size)
  const guests = new Map<string, Guest>()
  const sizes = new Map<string, number>()
  const refused = new Map<string, string>()
  for (const strategy of strategies.filter(({ name }) => names.includes(name))) {
    const variant = await strategy.make(module)
    if (typeof variant === 'string') {
      refused.set(strategy.name, variant)
      continue
    }
    guests.set(strategy.name, new Guest(variant, kernel, type, args))
    sizes.set(strategy.name, variant.bytes.length)
  }
  return { kernel, admitted: module, guests, sizes, refused }
}

/** Makes a guest of any module by one strategy. */
export async function guestOf(
  bytes: Uint8Array,
  strategy: string,
  fun: string,
  args: readonly Argument[],
  profile: Profile = PROFILE_1,
): Promise<Guest> {
  const module = admitted(bytes, profile)
  const variant = await STRATEGIES.find(({ name }) => name === strategy)!.make(module)
  if (typeof variant === 'string') throw new Error(`${strategy}: ${variant}`)
  const abi = args.some(arg => arg instanceof Uint8Array) ? 'bytes' : 'core'
  return new Guest(variant, { fun, abi }, functionType(module, fun), args)
}

export function functionType({ module }: AdmittedModule, fun: string): AdmittedModule['module']['functions'][number] {
  return module.functions[module.exports.find(({ name, kind }) => name === fun && kind === 'function')!.index]!
}

/** Runs a guest once. Throws if its checksum is not the expected one. */
export function checked({ kernel, guests }: Prepared, strategy: string, size: Size): Run {
  const run = guests.get(strategy)!.run()
  const expected = expectedChecksums()[kernel.name]?.[size]
  if (run.checksum !== expected) throw new Error(`${kernel.name}, ${strategy}: ${run.checksum} instead of ${expected}`)
  return run
}
