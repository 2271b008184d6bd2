/** A Redis server for tests: on a socket in a temporary folder, with an append-only file. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

/** The time in which a server has to answer, in milliseconds. */
const START_MS = 20_000

export class RedisServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'ipvm-redis-'))
  /** The path of its socket, which is its address. */
  readonly address = join(this.folder, 'redis.sock')
  #process: ChildProcess | undefined

  /** Starts the server, also after it was killed. Resolves when it has loaded its file and answers. */
  async start(): Promise<void> {
    const settings = [
      '--port',
      '0',
      '--unixsocket',
      this.address,
      '--save',
      '',
      '--appendonly',
      'yes',
      '--dir',
      this.folder,
    ]
    const server = spawn('redis-server', settings, { stdio: 'ignore' })
    this.#process = server
    const failures: unknown[] = []
    server.on('error', error => failures.push(error))
    const client = new Redis(this.address, { maxRetriesPerRequest: null, retryStrategy: () => 50 })
    client.on('error', () => {})
    try {
      const end = Date.now() + START_MS
      while (failures.length === 0 && Date.now() < end) {
        const answered = await Promise.race([
          client.ping().then(
            () => true,
            () => false,
          ),
          new Promise<false>(resolve => setTimeout(resolve, 500, false)),
        ])
        if (answered) return
      }
      throw new Error(`redis-server does not answer: ${String(failures[0] ?? 'it takes too long')}`)
    } finally {
      client.disconnect()
    }
  }

  /** Ends the server at once, as a crash does. */
  async kill(): Promise<void> {
    const server = this.#process
    if (server === undefined || server.exitCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
  }

  async end(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
