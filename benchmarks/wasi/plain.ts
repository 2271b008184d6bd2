/**
 * A program on the host's engine as it is, under the shim that pages use most, `@bjorn3/browser_wasi_shim`. Three of its functions
 * are replaced, so that both ways of running a program leave the same: clocks, waiting and randomness are those of docs/spec/wasi.md.
 */
import { Directory, File, OpenFile, PreopenDirectory, WASI, type Inode } from '@bjorn3/browser_wasi_shim'
import { digestOf, inOrder, textOf, type Came } from './came.ts'
import type { Files, WasiProgram } from './programs.ts'

export class PlainProgram {
  readonly #program: WasiProgram
  readonly #module: WebAssembly.Module

  constructor(program: WasiProgram, module: Uint8Array) {
    this.#program = program
    this.#module = new WebAssembly.Module(module as Uint8Array<ArrayBuffer>)
  }

  /** Runs it once; `ms` is from the making of the shim to the end of the program. */
  run(): { readonly ms: number; readonly came: Came } {
    const { args, env, stdin, files, keep } = this.#program
    const start = performance.now()
    const [input, output, errors] = [stdin, new Uint8Array(0), new Uint8Array(0)].map(bytes => new File(bytes))
    const root = new PreopenDirectory('/', contentsOf(files))
    const fds = [...[input!, output!, errors!].map(file => new OpenFile(file)), root]
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
    const wasi = new WASI([...args], variables, fds, { debug: false })
    const imports = { ...wasi.wasiImport, ...virtual(() => instance.exports.memory.buffer) }
    const instance = new WebAssembly.Instance(this.#module, {
      wasi_snapshot_preview1: imports as WebAssembly.ModuleImports,
    }) as unknown as { readonly exports: { readonly memory: WebAssembly.Memory; readonly _start: () => void } }
    const exit = wasi.start(instance)
    const ms = performance.now() - start
    const kept = root.dir.contents.get(keep)
    return {
      ms,
      came: {
        exit,
        stdout: textOf(output!.data),
        stderr: textOf(errors!.data),
        files: inOrder(kept === undefined ? [] : filesIn(kept, keep)),
      },
    }
  }
}

/** A fresh tree. Files that are written have bytes of their own. */
function contentsOf(files: Files): Map<string, Inode> {
  const inode = (node: Uint8Array | Files): Inode =>
    node instanceof Uint8Array ? new File(node as Uint8Array<ArrayBuffer>) : new Directory(contentsOf(node))
  return new Map(Object.entries(files).map(([name, node]) => [name, inode(node)]))
}

function filesIn(node: Inode, path: string): [string, string][] {
  if (node instanceof File) return [[path, digestOf(node.data)]]
  return [...(node as Directory).contents].flatMap(([name, child]) => filesIn(child, `${path}/${name}`))
}

/** Clocks and waiting as WASI-20 says. Randomness is a plain sequence: no program here shows any of it. */
function virtual(memory: () => ArrayBuffer): Record<string, (...args: never[]) => number> {
  let now = 1_704_067_200_000_000_000n
  let state = 1
  return {
    clock_time_get(_: number, __: bigint, result: number) {
      new DataView(memory()).setBigUint64(result, now, true)
      now += 1_000n
      return 0
    },
    /** One subscription to a clock, as programs that sleep write it. */
    poll_oneoff(subscriptions: number, events: number, count: number, result: number) {
      const view = new DataView(memory())
      if (count !== 1 || view.getUint8(subscriptions + 8) !== 0) return 58
      const timeout = view.getBigUint64(subscriptions + 24, true)
      const isAbsolute = view.getUint16(subscriptions + 40, true) === 1
      const deadline = isAbsolute ? timeout : now + timeout
      if (deadline > now) now = deadline
      view.setBigUint64(events, view.getBigUint64(subscriptions, true), true)
      view.setUint16(events + 8, 0, true)
      view.setUint8(events + 10, 0)
      view.setUint32(result, 1, true)
      return 0
    },
    random_get(buffer: number, length: number) {
      const bytes = new Uint8Array(memory(), buffer, length)
      for (let i = 0; i < length; i++) bytes[i] = (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24
      return 0
    },
  }
}
