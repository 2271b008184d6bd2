/**
 * Compiles WebAssembly. Some hosts forbid that for all code: a page whose Content-Security-Policy does not allow it, a browser in
 * a mode for high security, and servers that run only code that they were deployed with. This must be told from code that an
 * engine finds invalid, and engines use the same class of error for both. So after an error the smallest valid module is compiled:
 * if that fails as well, the host compiles nothing.
 */
import { Fault } from './fault.ts'
import { shortageOf } from './host-fault.ts'

/** The smallest module: its magic number and its version. */
const SMALLEST = /* @__PURE__ */ Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)

const FORBIDDEN =
  "this host forbids compiling WebAssembly. On a page, allow 'wasm-unsafe-eval' in the script-src of the " +
  'Content-Security-Policy, also in the one that comes with the file of a worker. Hosts that compile nothing at run time cannot run guests.'

/** Throws Fault('compilation-forbidden') if this host compiles no WebAssembly at all. */
export function requireCompilation(): void {
  try {
    void new WebAssembly.Module(SMALLEST)
  } catch (error) {
    throw shortageOf(error) ?? new Fault('compilation-forbidden', FORBIDDEN, {}, error)
  }
}

/**
 * Compiles asynchronously, since Chrome compiles no more than 8 MB synchronously on the main thread of a page.
 *
 * @throws Fault compilation-forbidden, and errors of the engine for invalid code
 */
export async function compileModule(code: Uint8Array): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(code as Uint8Array<ArrayBuffer>)
  } catch (error) {
    requireCompilation()
    throw error
  }
}

/**
 * Compiles a small module synchronously.
 *
 * @throws Fault compilation-forbidden, and errors of the engine for invalid code
 */
export function compileSmall(code: Uint8Array): WebAssembly.Module {
  requireCompilation()
  return new WebAssembly.Module(code as Uint8Array<ArrayBuffer>)
}
