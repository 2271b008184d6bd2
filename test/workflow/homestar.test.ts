/** Workflows of homestar as workflows of ours (docs/spec/workflow.md, WF-17). */
import { describe, expect, test } from 'vitest'
import { readTask } from '../../src/task/forms/read.ts'
import { translateWorkflow } from '../../src/workflow/homestar.ts'
import { plan } from '../../src/workflow/plan.ts'
import { ADD_ONE_WORKFLOW, CROP, GRAYSCALE, IMAGE_PIPELINE, instruction, ROTATE, task } from '../task/forms/samples.ts'
import { faultOf, Host, shortly } from './support.ts'

const workflowOf = (...tasks: readonly string[]): string => `{"tasks":[${tasks.join(',')}]}`
const cidOf = (text: string): string => readTask(text).calls[0]!.cid.toString()
const awaiting = (key: string, cid: string): string => `{"${key}":{"/":"${cid}"}}`

describe('a workflow of homestar (WF-17)', () => {
  test("homestar's own example is a chain of three", () => {
    const { workflow, asked, limits } = translateWorkflow(readTask(IMAGE_PIPELINE), { abi: 'bytes' })
    expect(plan(workflow).stages).toEqual([['t0'], ['t1'], ['t2']])
    expect(Object.values(asked).map(String)).toEqual([CROP, ROTATE, GRAYSCALE])
    expect(workflow.tasks['t1']!.run).toMatchObject({
      args: { fun: 'rotate90', abi: 'bytes', params: [{ 'await/ok': 't0' }] },
    })
    expect(limits['t0']).toEqual({ pages: 65_536, timeoutMs: 100_000 })
  })

  test('it runs, each call under its own limits, and an awaited number stands for a parameter', async () => {
    const host = await Host.make()
    const rsc = `"ipfs://${host.numbers}"`
    const first = instruction('add', '[1,2]', '""', rsc)
    const second = instruction('add', `[${awaiting('await/ok', cidOf(first))},40]`, '""', rsc)
    const document = readTask(workflowOf(task(second, '{}'), task(first, '{"fuel":900000000,"memory":131072}')))
    const { workflow, limits, asked } = translateWorkflow(document, { abi: 'core' })
    expect(asked['t1']!.toString()).toBe(cidOf(first))
    expect(limits).toEqual({ t0: {}, t1: { gas: 900_000_000n, pages: 2 } })
    expect(shortly(await host.run(workflow))).toEqual({ t0: [43n], t1: [3n] })
  })

  test('of two equal calls the first one is awaited', () => {
    const first = instruction('f', '[1]')
    const { workflow } = translateWorkflow(
      readTask(
        workflowOf(task(first), task(first), task(instruction('g', `[[${awaiting('await/*', cidOf(first))}]]`))),
      ),
      { abi: 'bytes' },
    )
    expect(workflow.tasks['t2']!.run).toMatchObject({ args: { params: [[{ 'await/*': 't0' }]] } })
  })

  test.each<[string, string, string | undefined, code: string, field: string]>([
    [
      'a call that is not there',
      workflowOf(task(instruction('g', `[1,[${awaiting('await/ok', CROP)}]]`))),
      'bytes',
      'bad-workflow',
      'tasks[0].run.input.args[1][0]',
    ],
    ['no ABI', workflowOf(task(instruction('f', '[]'))), undefined, 'unsupported-task', 'tasks[0].run'],
    [
      'a float',
      workflowOf(task(instruction('f', '[]')), task(instruction('f', '[1.0]'))),
      'core',
      'unsupported-task',
      'tasks[1].run.input.args[0]',
    ],
    [
      'a link in the place of an instruction',
      workflowOf(task(`{"/":"${CROP}"}`)),
      'core',
      'unsupported-task',
      'tasks[0].run',
    ],
    ['a limit that cannot be read', ADD_ONE_WORKFLOW, 'core', 'bad-task', 'tasks[0].meta.fuel'],
    ['no tasks', workflowOf(), 'core', 'bad-workflow', 'tasks'],
    ['one task alone', task(instruction('f', '[]')), 'core', 'unsupported-task', ''],
  ])('%s is refused', (_, text, abi, code, field) => {
    const fault = faultOf(() => translateWorkflow(readTask(text), abi === undefined ? {} : { abi }))
    expect([fault.code, fault.detail['field']]).toEqual([code, field])
  })
})
