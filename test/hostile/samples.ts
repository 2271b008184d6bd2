/**
 * The samples from which mutants are made: the fixtures with their known calls, the modules of a package, and modules
 * of both generators. A mutant depends only on the seed and its index.
 */
import { fixtureTasks } from '../../scripts/engines/fixture-tasks.ts'
import type { Argument } from '../../src/abi/guest.ts'
import { recipeOf } from '../generate/recipe.ts'
import { generate as generateFromRecipe } from '../generate/module.ts'
import { Random } from '../support/random.ts'
import { packaged } from '../wasm/corpus.ts'
import { generate } from '../wasm/generate.ts'
import { mutate } from '../wasm/mutate.ts'

export interface KnownCall {
  readonly fun: string
  readonly abi: string
  readonly args: readonly Argument[]
}

interface Sample {
  readonly bytes: Uint8Array
  readonly calls: readonly KnownCall[]
}

export interface Mutant {
  readonly bytes: Uint8Array
  /** The known calls of the original module. */
  readonly calls: readonly KnownCall[]
  /** The source of further random choices. */
  readonly random: Random
}

/**
 * The greatest size of a small module. Larger ones are mutated only once in `SELDOM`, since one takes as long as a
 * hundred.
 */
const SMALL = 3_000
const SELDOM = 300
const LARGEST = 100_000
/** The number of modules from each generator. Making one takes as long as ten mutants. */
const POOL = 2_000

/** All mutants of a seed. */
export class Mutants {
  readonly #seed: number
  readonly #small: readonly Sample[]
  readonly #large: readonly Sample[]
  readonly #plain: Uint8Array[] = []
  readonly #rich: Uint8Array[] = []

  private constructor(seed: number, samples: readonly Sample[]) {
    this.#seed = seed
    this.#small = samples.filter(({ bytes }) => bytes.length <= SMALL)
    this.#large = samples.filter(({ bytes }) => bytes.length > SMALL && bytes.length <= LARGEST)
  }

  static async of(seed: number): Promise<Mutants> {
    return new Mutants(seed, [...(await known()), ...packaged().map(({ bytes }) => ({ bytes, calls: [] }))])
  }

  at(index: number): Mutant {
    const random = new Random(Math.imul(this.#seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b))
    const { bytes, calls } = this.#sample(random)
    const once = mutate(bytes, random.pick(this.#small).bytes, random)
    return { bytes: random.once(2) ? once : mutate(once, random.pick(this.#small).bytes, random), calls, random }
  }

  #sample(random: Random): Sample {
    if (random.once(SELDOM)) return random.pick(this.#large)
    const at = random.below(POOL)
    const number = this.#seed * POOL + at
    switch (random.below(4)) {
      case 0:
        return { bytes: (this.#plain[at] ??= generate(new Random(number))), calls: [] }
      case 1:
      case 2:
        return { bytes: (this.#rich[at] ??= rich(number)), calls: [] }
      default:
        return random.pick(this.#small)
    }
  }
}

/** A module of the generator of test/generate. */
function rich(number: number): Uint8Array {
  return generateFromRecipe(recipeOf(number), { denied: number % 2 === 1 }).bytes
}

/** The fixtures, each with its calls. */
async function known(): Promise<Sample[]> {
  const samples = new Map<string, { bytes: Uint8Array; calls: KnownCall[] }>()
  for (const { module, fun, abi, params } of await fixtureTasks()) {
    const key = Buffer.from(module).toString('latin1')
    const sample = samples.get(key) ?? { bytes: module, calls: [] }
    sample.calls.push({ fun, abi, args: params })
    samples.set(key, sample)
  }
  return [...samples.values()]
}
