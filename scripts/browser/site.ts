/**
 * A static server on 127.0.0.1 with headers of choice. It compresses what it sends, answers 304 to who
 * has a file already, counts the bytes of each answer, and can refuse all requests, as if it were gone.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { gzipSync } from 'node:zlib'

export interface SiteOptions {
  readonly folder: string
  /** The value of `content-security-policy` in each answer. Reports of violations are added to it. */
  readonly policy?: string
  /** True for the headers with which a page may measure its memory and share memory: COOP and COEP. */
  readonly isolated?: boolean
  /** Content types by the ending of files, in the place of the right ones, such as `{ '.wasm': 'text/plain' }`. */
  readonly types?: Readonly<Record<string, string>>
  /** Files that are not in the folder, by their paths, which begin with a slash. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>
  /** The value of `cache-control`. Default: `no-cache`. */
  readonly caching?: string
}

/** An answer that was sent. */
export interface Sent {
  readonly path: string
  readonly status: number
  /** The size of the content, in bytes. */
  readonly bytes: number
  /** The size as it was sent, in bytes: compressed with gzip where the browser takes it. */
  readonly sent: number
}

/** A running server. */
export interface Site {
  /** Ends with a slash. */
  readonly url: string
  /** All answers so far, in their order. */
  readonly answers: readonly Sent[]
  /** What violated the content security policy, as browsers report it. */
  readonly violations: readonly string[]
  /** From now on, ends every connection without an answer, or answers again. */
  refuse(refused: boolean): void
  close(): Promise<void>
}

const REPORTS = '/policy-reports'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.wasm': 'application/wasm',
  '.car': 'application/vnd.ipld.car',
  '.map': 'application/json',
}

/** Starts a server of a folder. */
export async function serveSite(options: SiteOptions): Promise<Site> {
  compressAll(options.folder)
  const answers: Sent[] = []
  const violations: string[] = []
  let refused = false
  const server = createServer((request, response) => {
    if (refused) return void request.socket.destroy()
    if (request.url === REPORTS) return void keepReport(request, response, violations)
    const path = pathOf(request)
    const answer = answerOf(path, options)
    const tag = `"${digestOf(answer.body)}"`
    if (answer.status === 200 && request.headers['if-none-match'] === tag) {
      answers.push({ path, status: 304, bytes: 0, sent: 0 })
      return void response.writeHead(304, { ...headersOf(options), etag: tag }).end()
    }
    const zipped = answer.body.length > 0 && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
    const body = zipped ? compressed(answer.body) : answer.body
    answers.push({ path, status: answer.status, bytes: answer.body.length, sent: body.length })
    response.writeHead(answer.status, {
      ...headersOf(options),
      ...(answer.status === 200 && { etag: tag }),
      'content-type': answer.type,
      'content-length': body.length,
      ...(zipped && { 'content-encoding': 'gzip' }),
    })
    response.end(request.method === 'HEAD' ? undefined : body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    answers,
    violations,
    refuse: now => {
      refused = now
      if (now) server.closeAllConnections()
    },
    close: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function headersOf({ policy, isolated, caching }: SiteOptions): Record<string, string> {
  return {
    'cache-control': caching ?? 'no-cache',
    vary: 'accept-encoding',
    ...(policy !== undefined && { 'content-security-policy': `${policy}; report-uri ${REPORTS}` }),
    ...(isolated === true && {
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    }),
  }
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: Uint8Array
}

function answerOf(path: string, { folder, files, types }: SiteOptions): Answer {
  const body = contentOf(path, folder, files)
  if (body === undefined) return { status: 404, type: 'text/plain', body: new Uint8Array(0) }
  const ending = extname(path)
  return { status: 200, type: types?.[ending] ?? TYPES[ending] ?? 'application/octet-stream', body }
}

function contentOf(path: string, folder: string, files: SiteOptions['files']): Uint8Array | undefined {
  const given = files?.[path]
  if (given !== undefined) return Buffer.from(given)
  const file = join(folder, normalize(path))
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(file) : undefined
}

/** The path of a request, with the name of the page of a folder. */
function pathOf({ url }: IncomingMessage): string {
  const { pathname } = new URL(url!, 'http://site')
  const path = decodeURIComponent(pathname)
  return path.endsWith('/') ? `${path}index.html` : path
}

function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

const zipped = new Map<string, Uint8Array>()

/** A content after gzip, as static hosts send it. Each content is compressed once. */
export function compressed(content: Uint8Array): Uint8Array {
  const key = digestOf(content)
  const known = zipped.get(key)
  if (known !== undefined) return known
  const made = gzipSync(content, { level: 9 })
  zipped.set(key, made)
  return made
}

/** Compresses all files of a folder, so that no measured time has it in it. */
function compressAll(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) compressed(readFileSync(join(entry.parentPath, entry.name)))
}

async function keepReport(request: IncomingMessage, response: ServerResponse, violations: string[]): Promise<void> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  response.writeHead(204).end()
  const text = Buffer.concat(pieces).toString('utf8')
  violations.push(describeReport(text))
}

/** The directive and what it stopped. */
function describeReport(text: string): string {
  try {
    const { 'csp-report': report } = JSON.parse(text) as { 'csp-report': Record<string, unknown> }
    const at = report['source-file'] === undefined ? '' : ` at ${report['source-file']}:${report['line-number']}`
    return `${report['effective-directive'] ?? report['violated-directive']} stopped ${report['blocked-uri']}${at}`
  } catch {
    return text
  }
}
