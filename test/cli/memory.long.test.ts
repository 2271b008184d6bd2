/** `--memory`: a task that needs more is a fault with advice, and an interruption leaves no processes. */
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { infiniteLoop } from '../support/shapes.ts'
import { folder, ipvmProcess, ipvmProcessJson, NUMBERS } from './support.ts'

const at = (): { cwd: string } => ({ cwd: folder({ 'numbers.wasm': NUMBERS, 'forever.wasm': infiniteLoop() }) })

test('a task that exceeds the bound is a fault of run and of verify', async () => {
  const place = at()
  const call = ['run', 'forever.wasm', 'f', '--gas', '1e15', '--memory', '1'] as const
  const { code, json } = await ipvmProcessJson<{ fault: object }>(call, place)
  expect(code).toBe(2)
  expect(json.fault).toMatchObject({ code: 'host-memory', whose: 'runner' })
  expect((await ipvmProcess(call, place)).stderr).toMatch(/fault \(host-memory\):.*--memory/)
  // A run that takes long enough to be interrupted.
  expect(
    (await ipvmProcess(['run', 'forever.wasm', 'f', '--gas', '1e11', '--pages', '1', '--out', 'receipt.car'], place))
      .code,
  ).toBe(1)
  expect((await ipvmProcessJson(['verify', 'receipt.car', '--memory', '1'], place)).json).toMatchObject({
    fault: { code: 'host-memory' },
  })
  expect((await ipvmProcess(['verify', 'receipt.car', '--memory', '1_000'], place)).code).toBe(0)
})

test.each(['0', '-1', '1.5', 'much', '1e3', '99999999'])('%s MiB is a usage error', async memory => {
  const { code, stderr } = await ipvmProcess(['run', 'numbers.wasm', 'add', '1', '2', `--memory=${memory}`], at())
  expect([code, stderr]).toEqual([64, expect.stringContaining('memory is a whole number of MiB')])
})

test('the child process prints nothing, and an interruption has its own exit code', async () => {
  const place = at()
  writeFileSync(join(place.cwd, 'none.wasm'), '')
  const ended = await ipvmProcess(['run', 'forever.wasm', 'f', '--gas', '1e15'], { ...place, interruptAt: 'running' })
  expect([ended.code, ended.stdout]).toEqual([130, ''])
  expect(ended.stderr.replaceAll(/^.* …\n/gm, '')).toBe('interrupted\n')
})
