/**
 * Prints digests of instrumented code, which show whether a change of `src/instrument` changes its output.
 *
 *     npm run digests                                      prints one digest for each group of modules and mode
 *     npm run digests -- --out before.txt                  also writes the digest of every module to a file
 *     npm run digests -- --against before.txt              lists the modules whose code differs, and fails if there are any
 *     npm run digests -- --generated 100                   sets the number of generated modules; default: 3 000
 *
 * The modules are all admissible fixtures, the kernels of the benchmarks, and modules of the tests' generator. Modules
 * with imported functions form groups of their own, since the stubs of imports differ more often.
 */
import { createHash, type Hash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { KERNELS } from '../benchmarks/kernels.ts'
import { admit } from '../src/admission/admit.ts'
import { instrument } from '../src/instrument/instrument.ts'
import { PROFILE_1 } from '../src/profile/v1.ts'
import { generate } from '../test/generate/module.ts'
import { recipeOf } from '../test/generate/recipe.ts'
import { admissibleFixtures, MODES } from '../test/support/instrumented.ts'

interface Entry {
  readonly group: string
  readonly name: string
  readonly bytes: Uint8Array
}

const ROOT = fileURLToPath(new URL('..', import.meta.url))

async function entries(generated: number): Promise<Entry[]> {
  const fixtures = (await admissibleFixtures()).map(([name, bytes]) => ({ group: 'fixtures', name, bytes }))
  const kernels = [...new Set(KERNELS.map(({ path }) => path))].map(path => {
    return { group: 'kernels', name: path, bytes: new Uint8Array(readFileSync(ROOT + path)) }
  })
  const made = Array.from({ length: generated }, (_, i) => {
    return { group: 'generated', name: `generated ${i}`, bytes: generate(recipeOf(i), { denied: false }).bytes }
  })
  return [...fixtures, ...kernels, ...made]
}

const { values } = parseArgs({
  options: { out: { type: 'string' }, against: { type: 'string' }, generated: { type: 'string', default: '3000' } },
})

const groups = new Map<string, { count: number; readonly hashes: readonly Hash[] }>()
const lines: string[] = []
for (const { group, name, bytes } of await entries(Number(values.generated))) {
  const { admitted } = admit(bytes, PROFILE_1)
  if (admitted === undefined) throw new Error(`${name} is not admitted`)
  const key = admitted.imports.length === 0 ? group : `${group} with imports`
  const sums = groups.get(key) ?? { count: 0, hashes: MODES.map(() => createHash('sha256')) }
  groups.set(key, sums)
  sums.count++
  const digests: string[] = []
  for (const [i, mode] of MODES.entries()) {
    const instrumented = await instrument(admitted, mode)
    const digest = createHash('sha256').update(instrumented.bytes).digest()
    sums.hashes[i]!.update(digest)
    digests.push(digest.toString('hex').slice(0, 32))
  }
  lines.push(`${key}: ${name} ${digests.join(' ')}`)
}

for (const [group, { count, hashes }] of groups) {
  console.log(`${group}: ${count} modules`)
  for (const [i, mode] of MODES.entries()) console.log(`  ${mode.padEnd(8)} ${hashes[i]!.digest('hex').slice(0, 32)}`)
}

if (values.out !== undefined) writeFileSync(values.out, lines.join('\n') + '\n')
if (values.against !== undefined) {
  const before = new Set(readFileSync(values.against, 'utf8').split('\n'))
  const differing = lines.filter(line => !before.has(line))
  console.log(`${differing.length} of ${lines.length} modules differ from ${values.against}`)
  for (const line of differing) console.log(`  ${line}`)
  if (differing.length > 0) process.exitCode = 1
}
