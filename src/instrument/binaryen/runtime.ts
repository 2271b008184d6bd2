/**
 * Instantiates binaryen's WebAssembly. Emscripten has compiled it from C++, and expects a C++ runtime: exceptions, a memory that
 * grows, and system calls.
 *
 * There is no clock, environment, file system or terminal here, so no edit of a module can depend on one. What binaryen prints is
 * kept for the message of the error with which it ends. The names of imports and exports are those of the package whose digest
 * `names.ts` states. The JavaScript of that package says what each of them is.
 */

/** An address in binaryen's memory; 0 is the null pointer. */
export type Pointer = number

/** The exports of the module that are functions. */
export type Functions = Readonly<Record<string, (...args: never[]) => unknown>>

/** binaryen's instance. */
export interface Instance {
  readonly functions: Functions
  readonly memory: WebAssembly.Memory
  malloc(bytes: number): Pointer
  free(pointer: Pointer): void
  load32(pointer: Pointer): number
  store32(pointer: Pointer, value: number): void
}

/** Imports that call a function of the table and catch a C++ exception. Those of the second list return an i64. */
const INVOKES =
  'T U s f ja c h m la q v L ha K V ma B A P k j ia d e o n g t I R E J H fa Q ea O da G D W M N S z F Y r'.split(' ')
const WIDE_INVOKES = ['p', 'y', 'ca', 'X']

/** The exports that the runtime itself uses. */
interface Exports {
  readonly [name: string]: unknown
  /** The memory. */
  readonly za: WebAssembly.Memory
  /** The table of indirect calls. */
  readonly UB: WebAssembly.Table
  /** Runs the constructors of global objects. */
  Aa(): void
  IB(bytes: number): number
  JB(pointer: Pointer): void
  /** `__i32_load` and `__i32_store`. */
  EB(pointer: Pointer): number
  xB(pointer: Pointer, value: number): void
  /** `setThrew` tells the code after an invoke that there was an exception; `setTempRet0` passes a second result. */
  KB(threw: number, value: number): void
  LB(value: number): void
  /** Restores and reads the stack pointer. */
  MB(stack: Pointer): void
  OB(): Pointer
  /** Counts a reference to an exception, and gives one up. */
  PB(exception: Pointer): void
  QB(exception: Pointer): void
  /** True if a handler of one type catches an exception of another. It may adjust the address of the object. */
  SB(handler: Pointer, type: Pointer, adjusted: Pointer): number
  /** The address of the object of an exception. */
  TB(exception: Pointer): number
}

/** A C++ exception on its way through JavaScript. It is no `Error`, since those record a stack trace. */
class CppException {
  readonly pointer: Pointer
  readonly #state: State

  constructor(pointer: Pointer, state: State) {
    this.pointer = pointer
    this.#state = state
  }

  /** The message of the fault, if no C++ code catches the exception. */
  toString(): string {
    return this.#state.full ? 'binaryen ran out of memory' : `binaryen threw an exception ${this.#state.printed}`.trim()
  }
}

/** State that the imports share. */
interface State {
  exports: Exports
  /** True once the memory could not grow. */
  full: boolean
  /** The end of what was printed. */
  printed: string
}

/** Instantiates the module. */
export async function instantiate(module: WebAssembly.Module): Promise<Instance> {
  const state = { full: false, printed: '' } as State
  const imports = { ...exceptions(state), ...system(state) } as WebAssembly.ModuleImports
  const { exports } = await WebAssembly.instantiate(module, { a: imports })
  const own = exports as Exports
  state.exports = own
  own.Aa()
  return {
    functions: exports as Functions,
    memory: own.za,
    malloc: bytes => own.IB(bytes) >>> 0,
    free: own.JB,
    load32: own.EB,
    store32: own.xB,
  }
}

/** Offsets before the object of an exception: of its type and destructor, the adjusted address, and two flags. */
const TYPE = -20
const DESTRUCTOR = -16
const ADJUSTED = -8
const CAUGHT = -12
const RETHROWN = -11

/** C++ exceptions, as JavaScript exceptions that pass through the WebAssembly between `throw` and `catch`. */
function exceptions(state: State): Record<string, unknown> {
  const functions: ((...args: unknown[]) => unknown)[] = []
  const caught: Pointer[] = []
  let last: CppException | undefined
  let uncaught = 0

  const view = (): DataView => new DataView(state.exports.za.buffer)
  const functionAt = (index: number): ((...args: unknown[]) => unknown) =>
    (functions[index] ??= state.exports.UB.get(index) as (...args: unknown[]) => unknown)
  const raise = (pointer: Pointer): never => {
    last = new CppException(pointer, state)
    uncaught++
    throw last
  }
  const invoke =
    (none: 0 | 0n) =>
    (index: number, ...args: unknown[]): unknown => {
      const stack = state.exports.OB()
      try {
        return functionAt(index)(...args)
      } catch (error) {
        state.exports.MB(stack)
        if (!(error instanceof CppException)) throw error
        state.exports.KB(1, 0)
        return none
      }
    }
  /** Finds the handler among those of a `try` that catches the exception. Returns the object, and the type by `setTempRet0`. */
  const find = (...handlers: readonly Pointer[]): Pointer => {
    const { LB: setTempRet0, SB: canCatch } = state.exports
    const object = last?.pointer ?? 0
    let found = 0
    if (object !== 0) {
      view().setUint32(object + ADJUSTED, object, true)
      const type = view().getUint32(object + TYPE, true)
      found = type
      if (type !== 0) {
        for (const handler of handlers) {
          if (handler === 0 || handler === type) break
          if (canCatch(handler, type, object + ADJUSTED) === 0) continue
          found = handler
          break
        }
      }
    }
    setTempRet0(found)
    return object
  }

  return {
    ...Object.fromEntries(INVOKES.map(name => [name, invoke(0)])),
    ...Object.fromEntries(WIDE_INVOKES.map(name => [name, invoke(0n)])),
    // __cxa_find_matching_catch with no handler and with one
    a: () => find(),
    l: (handler: Pointer) => find(handler >>> 0),
    // llvm_eh_typeid_for
    C: (type: Pointer) => type,
    // __cxa_throw
    w(pointer: Pointer, type: Pointer, destructor: Pointer) {
      const object = pointer >>> 0
      view().setUint32(object + ADJUSTED, 0, true)
      view().setUint32(object + TYPE, type, true)
      view().setUint32(object + DESTRUCTOR, destructor, true)
      state.exports.PB(object)
      raise(object)
    },
    // __cxa_begin_catch
    u(pointer: Pointer) {
      const object = pointer >>> 0
      if (view().getInt8(object + CAUGHT) === 0) {
        view().setInt8(object + CAUGHT, 1)
        uncaught--
      }
      view().setInt8(object + RETHROWN, 0)
      caught.push(object)
      return state.exports.TB(object)
    },
    // __cxa_end_catch
    x() {
      state.exports.KB(0, 0)
      state.exports.QB(caught.pop()!)
      last = undefined
    },
    // __cxa_rethrow
    aa() {
      const object = caught.at(-1)!
      view().setInt8(object + RETHROWN, 1)
      view().setInt8(object + CAUGHT, 0)
      state.exports.PB(object)
      raise(object)
    },
    // __resumeException
    i(pointer: Pointer) {
      last ??= new CppException(pointer >>> 0, state)
      throw last
    },
    // __cxa_uncaught_exceptions
    va: () => uncaught,
    // __call_sighandler
    ga: (index: number, signal: number) => functionAt(index)(signal),
  }
}

const PAGE = 65_536
/** The memory may have 65536 pages, but the last one is not used, so that no address is the end of the memory. */
const MOST_PAGES = 65_535
/** Numbers of errors, as in the C library. */
const BADF = 8
const NOENT = 44
const NOSYS = 52
/** The greatest number of characters that are kept of what is printed. */
const PRINTED = 500

/** Memory and system calls. */
function system(state: State): Record<string, unknown> {
  const view = (): DataView => new DataView(state.exports.za.buffer)
  const text = (from: Pointer, to: Pointer): string =>
    new TextDecoder().decode(new Uint8Array(state.exports.za.buffer).slice(from, to))
  const end = (how: string): never => {
    throw new Error(`binaryen ${how} ${state.printed}`.trim())
  }
  return {
    // emscripten_resize_heap: grows by a fifth, at most by 96 MiB, or else by less
    qa(bytes: number) {
      const memory = state.exports.za
      const now = memory.buffer.byteLength / PAGE
      const asked = Math.ceil((bytes >>> 0) / PAGE)
      for (const share of asked > MOST_PAGES ? [] : [0.2, 0.1, 0.05, 0]) {
        const wanted = Math.min(Math.ceil(now * (1 + share)), asked + 1536, MOST_PAGES)
        try {
          memory.grow(Math.max(asked, wanted) - now)
          return 1
        } catch {
          // There is less memory than that.
        }
      }
      state.full = true
      return 0
    },
    // __assert_fail, abort and exit
    b: (condition: Pointer) => end(`asserts ${text(condition >>> 0, (condition >>> 0) + 100).split('\0')[0]}`),
    ya: () => end('aborted'),
    ka: (code: number) => end(`exited with ${code}`),
    // fd_write
    _(_file: number, pieces: Pointer, count: number, written: Pointer) {
      let bytes = 0
      for (let i = 0; i < count; i++) {
        const piece = (pieces >>> 0) + 8 * i
        const [start, length] = [view().getUint32(piece, true), view().getUint32(piece + 4, true)]
        state.printed = (state.printed + text(start, start + length)).slice(-PRINTED)
        bytes += length
      }
      view().setUint32(written >>> 0, bytes, true)
      return 0
    },
    // fd_close, fd_read, fd_seek; openat, fcntl, ioctl
    Z: () => BADF,
    sa: () => BADF,
    ra: () => BADF,
    ua: () => -NOENT,
    $: () => -NOSYS,
    ta: () => -NOSYS,
    // environ_sizes_get and environ_get: no variables
    ba(count: Pointer, bytes: Pointer) {
      view().setUint32(count >>> 0, 0, true)
      view().setUint32(bytes >>> 0, 0, true)
      return 0
    },
    xa: () => 0,
    // clock_time_get: a clock that stands still
    pa(_clock: number, _precision: bigint, time: Pointer) {
      view().setBigInt64(time >>> 0, 0n, true)
      return 0
    },
    // _tzset_js, _setitimer_js, _emscripten_runtime_keepalive_clear: nothing to do
    wa() {},
    oa: () => 0,
    na() {},
  }
}
