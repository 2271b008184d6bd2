/** binaryen's WebAssembly: loaded from the disk or over HTTP, and never replaced by other bytes. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { compileAsset } from '../../src/instrument/binaryen/asset.ts'
import { SHA256 } from '../../src/instrument/binaryen/names.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FOLDER = 'instrument/binaryen'
const wasm = readFileSync(join(ROOT, 'src', FOLDER, 'binaryen.wasm'))

test('the file has the stated digest, beside the sources and in the build, and less than 2.7 MB when compressed', () => {
  for (const folder of ['src', 'dist']) {
    const bytes = readFileSync(join(ROOT, folder, FOLDER, 'binaryen.wasm'))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(SHA256)
    expect(readFileSync(join(ROOT, folder, FOLDER, 'binaryen.LICENSE.txt'), 'utf8')).toContain('Apache License')
  }
  expect(gzipSync(wasm, { level: 9 }).length).toBeLessThan(2_700_000)
})

describe('over HTTP', () => {
  /** The address of a server that answers all requests in the same way. */
  async function served(answer: RequestListener): Promise<URL> {
    const server = createServer(answer)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/binaryen.wasm`)
  }
  const changed = Uint8Array.from(wasm, (byte, i) => (i === 5_000_000 ? byte ^ 1 : byte))

  test.each(['application/wasm', 'application/wasm; charset=utf-8', 'application/octet-stream', ''])(
    'compiles the file with the content type %j',
    async type => {
      const url = await served((_, response) => void response.setHeader('content-type', type).end(wasm))
      expect(WebAssembly.Module.exports(await compileAsset(url)).length).toBeGreaterThan(1000)
    },
  )

  test.each<[string, RequestListener, RegExp]>([
    ['is not there', (_, response) => void response.writeHead(404).end(), /the server answers 404/],
    [
      'has other bytes',
      (_, response) => void response.setHeader('content-type', 'application/wasm').end(changed),
      /damaged, or belongs to another version/,
    ],
    ['is a page', (_, response) => void response.end('<!doctype html>'), /no WebAssembly, but perhaps a page/],
    ['is cut', (_, response) => void response.end(wasm.subarray(0, 1e6)), /./],
    ['does not arrive', request => void request.socket.destroy(), /./],
  ])('a file that %s is a fault of the host, which may pass', async (_, answer, why) => {
    const url = await served(answer)
    await expect(compileAsset(url)).rejects.toMatchObject({
      name: 'Fault',
      code: 'asset-failed',
      whose: 'runner',
      retryable: true,
      message: expect.stringMatching(why) as string,
      detail: { url: url.href },
    })
  })

  test('other bytes on the disk are a fault, too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ipvm-asset-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'binaryen.wasm')
    writeFileSync(file, changed)
    const url = pathToFileURL(file)
    await expect(compileAsset(url)).rejects.toMatchObject({
      code: 'asset-failed',
      message: expect.stringContaining('another version') as string,
    })
  })
})
