/**
 * Tasks of the module generator in `test/generate`. It plugs in by exporting, from `test/generate/tasks.ts`,
 *
 *     generated(count: number, seed: number): Iterable<GeneratedCall> | AsyncIterable<GeneratedCall>
 *
 * which gives `count` calls, the same ones for the same seed on every machine. Without that file there are none.
 */
import { existsSync } from 'node:fs'
import type { Argument } from '../../src/abi/guest.ts'
import { ENOUGH, type CorpusTask } from './tasks.ts'

/** A call of an exported function of a valid module, in the `core` ABI. */
export interface GeneratedCall {
  readonly module: Uint8Array
  readonly fun: string
  readonly params: readonly Argument[]
  /** Limits, where the generator has an opinion. */
  readonly gas?: bigint
  readonly pages?: number
}

export type Generate = (count: number, seed: number) => Iterable<GeneratedCall> | AsyncIterable<GeneratedCall>

const PLUG = new URL('../../test/generate/tasks.ts', import.meta.url)
const MOST_GAS = ENOUGH / 100n

export async function generatedTasks(count: number, seed: number): Promise<CorpusTask[]> {
  if (!existsSync(PLUG)) return []
  const { generated } = await import(PLUG.href) as { generated: Generate }
  const tasks: CorpusTask[] = []
  for await (const { module, fun, params, gas = MOST_GAS, pages = 100 } of generated(count, seed)) {
    const name = `generated ${seed}/${tasks.length}`
    tasks.push({ group: 'generated', name, module, fun, abi: 'core', params, gas: gas < MOST_GAS ? gas : MOST_GAS, pages })
  }
  return tasks
}
