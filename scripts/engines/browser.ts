/**
 * Runs a bundle in a browser. A server on 127.0.0.1 serves the files and receives the lines of the report. A page or a
 * worker runs the corpus.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { launch, type Browser, type Installed } from '../browser/launch.ts'
import type { Run } from './execution.ts'

/** Runs the corpus from task `run.from` on. Rejects if the browser does not start, dies or takes too long. */
export async function runInBrowser(installed: Installed, thread: keyof typeof PAGES, run: Run): Promise<void> {
  const { promise, server } = await serve(run, PAGES[thread])
  let browser: Browser | undefined
  try {
    browser = await launch(installed, { commandMs: run.timeoutMs })
    const page = await browser.open()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await promise
  } finally {
    await browser?.close()
    server.close()
    server.closeAllConnections()
  }
}

/** Where the corpus runs. Their stacks have different sizes. */
const PAGES = {
  page: '<!doctype html><meta charset="utf-8"><script type="module" src="/host-browser.mjs"></script>',
  worker:
    '<!doctype html><meta charset="utf-8"><script type="module">new Worker("/host-browser.mjs", { type: "module" })</script>',
} as const

async function serve(run: Run, page: string): Promise<{ server: Server; promise: Promise<void> }> {
  let server!: Server
  const promise = new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not done within ${run.timeoutMs / 1000} s`)), run.timeoutMs)
    const done = (problem: string): void => {
      clearTimeout(late)
      if (problem === '') resolve()
      else reject(new Error(problem))
    }
    server = createServer((request, response) => {
      answer(request, response, { run, page, done }).catch((error: unknown) => {
        response.writeHead(500).end()
        done(String(error))
      })
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { server, promise }
}

interface Service {
  readonly run: Run
  readonly page: string
  /** Ends the run: successfully if the problem is empty, else with this problem. */
  readonly done: (problem: string) => void
}

async function answer(request: IncomingMessage, response: ServerResponse, { run, page, done }: Service): Promise<void> {
  const send = (type: string, body: string | Buffer): void =>
    void response.writeHead(200, { 'content-type': type }).end(body)
  switch (request.url) {
    case '/':
      return send('text/html', page)
    case '/host-browser.mjs':
    case '/runner.mjs':
      return send('text/javascript', readFileSync(join(run.bundle, request.url)))
    case '/binaryen.wasm':
      return send('application/wasm', readFileSync(join(run.bundle, request.url)))
    case '/corpus.json':
      return send('application/json', readFileSync(run.corpus))
    case '/start':
      writeFileSync(`${run.report}.version`, versionOf(await bodyOf(request)))
      return send('application/json', JSON.stringify({ from: run.from }))
    case '/lines':
      appendFileSync(run.report, await bodyOf(request))
      return send('text/plain', '')
    case '/done': {
      const problem = await bodyOf(request)
      send('text/plain', '')
      return done(problem)
    }
    default:
      response.writeHead(404).end()
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString('utf8')
}

/** The version of the browser in a user agent string. */
function versionOf(userAgent: string): string {
  const [, version = userAgent] = /(?:Chrome|Firefox)\/([\d.]+)/.exec(userAgent) ?? []
  return `${version}, ${/x86_64|aarch64|arm64/.exec(userAgent)?.[0] ?? 'unknown'}`
}
