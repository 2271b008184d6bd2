/** Ways to meter a module, by what they put into it. The first one is what all others are compared with. */
import type { AdmittedModule } from '../../src/admission/admit.ts'
import { EXPORT, METER } from '../../src/instrument/edit/globals.ts'
import { loadBinaryen } from '../../src/instrument/binaryen/port.ts'
import { instrumentFor } from '../../src/instrument/instrument.ts'
import { MODES, type Mode } from '../../src/instrument/modes.ts'
import type { Variant } from '../guest.ts'
import { chargeByCall, globalCounter, inject } from './inject.ts'
import { meterLegacy } from './legacy.ts'

export interface Strategy {
  readonly name: string
  readonly title: string
  /** In plots. */
  readonly colour: string
  /** The module in this form, or a word for why there is none. */
  make(admitted: AdmittedModule): Promise<Variant | string>
}

const GAS = 2n ** 62n
const MAX_PAGES = 65_536

export const STRATEGIES: readonly Strategy[] = [
  {
    name: 'bare',
    title: 'bare',
    colour: '#888888',
    make: async ({ module }) => ({ bytes: module.bytes, instrumented: false }),
  },
  {
    name: 'control',
    title: 'binaryen round trip',
    colour: '#bbbbbb',
    make: async ({ module }) => ({ bytes: await roundTrip(module.bytes), instrumented: false }),
  },
  { name: 'fast', title: 'ipvm-wasm, fast', colour: '#0b7a75', make: admitted => ours(admitted, MODES.fast) },
  {
    name: 'steady',
    title: 'ipvm-wasm, after a NaN',
    colour: '#7fb7be',
    make: admitted => ours(admitted, MODES.steady),
  },
  { name: 'precise', title: 'ipvm-wasm, precise', colour: '#7a5195', make: admitted => ours(admitted, MODES.precise) },
  { name: 'counter', title: 'global counter', colour: '#ef8a17', make: counter },
  { name: 'host', title: 'host call per block', colour: '#c1292e', make: hostCall },
  {
    name: 'legacy',
    title: 'wasm-metering 0.2.1',
    colour: '#5f0f40',
    async make({ module }) {
      const bytes = meterLegacy(module.bytes)
      return typeof bytes === 'string' ? bytes : counted(bytes, 'metering', 'usegas')
    },
  },
]

/** Read and written by binaryen, and nothing else. */
export async function roundTrip(bytes: Uint8Array): Promise<Uint8Array> {
  const binaryen = await loadBinaryen()
  const ir = binaryen.read(bytes)
  try {
    return binaryen.write(ir)
  } finally {
    binaryen.raw.ModuleDispose(ir)
  }
}

/** Everything on: gas, stack and memory bounds, canonical NaNs. */
export async function ours(admitted: AdmittedModule, mode: Mode): Promise<Variant> {
  const bytes = await instrumentFor(admitted, mode)
  return {
    bytes,
    instrumented: true,
    imports: () => ({ ipvm: { log: () => {} } }),
    arm(exports) {
      global(exports, METER.gas).value = GAS
      if (exports[METER.pages] !== undefined) global(exports, METER.pages).value = MAX_PAGES
      // The start function was lifted out, so that its gas is counted.
      const start = exports[EXPORT.start] as (() => void) | undefined
      start?.()
    },
    gas: exports => GAS - (global(exports, METER.gas).value as bigint),
  }
}

const COUNTER = 'benchmark gas'

/** Gas alone. */
async function counter({ module, profile }: AdmittedModule): Promise<Variant> {
  return {
    bytes: inject(module, profile.schedule, globalCounter(module, COUNTER, GAS)),
    instrumented: false,
    gas: exports => GAS - (global(exports, COUNTER).value as bigint),
  }
}

/**
 * Gas alone. Calls of a stand-in at the end are injected, then binaryen puts the import in its place and moves all
 * indices.
 */
async function hostCall({ module, profile }: AdmittedModule): Promise<Variant> {
  const binaryen = await loadBinaryen()
  const { raw } = binaryen
  const ir = binaryen.read(inject(module, profile.schedule, chargeByCall(module)))
  try {
    const name = raw.FunctionGetName(raw.GetFunctionByIndex(ir, module.functions.length))
    raw.RemoveFunction(ir, name)
    const words = ['benchmark', 'charge'].map(word => cString(binaryen.malloc, binaryen.store32, word))
    raw.AddFunctionImport(ir, name, words[0]!, words[1]!, raw.TypeInt32(), raw.TypeNone())
    words.forEach(binaryen.free)
    return counted(binaryen.write(ir), 'benchmark', 'charge')
  } finally {
    raw.ModuleDispose(ir)
  }
}

/** Counts what the guest says to a function of the host, in a double, which holds more than any kernel uses. */
function counted(bytes: Uint8Array, module: string, name: string): Variant {
  let used = 0
  const charge = (price: number): void => void (used += price)
  return {
    bytes,
    instrumented: false,
    imports() {
      used = 0
      return { [module]: { [name]: charge } }
    },
    gas: () => BigInt(used),
  }
}

function global(exports: WebAssembly.Exports, name: string): WebAssembly.Global {
  return exports[name] as WebAssembly.Global
}

/** Plain letters as a C string: binaryen keeps a copy of names. */
function cString(
  malloc: (bytes: number) => number,
  store32: (at: number, value: number) => void,
  letters: string,
): number {
  const at = malloc(4 * letters.length + 4)
  for (let i = 0; i <= letters.length; i += 4) {
    const code = (n: number): number => (n < letters.length ? letters.charCodeAt(n) : 0)
    store32(at + i, code(i) | (code(i + 1) << 8) | (code(i + 2) << 16) | (code(i + 3) << 24))
  }
  return at
}
