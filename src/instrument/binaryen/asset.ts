/**
 * Compiles binaryen's WebAssembly, which is a file beside this one: nearly 10 MB, or 2.3 MB where a server compresses it. Nothing
 * is read before a module has to be instrumented. Bundlers copy the file when they see its address below.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { Fault } from '../../base/fault.ts'
import { shortageOf } from '../../base/host-fault.ts'
import { messageOf } from '../../base/realms.ts'
import { SHA256 } from './names.ts'

/**
 * Compiles the file. Node, Deno and Bun read it from the disk if its address is a `file:` URL; otherwise it is fetched.
 *
 * @throws Fault asset-failed if the file cannot be read or fetched, or has other bytes than this version of the library needs
 */
export async function compileAsset(url = address()): Promise<WebAssembly.Module> {
  const files = url.protocol === 'file:' ? globalThis.process?.getBuiltinModule?.('node:fs/promises') : undefined
  if (files !== undefined) {
    const bytes = await attempt(url, () => files.readFile(url))
    return checked(WebAssembly.compile(bytes), bytes, url)
  }
  const response = await attempt(url, () => fetch(url))
  if (!response.ok) throw failed(url, `the server answers ${response.status}`)
  // Engines compile while the file arrives, if the server states its type.
  const streams = response.headers.get('content-type')?.trim().toLowerCase() === 'application/wasm'
  const compiling = streams ? WebAssembly.compileStreaming(response.clone()) : undefined
  compiling?.catch(() => {})
  const bytes = new Uint8Array(await attempt(url, () => response.arrayBuffer()))
  return checked(compiling ?? WebAssembly.compile(bytes), bytes, url)
}

/** The address has this form, on one line, because bundlers look for it. */
function address(): URL {
  try {
    return new URL('./binaryen.wasm', import.meta.url)
  } catch (error) {
    throw new Fault(
      'asset-failed',
      'this code cannot find binaryen.wasm, which lies beside it, because it has no address; bundle it as an ES module',
      {},
      error,
    )
  }
}

/** Waits for the compiler, after the digest of the bytes has turned out to be right. */
async function checked(
  compiling: Promise<WebAssembly.Module>,
  bytes: Uint8Array<ArrayBuffer>,
  url: URL,
): Promise<WebAssembly.Module> {
  compiling.catch(() => {})
  if (hex(await digestOf(bytes)) === SHA256) return compiling
  throw failed(
    url,
    isWasm(bytes)
      ? 'it is damaged, or belongs to another version of this library'
      : 'what arrives is no WebAssembly, but perhaps a page about a file that is missing',
  )
}

/** True if bytes begin like WebAssembly: with a zero and `asm`. */
function isWasm(bytes: Uint8Array): boolean {
  return [0, 0x61, 0x73, 0x6d].every((byte, i) => bytes[i] === byte)
}

/** Browsers offer their own hashes only to pages that were loaded over an encrypted connection. */
async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto ?? {}
  return subtle === undefined ? sha256(bytes) : new Uint8Array(await subtle.digest('SHA-256', bytes))
}

/** Runs a step of loading. Its failure is a fault. */
async function attempt<T>(url: URL, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw shortageOf(error) ?? failed(url, messageOf(error), error)
  }
}

function failed(url: URL, why: string, cause?: unknown): Fault {
  const advice = 'it is a file of this package that must lie beside its code; in a clone, npm run build makes it'
  return new Fault('asset-failed', `cannot load ${url.href}: ${why}; ${advice}`, { url: url.href }, cause)
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}
