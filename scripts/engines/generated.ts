/** Tasks from the module generator in `test/generate`: all callable functions of generated modules. */
import type { Argument } from '../../src/abi/guest.ts'
import { admit } from '../../src/admission/admit.ts'
import { instantiationGas } from '../../src/engine/instantiation-gas.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { F32, F64, I32, isReference, type ValueType } from '../../src/wasm/types.ts'
import { Choices } from '../../test/generate/choices.ts'
import { constantOf, type Constant } from '../../test/generate/constants.ts'
import { generate } from '../../test/generate/module.ts'
import { recipeOf } from '../../test/generate/recipe.ts'
import type { CorpusTask } from './tasks.ts'

/** The gas of a run, besides that of instantiation. It bounds programs that never end. */
const WORK = 1_000_000n

/** At least `count` tasks, which depend only on the seed. A module that is not admitted is a task, too. */
export function generatedTasks(count: number, seed: number): CorpusTask[] {
  const tasks: CorpusTask[] = []
  for (let i = 0; tasks.length < count; i++) {
    const recipe = recipeOf(seed * 1_000_003 + i)
    const choices = new Choices(recipe.calls)
    const { bytes, exports } = generate(recipe, { denied: false })
    const { admitted } = admit(bytes, PROFILE_1)
    const gas = (admitted === undefined ? 0n : instantiationGas(admitted.module, PROFILE_1)) + WORK
    const pages = (admitted?.module.memory?.min ?? 0) + choices.pick([8, 0, 1, 20])
    const callable = exports.filter(({ type }) => !type.params.some(isReference) && !type.results.some(isReference))
    tasks.push(
      ...callable.map(({ name, type }, at) => ({
        group: 'generated',
        name: `generated ${seed}/${i} ${name}`,
        module: bytes,
        fun: name,
        abi: 'core',
        gas,
        pages,
        gasEdges: at === 0,
        params: type.params.map(param => argumentOf(param, constantOf(param, choices))),
      })),
    )
  }
  return tasks
}

/** Converts bits of the generator to a parameter of the `core` ABI. */
function argumentOf(type: ValueType, constant: Constant): Argument {
  if (constant instanceof Uint8Array) return constant
  if (type !== F32 && type !== F64) return BigInt.asIntN(type === I32 ? 32 : 64, BigInt(constant))
  const view = new DataView(new ArrayBuffer(type === F32 ? 4 : 8))
  if (type === F32) view.setUint32(0, Number(constant), true)
  else view.setBigUint64(0, BigInt(constant), true)
  return new Uint8Array(view.buffer)
}
