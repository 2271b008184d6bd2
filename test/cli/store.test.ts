/** The commands that keep a store in order: pin, unpin, pins and gc. */
import { readdirSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { folder, ipvm, ipvmJson, program } from './support.ts'

/** Makes all files of the store look as if they had been written two hours ago. */
function age(cwd: string): void {
  for (const entry of readdirSync(join(cwd, '.ipvm-wasm'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const old = new Date(statSync(path).mtimeMs - 2 * 3_600_000)
    utimesSync(path, old, old)
  }
}

const added = async (cwd: string, content: string | Uint8Array): Promise<string> =>
  (await ipvm(['add', '-'], { cwd, input: content })).stdout.trim()

describe('pin, unpin and pins', () => {
  test('a pin has a name, is listed, and is taken back', async () => {
    const cwd = folder()
    const cid = await added(cwd, 'content')
    expect(await ipvm(['pin', cid, '--name', 'mine \u001b[2J'], { cwd })).toMatchObject({ code: 0, stdout: `${cid}\n` })
    expect((await ipvm(['pins'], { cwd })).stdout).toBe(`${cid}  mine \\x1b[2J\n`)
    expect((await ipvmJson<{ pins: unknown }>(['pins'], { cwd })).json.pins).toEqual([
      { cid: expect.anything(), name: 'mine \u001b[2J' },
    ])
    expect(await ipvm(['unpin', cid], { cwd })).toMatchObject({ code: 0, stdout: `${cid}\n` })
    const again = await ipvm(['unpin', cid], { cwd })
    expect(again.code).toBe(64)
    expect(again.stderr).toContain(`${cid} is not pinned`)
    expect(await ipvm(['pins'], { cwd })).toMatchObject({ code: 0, stdout: '', stderr: 'nothing is pinned\n' })
  })

  test('what is not there yet can be pinned, and what is no CID cannot', async () => {
    const cwd = folder()
    const cid = 'bafkreidziarjr3uh2owfcc2uqgtxm6gxqesy6fl6xyu72cmnc3d3xra3gq'
    const { code, stderr } = await ipvm(['pin', cid], { cwd })
    expect([code, stderr]).toEqual([0, 'the store does not have it yet: it will stay when it is added\n'])
    expect((await ipvm(['pin', 'bafy'], { cwd })).code).toBe(64)
    expect((await ipvm(['unpin', 'bafy'], { cwd })).code).toBe(64)
  })
})

describe('gc', () => {
  test('lists what would go, and then removes it', async () => {
    const cwd = folder()
    const [kept, gone, large] = [
      await added(cwd, 'kept'),
      await added(cwd, 'gone'),
      await added(cwd, 'x'.repeat(70_000)),
    ]
    await ipvm(['pin', kept], { cwd })
    age(cwd)
    const dry = await ipvm(['gc', '--dry-run'], { cwd })
    expect(dry.code).toBe(0)
    expect(dry.stdout.trim().split('\n').sort()).toEqual([`${gone}  4 bytes`, `${large}  70_000 bytes`].sort())
    expect(dry.stderr).toContain('2 blocks, 70_004 bytes would go; 1 block reached')
    for (const cid of [kept, gone, large]) expect((await ipvm(['get', cid], { cwd })).code).toBe(0)
    age(cwd)
    expect(await ipvm(['gc'], { cwd })).toMatchObject({
      code: 0,
      stdout: '2 blocks, 70_004 bytes removed; 1 block reached\n',
    })
    expect((await ipvm(['get', kept], { cwd })).stdout).toBe('kept')
    for (const cid of [gone, large]) expect((await ipvm(['get', cid], { cwd })).stderr).toContain('block-missing')
  })

  test('keeps a receipt that is named, with all that verifies it', async () => {
    const cwd = folder()
    const run = (text: string): Promise<{ json: { receipt: CID } }> =>
      ipvmJson<{ receipt: CID }>(['run', program('json'), 'minify', text], { cwd })
    const [kept, gone] = [(await run('[1, 2]')).json.receipt, (await run('[3]')).json.receipt]
    age(cwd)
    // Receipts of runs stay, as `run` answers from them.
    expect((await ipvmJson(['gc', '--all'], { cwd })).json).toMatchObject({ blocks: 0 })
    age(cwd)
    const { json } = await ipvmJson<{ blocks: number; gone?: unknown }>(['gc', '--no-memo', kept.toString()], { cwd })
    // The other receipt and its task.
    expect(json).toMatchObject({ blocks: 2 })
    expect(json.gone).toBeUndefined()
    expect((await ipvm(['verify', kept.toString()], { cwd })).code).toBe(0)
    expect((await ipvm(['show', gone.toString()], { cwd })).code).toBe(2)
  })

  test('keeps what is young, unless the grace period is shorter', async () => {
    const cwd = folder()
    const [young, other] = [await added(cwd, 'young'), await added(cwd, 'other')]
    expect((await ipvm(['gc', other], { cwd })).stdout).toMatch(/^0 blocks/)
    await new Promise(resolve => setTimeout(resolve, 20))
    expect((await ipvm(['gc', other, '--grace', '0'], { cwd })).stdout).toMatch(/^1 block, 5 bytes removed/)
    expect((await ipvm(['get', young], { cwd })).code).toBe(2)
    expect((await ipvm(['get', other], { cwd })).stdout).toBe('other')
  })

  test('removes everything only on request', async () => {
    const cwd = folder()
    const cid = await added(cwd, 'content')
    age(cwd)
    const refused = await ipvm(['gc'], { cwd })
    expect(refused.code).toBe(64)
    expect(refused.stderr).toContain('nothing is pinned and no CID is given, so that nearly all blocks would go')
    expect((await ipvm(['get', cid], { cwd })).code).toBe(0)
    age(cwd)
    expect((await ipvm(['gc', '--all'], { cwd })).stdout).toMatch(/^1 block, 7 bytes removed/)
  })

  test.each([[['--grace', '-1']], [['--grace', 'x']], [['bafy']], [['--grace', '99999999']]])(
    'refuses %j',
    async words => {
      expect((await ipvm(['gc', '--all', ...words], { cwd: folder() })).code).toBe(64)
    },
  )
})
