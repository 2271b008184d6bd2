/**
 * Modules of a given size, made of repeated real programs. Their code is that of real compilers, which matters for
 * preparation.
 */
import type { Profile } from '../src/interface-profile.ts'
import { PROFILE_1 } from '../src/profile/v1.ts'
import { KERNELS, moduleOf } from './kernels.ts'
import { admitted } from './prepare.ts'
import { section, sections, unsigned } from './strategies/binary.ts'

/** The module with unused copies of its functions, so that it has about `size` bytes. */
export function enlarged(bytes: Uint8Array, size: number, profile: Profile = PROFILE_1): Uint8Array {
  const { module } = admitted(bytes, profile)
  const { bodies, functions, importedFunctions, types } = module
  const own = functions.slice(importedFunctions)
  const code = module.sections.find(({ id }) => id === 10)!
  const times = Math.max(1, Math.round((size - bytes.length) / (code.end - code.start)) + 1)
  const once = Buffer.concat(
    bodies.flatMap(({ start, end }) => [Uint8Array.from(unsigned(end - start)), bytes.subarray(start, end)]),
  )
  const typesOf = own.flatMap(type => unsigned(types.indexOf(type)))
  const repeat = (of: Uint8Array): Uint8Array[] => Array.from({ length: times }, () => of)
  const contents = new Map<number, Uint8Array>(
    [...sections(module)].map(([id, content]) => [id, Uint8Array.from(content)]),
  )
  const counted = (of: Uint8Array): Uint8Array =>
    Buffer.concat([Uint8Array.from(unsigned(own.length * times)), ...repeat(of)])
  contents.set(3, counted(Uint8Array.from(typesOf)))
  contents.set(10, counted(once))
  const all = [...contents].flatMap(([id, content]) => [Uint8Array.from([id, ...unsigned(content.length)]), content])
  return new Uint8Array(Buffer.concat([bytes.subarray(0, 8), ...all]))
}

/** The module with a custom section that contains the mark, so that its CID is another one. */
export function marked(bytes: Uint8Array, mark: number): Uint8Array {
  const letters = [...new TextEncoder().encode(`mark ${mark}`)]
  return Uint8Array.from([...bytes, ...section(0, [...unsigned(letters.length), ...letters])])
}

export interface Sample {
  readonly name: string
  readonly bytes: Uint8Array
}

/** One real module, and several enlarged ones, of 50 KB and more. */
export function largeModules(quick: boolean): Sample[] {
  const program = (name: string): Uint8Array => moduleOf(KERNELS.find(kernel => kernel.name === name)!)
  const grown = (name: string, size: number): Sample => ({
    name: `${name} × ${Math.round(size / 1000)} KB`,
    bytes: enlarged(program(name), size),
  })
  const small = [{ name: 'wordcount', bytes: program('wordcount') }, grown('forth', 60_000), grown('edges', 60_000)]
  if (quick) return small
  const most = PROFILE_1.limits.moduleBytes
  return [
    ...small,
    grown('json', 200_000),
    grown('wordcount', 600_000),
    grown('pi', 1_000_000),
    grown('forth', Math.min(4_000_000, most)),
  ]
}
