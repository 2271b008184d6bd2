/** Gateways for tests, and raw connections to them. */
import { connect, type Socket } from 'node:net'
import type { CID } from 'multiformats/cid'
import { onTestFinished } from 'vitest'
import { readCar } from '../../src/content/car.ts'
import { createMemoryStore, type MemoryStore } from '../../src/content/memory-store.ts'
import { serveGateway, type ServeGatewayOptions } from '../../src/gateway/serve.ts'

export const TOKEN = 'correct-horse-battery-staple'
export const RAW = 'application/vnd.ipld.raw'
export const CAR = 'application/vnd.ipld.car'

/** A gateway that listens until the test has finished. */
export async function gatewayOf(
  options: Partial<ServeGatewayOptions> = {},
): Promise<{ readonly url: string; readonly store: MemoryStore; close(): Promise<void> }> {
  const store = createMemoryStore()
  const server = await serveGateway({ store, ...options })
  const close = (): Promise<void> => server.close({ graceMs: 0 })
  onTestFinished(close)
  return { url: server.url, store: (options.store as MemoryStore | undefined) ?? store, close }
}

/** The status of a response, and its text. */
export async function told(url: string, init: RequestInit = {}): Promise<readonly [number, string]> {
  const response = await fetch(url, init)
  return [response.status, await response.text()]
}

/** The CIDs of the blocks of a CAR, in their order. */
export async function cidsOf(response: Response): Promise<string[]> {
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
  const { blocks } = await readCar(new Uint8Array(await response.arrayBuffer()))
  return blocks.map(({ cid }) => cid.toString())
}

export const texts = (cids: readonly CID[]): string[] => cids.map(String)

/** A connection that sends these bytes. `all` resolves with what came back when it is closed. */
export function raw(
  url: string,
  ...pieces: readonly string[]
): { readonly socket: Socket; readonly all: Promise<string> } {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  let text = ''
  socket.setEncoding('latin1').on('data', (data: string) => (text += data))
  // A connection that is reset is closed, too.
  socket.on('error', () => {})
  const all = new Promise<string>(resolve => void socket.once('close', () => resolve(text)))
  for (const piece of pieces) socket.write(piece, 'latin1')
  onTestFinished(() => void socket.destroy())
  return { socket, all }
}

/** Waits until something is so, up to ten seconds. */
export async function until(so: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000; i++) {
    if (so()) return
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  throw new Error('it did not come to be so')
}
