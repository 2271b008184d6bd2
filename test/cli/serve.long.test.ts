/** `ipvm-wasm serve`, and the other commands against it. */
import { spawn } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { expect, onTestFinished, test } from 'vitest'
import { importCar } from '../../src/content/car.ts'
import { createGatewayStore } from '../../src/content/gateway.ts'
import { bytesOf, folder, ipvm, ipvmJson, MAIN, program, STATIONS } from './support.ts'

/** The command as a process, once it listens. `end` sends a signal, and resolves with how it has ended. */
async function serving(words: readonly string[]): Promise<{
  readonly url: string
  readonly notes: () => string
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
}> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let notes = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (notes += text))
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(resolve =>
    child.on('close', (code, signal) => resolve({ code, signal })),
  )
  const line = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      if (text.includes('\n')) resolve(text.trim())
    })
    void ended.then(({ code }) => reject(new Error(`ended with ${code}: ${notes}`)))
  })
  return {
    url: line,
    notes: () => notes,
    end(signal) {
      child.kill(signal)
      return ended
    },
  }
}

/** A file that only its owner can read. */
function privateFile(content: string): string {
  const path = join(folder({ token: content }), 'token')
  chmodSync(path, 0o600)
  return path
}

test('run and verify read through it, and blocks come back by the token (SERVE-13, SERVE-14)', async () => {
  const [here, there] = [folder(), folder()]
  const added = (await ipvm(['add', program('json')], { cwd: here })).stdout.split(' ')[0]!.trim()
  const gateway = await serving(['--store', join(here, '.ipvm-wasm'), '--token-file', privateFile('a-token\n')])
  expect(gateway.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)

  const call = ['run', added, 'minify', `@${STATIONS}`, '--gateway', gateway.url]
  const { code, json } = await ipvmJson<{ receipt: CID }>([...call, '--out', 'r.car'], { cwd: there })
  expect(code).toBe(0)

  // A worker writes its receipt, with all that it links to, and somebody else verifies it from the gateway alone.
  const remote = createGatewayStore(gateway.url, { token: 'a-token' })
  await importCar(remote, bytesOf(join(there, 'r.car')))
  const elsewhere = folder()
  const words = ['verify', json.receipt.toString(), '--gateway', gateway.url]
  expect((await ipvmJson(words, { cwd: elsewhere })).json).toMatchObject({ verdict: 'reproduced' })
  expect(gateway.notes()).toContain('blocks are taken with the token')
  expect(await gateway.end('SIGTERM')).toEqual({ code: 0, signal: null })
  expect((await ipvmJson(['verify', json.receipt.toString()], { cwd: here })).json).toMatchObject({
    verdict: 'reproduced',
  })
})

test('it ends when it is interrupted, and says with --json where it listens', async () => {
  const gateway = await serving(['--store', join(folder(), 'none yet'), '--json'])
  const { url, writable } = JSON.parse(gateway.url) as { url: string; writable: boolean }
  expect(writable).toBe(false)
  expect((await fetch(`${url}/ipfs/bafkqaaa?format=raw`)).status).toBe(200)
  expect(await gateway.end('SIGINT')).toEqual({ code: 130, signal: null })
  await expect(fetch(url)).rejects.toThrow()
})

test.each([
  ['--port', '65536', '--port is a number from 0 to 65535'],
  ['--port', 'http', '--port is a number from 0 to 65535'],
  ['--max-requests', '0', '--max-requests is a whole number from 1'],
  ['--timeout', '0', '--timeout is a number of seconds'],
  ['--token-file', '/nonexistent', 'there is no such file'],
])('%s %s is wrong usage', async (option, value, words) => {
  const { code, stderr } = await ipvm(['serve', option, value], { cwd: folder() })
  expect([code, stderr]).toEqual([64, expect.stringContaining(words)])
})

test.each([
  ['is open to others', 'a-token', 0o644, 'others have access to it (mode 0644)'],
  ['has no token', 'two words', 0o600, 'it is one line of 1 to 512 letters'],
  ['is empty', '', 0o600, 'it is one line of 1 to 512 letters'],
])('a token file that %s is refused, and not shown', async (_, content, mode, words) => {
  const path = privateFile(content)
  chmodSync(path, mode)
  const { code, stderr } = await ipvm(['serve', '--token-file', path], { cwd: folder() })
  expect([code, stderr]).toEqual([64, expect.stringContaining(words)])
  if (content !== '') expect(stderr).not.toContain(content)
})

test('a port that is taken is a fault', async () => {
  const gateway = await serving(['--store', folder()])
  const { code, stderr } = await ipvm(['serve', '--port', new URL(gateway.url).port], { cwd: folder() })
  expect([code, stderr]).toEqual([2, expect.stringContaining('cannot listen at 127.0.0.1')])
})
