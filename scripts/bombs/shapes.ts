/** All shapes of the search by name, so that another process can make a shape of a given name. */
import { Random } from '../../test/support/random.ts'
import { CONTEXTS, type Size } from './contexts.ts'
import { blockResults, exportsAndResults, localsAndIfs, manyBodiesOfLocalsAndIfs } from './known.ts'
import { SECTIONS } from './sections.ts'
import { UNITS, type Unit } from './units.ts'

export interface Shape {
  readonly name: string
  /** Makes a module of that size, as far as the limits and the shape allow it. */
  readonly make: (size: Size) => Uint8Array
  /** True if it is in every sample. */
  readonly always: boolean
}

const KNOWN: Readonly<Record<string, () => Uint8Array>> = {
  '9 990 locals and 5 000 ifs': () => localsAndIfs(),
  '2 390 ifs in a body of 9 990 locals': () => localsAndIfs(9_990, 2_390),
  '60 bodies of locals and ifs': () => manyBodiesOfLocalsAndIfs(),
  '30 bodies of locals and ifs': () => manyBodiesOfLocalsAndIfs(30, 79),
  '999 exports of 255 vectors': () => exportsAndResults(),
  '64 blocks of three results': () => blockResults(),
  '198 blocks of 255 results': () => blockResults(198, 255),
}

/** A unit that consists of two units, one after the other. */
const both =
  (first: Unit, second: Unit): Unit =>
  site => [first(site), second(site)]

/** All shapes: known ones, sections, each unit in each context, and the same number of random pairs of units. */
export function allShapes(seed: number): readonly Shape[] {
  const units = Object.keys(UNITS)
  const contexts = Object.keys(CONTEXTS)
  const products = units.flatMap(unit =>
    contexts.map(context => shape(`${unit}, ${context}`, CONTEXTS[context]!, UNITS[unit]!)),
  )
  const random = new Random(seed)
  const pairs = products.map(() => {
    const [first, second, context] = [random.pick(units), random.pick(units), random.pick(contexts)]
    return shape(`${first} and ${second}, ${context}`, CONTEXTS[context]!, both(UNITS[first]!, UNITS[second]!))
  })
  return [
    ...Object.entries(KNOWN).map(([name, make]) => ({ name, make, always: true })),
    ...Object.entries(SECTIONS).map(([name, make]) => ({ name, make, always: true })),
    ...products,
    ...pairs,
  ]
}

function shape(name: string, context: (unit: Unit, size: Size) => Uint8Array, unit: Unit): Shape {
  return { name, make: size => context(unit, size), always: false }
}
