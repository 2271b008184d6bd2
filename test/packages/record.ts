/**
 * Records how a package's JavaScript uses its WebAssembly module: the compiled bytes, the calls, the bytes written to
 * memory between calls, and the results of imports.
 *
 * While `record` runs, the constructors and functions of `WebAssembly` are replaced. The package gets an instance whose
 * exports record each call. Writes are found by comparing the memory with a copy each time before the guest continues.
 */

/** A number that crosses the boundary. An i64 is a bigint. */
export type Crossing = number | bigint

/** An action of the host while the guest waits. */
export type Step =
  | { readonly kind: 'grow'; readonly pages: number }
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Crossing[]; result: Crossing | undefined }

/** A call of an import by the guest: the actions of the host in it, and the result. */
export interface ImportCall {
  readonly module: string
  readonly name: string
  readonly args: readonly Crossing[]
  readonly steps: Step[]
  result: Crossing | undefined
}

/** The recording of one instance. */
export interface Recording {
  readonly bytes: Uint8Array
  /** The actions of the host outside of imports. */
  readonly steps: readonly Step[]
  /** The calls of imports, in order. */
  readonly imports: readonly ImportCall[]
  /** The name of the exported memory, and its bytes at the end. */
  readonly memory: { readonly name: string; readonly bytes: Uint8Array }
}

const PAGE = 65_536
/** The number of equal bytes between two writes up to which these are recorded as one. */
const GAP = 32

/** Runs code of a package. Returns its result, and the recording of the one instance that it called. */
export async function record<T>(
  session: () => Promise<T>,
): Promise<{ readonly answer: T; readonly recording: Recording }> {
  const { Module, Instance, compile, instantiate } = WebAssembly
  const recorders: Recorder[] = []
  const sources = new WeakMap<WebAssembly.Module, Uint8Array>()
  const compiled = (source: BufferSource): WebAssembly.Module => {
    const bytes =
      source instanceof ArrayBuffer
        ? new Uint8Array(source.slice(0))
        : new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice()
    const module = new Module(bytes as Uint8Array<ArrayBuffer>)
    sources.set(module, bytes)
    return module
  }
  const instantiated = (module: WebAssembly.Module, imports: WebAssembly.Imports = {}): WebAssembly.Instance => {
    // A module without memory wraps a JavaScript function so that it can be put into a table. Such functions are not
    // recorded. If the guest calls one, the replay fails.
    if (!Module.exports(module).some(({ kind }) => kind === 'memory')) return new Instance(module, imports)
    const recorder = new Recorder(sources.get(module)!)
    recorders.push(recorder)
    const exports = recorder.exports(new Instance(module, recorder.imports(imports)))
    return Object.create(Instance.prototype, { exports: { value: exports } }) as WebAssembly.Instance
  }
  Object.assign(WebAssembly, {
    Module: new Proxy(Module, { construct: (_, [source]: [BufferSource]) => compiled(source) }),
    Instance: new Proxy(Instance, {
      construct: (_, [module, imports]: [WebAssembly.Module, WebAssembly.Imports?]) => instantiated(module, imports),
    }),
    compile: async (source: BufferSource) => compiled(source),
    instantiate: async (source: BufferSource | WebAssembly.Module, imports?: WebAssembly.Imports) => {
      if (source instanceof Module) return instantiated(source, imports)
      const module = compiled(source)
      return { module, instance: instantiated(module, imports) }
    },
  })
  try {
    const answer = await session()
    const called = recorders.filter(recorder => recorder.steps.some(({ kind }) => kind === 'call'))
    if (called.length !== 1) throw new Error(`${called.length} instances are called, and not one`)
    return { answer, recording: called[0]!.finish() }
  } finally {
    Object.assign(WebAssembly, { Module, Instance, compile, instantiate })
  }
}

class Recorder {
  readonly #bytes: Uint8Array
  readonly steps: Step[] = []
  readonly #imports: ImportCall[] = []
  /** The list to which the next actions of the host are added. */
  #current: Step[] = this.steps
  #memory: WebAssembly.Memory | undefined
  #memoryName = ''
  #copy: Buffer = Buffer.alloc(0)

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  imports(imports: WebAssembly.Imports): WebAssembly.Imports {
    const wrap = (module: string, name: string, value: WebAssembly.ImportValue): WebAssembly.ImportValue =>
      typeof value === 'function' ? this.#import(module, name, value as (...args: unknown[]) => unknown) : value
    return Object.fromEntries(
      Object.entries(imports).map(([module, entries]) => [
        module,
        Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, wrap(module, name, value)])),
      ]),
    )
  }

  exports({ exports }: WebAssembly.Instance): WebAssembly.Exports {
    const [name, memory] = Object.entries(exports).find(([, value]) => value instanceof WebAssembly.Memory) ?? []
    if (memory !== undefined) {
      this.#memory = memory as WebAssembly.Memory
      this.#memoryName = name!
      this.#leave()
    }
    return Object.fromEntries(
      Object.entries(exports).map(([key, value]) => [
        key,
        typeof value === 'function' ? this.#export(key, value as (...args: unknown[]) => unknown) : value,
      ]),
    )
  }

  finish(): Recording {
    this.#look()
    return {
      bytes: this.#bytes,
      steps: this.steps,
      imports: this.#imports,
      memory: { name: this.#memoryName, bytes: new Uint8Array(this.#memory!.buffer.slice(0)) },
    }
  }

  /** A call of the guest by the host. */
  #export(name: string, call: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
    return (...args) => {
      this.#look()
      const step: Step = { kind: 'call', name, args: args as Crossing[], result: undefined }
      this.#current.push(step)
      const result = call(...args)
      step.result = result as Crossing | undefined
      this.#leave()
      return result
    }
  }

  /** A call of the host by the guest. */
  #import(module: string, name: string, call: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
    return (...args) => {
      const entry: ImportCall = { module, name, args: args as Crossing[], steps: [], result: undefined }
      this.#imports.push(entry)
      const before = this.#current
      this.#current = entry.steps
      this.#leave()
      const result = call(...args)
      entry.result = result as Crossing | undefined
      this.#look()
      this.#current = before
      return result
    }
  }

  /** Called when the guest stops. Later changes of the memory are writes of the host. */
  #leave(): void {
    if (this.#memory === undefined) return
    const now = Buffer.from(this.#memory.buffer)
    if (now.length !== this.#copy.length) this.#copy = Buffer.alloc(now.length)
    now.copy(this.#copy)
  }

  /** Called before the guest continues. Records the bytes that the host has written. */
  #look(): void {
    if (this.#memory === undefined) return
    const now = Buffer.from(this.#memory.buffer)
    const before = this.#copy.length
    if (now.length > before) {
      this.#current.push({ kind: 'grow', pages: (now.length - before) / PAGE })
      this.#copy = Buffer.concat([this.#copy, Buffer.alloc(now.length - before)])
    }
    for (let page = 0; page < now.length; page += PAGE) {
      if (now.compare(this.#copy, page, page + PAGE, page, page + PAGE) !== 0) this.#lookAt(now, page)
    }
  }

  #lookAt(now: Buffer, page: number): void {
    const differs = (i: number): boolean => now[i] !== this.#copy[i]
    const end = page + PAGE
    for (let i = page; i < end; i++) {
      if (!differs(i)) continue
      let last = i
      for (let j = i; j < end && j - last <= GAP; j++) if (differs(j)) last = j
      this.#current.push({ kind: 'write', at: i, bytes: new Uint8Array(now.subarray(i, last + 1)) })
      i = last
    }
  }
}
