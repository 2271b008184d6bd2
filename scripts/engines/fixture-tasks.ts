/** Tasks from wasm-fixtures: all calls of all programs, and all modules in text and in hex. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Argument } from '../../src/abi/guest.ts'
import { admit } from '../../src/admission/admit.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { paramOf, programs, ROOT, typeOfExport } from '../../test/support/fixtures.ts'
import { parseExpected } from '../../wasm-fixtures/expected.ts'
import { assemble, parseDirectives, parseHex } from '../../wasm-fixtures/wat.ts'
import { ENOUGH, LITTLE, type CorpusTask } from './tasks.ts'

export const TEXT_FOLDERS = ['admission', 'malformed', 'traps', 'memory', 'floats'] as const

const PAGES = 1000

/** The tasks of the fixtures, in the order of the names of folders and files. */
export async function fixtureTasks(): Promise<CorpusTask[]> {
  const texts = await Promise.all(
    TEXT_FOLDERS.flatMap(folder =>
      readdirSync(`${ROOT}/${folder}`)
        .filter(file => /\.(wat|hex)$/.test(file))
        .sort()
        .map(file => textTasks(folder, file)),
    ),
  )
  return [...programs().sort().flatMap(programTasks), ...texts.flat()]
}

function programTasks(name: string): CorpusTask[] {
  const module = read(`programs/${name}/${name}.wasm`)
  const { abi, calls, files = [] } = parseExpected(readFileSync(`${ROOT}/programs/${name}/expected.json`, 'utf8'))
  const common = { group: 'programs', module, gas: ENOUGH, pages: PAGES }
  const met = new Set<string>()
  return [
    ...calls.map((call, i) => {
      const first = !met.has(call.fun)
      met.add(call.fun)
      return {
        ...common,
        name: `programs/${name} call ${i}`,
        fun: call.fun,
        abi: call.abi ?? abi,
        params: call.params as readonly Argument[],
        gasEdges: first,
      }
    }),
    ...files.map((call, i) => ({
      ...common,
      name: `programs/${name} file ${i}`,
      fun: call.fun,
      abi,
      params: call.files.map(read),
    })),
  ]
}

async function textTasks(folder: string, file: string): Promise<CorpusTask[]> {
  const text = readFileSync(`${ROOT}/${folder}/${file}`, 'utf8')
  const module = file.endsWith('.hex') ? parseHex(text) : await assemble(text)
  const { run, expect, pages } = parseDirectives(text)
  const { admitted } = admit(module, PROFILE_1)
  const fun = run?.fun ?? admitted?.module.exports.find(entry => entry.kind === 'function')?.name ?? 'f'
  const params =
    admitted === undefined || run === undefined
      ? []
      : run.args.map((word, i) => paramOf(typeOfExport(admitted, fun).params[i]!, word))
  const gas = expect[1] === 'out-of-gas' ? LITTLE : ENOUGH
  const task: CorpusTask = {
    group: folder,
    name: `${folder}/${file}`,
    module,
    fun,
    abi: 'core',
    params,
    gas,
    pages: pages ?? PAGES,
    gasEdges: admitted !== undefined,
  }
  const fewer =
    folder === 'memory'
      ? [0, 1, 2, 5].map(count => ({ ...task, name: `${task.name}, pages ${count}`, pages: count, gasEdges: false }))
      : []
  return [task, ...fewer]
}

function read(path: string): Uint8Array {
  return new Uint8Array(readFileSync(`${ROOT}/${path}`))
}
